"""How a connector's requests leave: under its budget, with its credentials, again where that is safe."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx2
import stamina

from crewhall.integrations.kit.budget import Budget
from crewhall.integrations.kit.manifest import Limit
from crewhall.integrations.kit.trouble import (
    ConnectorError,
    NeedsReconnect,
    PlatformAway,
    PlatformBusy,
    PlatformUnreadable,
    Resting,
    Unsure,
)

SECONDS = 20.0
"""How long one request may take, from the connection to the end of the answer."""
TRIES, ALTOGETHER = 4, 60.0
"""How often a request is sent that may be sent again, and within how many seconds."""
PAUSES = {"wait_initial": 0.2, "wait_max": 5.0, "wait_jitter": 1.0}
"""Between two tries, in seconds; each is about twice as long as the one before it."""
LARGEST_ANSWER = 20_000_000
LONGEST_WAIT = 24 * 3600.0

Reading = Callable[[httpx2.Response], Any]
"""What an answer says; raises ConnectorError when it is a refusal."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `again`: whether sending it twice does no harm; `part`: which part of the budget it counts against."""

    method: str
    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str = "access_token"
    again: bool = True
    part: str = ""


class Credentials(Protocol):
    """What opens the platform. `renew` answers a newer token in place of one that was refused, or raises NeedsReconnect."""

    async def token(self, name: str) -> str | None: ...

    async def renew(self, name: str, refused: str) -> str: ...


class Held:
    """Credentials that somebody handed in; nobody can renew them here."""

    def __init__(self, given: Mapping[str, Any], title: str) -> None:
        self._given = given
        self._title = title

    async def token(self, name: str) -> str | None:
        value = self._given.get(name)
        return str(value) if value else None

    async def renew(self, name: str, refused: str) -> str:
        raise NeedsReconnect(f"{self._title} does not take this credential any more")


class Wire:
    """Sends requests of one connection."""

    def __init__(self, client: httpx2.AsyncClient, credentials: Credentials, budget: Budget, limit: Limit, title: str) -> None:
        self._client = client
        self._credentials = credentials
        self._budget = budget
        self._limit = limit
        self._title = title

    async def send(self, ask: Ask, reading: Reading, headers: Callable[[str], Mapping[str, str]]) -> Any:
        """What the platform answered. `headers` turns a token into what proves who asks."""
        async for attempt in stamina.retry_context(on=self._pause(ask), attempts=TRIES, timeout=ALTOGETHER, **PAUSES):
            with attempt:
                return await self._with_token(ask, reading, headers)
        raise AssertionError("the last attempt answers or raises")

    async def token(self, name: str) -> str | None:
        return await self._credentials.token(name)

    async def rest(self, part: str, seconds: float) -> None:
        """A platform says in an answer that little is left: it is not asked again for so long."""
        await self._budget.told(part, min(seconds, LONGEST_WAIT))

    def _pause(self, ask: Ask) -> Callable[[Exception], bool | float]:
        """Whether, or after how many seconds, a failure is tried again."""

        def decide(trouble: Exception) -> bool | float:
            if isinstance(trouble, PlatformBusy):  # it refused, so nothing was done
                return float(trouble.retry_after_seconds or 0) if self._budget.waits(trouble.retry_after_seconds or 0) else False
            return isinstance(trouble, PlatformAway) and not isinstance(trouble, Unsure | Resting) and ask.again

        return decide

    async def _with_token(self, ask: Ask, reading: Reading, headers: Callable[[str], Mapping[str, str]]) -> Any:
        token = await self._credentials.token(ask.token)
        if token is None:
            raise NeedsReconnect(f"{self._title} was connected without the credential that this needs ({ask.token}): connect it again")
        try:
            return await self._once(ask, reading, headers(token))
        except NeedsReconnect as refused:
            if not _is_over(refused):
                raise
            newer = await self._credentials.renew(ask.token, token)
        return await self._once(ask, reading, headers(newer))

    async def _once(self, ask: Ask, reading: Reading, proof: Mapping[str, str]) -> Any:
        standing = await self._budget.enter(ask.part)
        try:
            reply = await self._answer(ask, proof)
            await self._note_limit(ask, reply)
            said = reading(reply)
        except PlatformBusy as busy:
            await self._budget.told(ask.part, float(busy.retry_after_seconds or 0))
            raise
        except PlatformAway:
            await self._budget.fail()
            raise
        except ConnectorError:
            await self._recover(standing.failures)
            raise
        await self._recover(standing.failures)
        return said

    async def _recover(self, failures: int) -> None:
        if failures:
            await self._budget.recover()

    async def _answer(self, ask: Ask, proof: Mapping[str, str]) -> httpx2.Response:
        query = {name: value for name, value in ask.query.items() if value is not None}
        request = self._client.build_request(
            ask.method, ask.url, params=query or None,  # an empty one would take away what the address itself holds
            json=ask.json, data=None if ask.form is None else dict(ask.form), headers={**ask.headers, **proof},
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                return await self._read(await self._client.send(request, stream=True))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:  # nothing was sent
            raise PlatformAway(f"{self._title} cannot be reached: ask again in a moment") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise self._cut_off(ask) from error

    def _cut_off(self, ask: Ask) -> PlatformAway:
        if ask.again:
            return PlatformAway(f"{self._title} broke off in the middle of its answer: ask again in a moment")
        return Unsure(f"{self._title} broke off before it answered: it may have been done all the same. Look before you do it again")

    async def _read(self, reply: httpx2.Response) -> httpx2.Response:
        """The whole answer, into memory; one that is far too long is broken off."""
        size = 0
        parts: list[bytes] = []
        try:
            async for part in reply.aiter_bytes():
                size += len(part)
                if size > LARGEST_ANSWER:
                    raise PlatformUnreadable(f"{self._title} answered more than {LARGEST_ANSWER} bytes: ask for less at once")
                parts.append(part)
        finally:
            await reply.aclose()
        plain = [(name, value) for name, value in reply.headers.items() if name not in {"content-encoding", "content-length"}]
        return httpx2.Response(reply.status_code, headers=plain, content=b"".join(parts), request=reply.request)

    async def _note_limit(self, ask: Ask, reply: httpx2.Response) -> None:
        """A platform that says before it refuses that nothing is left is not asked until then."""
        limit = self._limit
        if limit.remaining is None or limit.reset is None or reply.headers.get(limit.remaining) != "0":
            return
        seconds = _seconds(reply.headers.get(limit.reset), instant=limit.reset_is == "instant")
        if seconds is not None and seconds > 0:
            await self._budget.told(ask.part, seconds)


def _is_over(refused: NeedsReconnect) -> bool:
    return type(refused) is NeedsReconnect


def within_reason(seconds: float, usual: int) -> int:
    """A wait that a platform asks for, as whole seconds: never negative, never longer than a day."""
    return math.ceil(min(max(0.0, seconds), LONGEST_WAIT)) if math.isfinite(seconds) else usual


def _seconds(said: str | None, *, instant: bool) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return min(number - datetime.now(UTC).timestamp() if instant else number, LONGEST_WAIT)


def retry_after(reply: httpx2.Response, usual: int) -> int:
    """The seconds that an answer asks to wait: a number, or a date (RFC 9110, 10.2.3)."""
    said = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return usual
    return within_reason(seconds, usual)
