"""The hub as a command sees it: one call, one answer, or a Trouble that says what to do.

A write carries an Idempotency-Key, so that it can be sent again when the connection was cut before the answer came: the hub
gives the first answer once more instead of doing it twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from crewhall import __version__
from crewhall.faces.cli import profiles
from crewhall.faces.cli.profiles import Target
from crewhall.faces.cli.trouble import Misused, NotAllowed, NotReachable, NotSignedIn, Refused, Trouble

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0
WAITS = (0.5, 1.5)  # seconds between the attempts of one call
KINDS: Mapping[int, type[Trouble]] = {
    400: Misused, 403: NotAllowed, 413: Misused, 422: Misused, 429: NotReachable, 503: NotReachable,
}  # fmt: skip


class Cut(NotReachable):
    """The connection broke after it was made: whether the call was done is not known."""


class Hub:
    """One hall, as one member (or nobody)."""

    def __init__(self, target: Target) -> None:
        import httpx2  # where it is used: it is half of what `crewhall --help` would take

        self.target = target
        self._faults = httpx2.TransportError
        self._unconnected = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
        self._http = httpx2.Client(
            base_url=target.address,
            headers=_headers(target),
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=not profiles.is_loopback(target.address),  # a proxy of the company does not know this machine
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer. Query values that are None are left out."""
        return self.call("GET", path, query=query).json()

    def send(self, method: str, path: str, body: Any = None, *, repeatable: bool = True) -> Any:
        """The JSON of a write's answer; None when it has none. Not `repeatable`: the answer shows a secret and is not kept."""
        reply = self.call(method, path, body=body, repeatable=repeatable)
        return reply.json() if reply.content else None

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx2.Response:
        """One call, repeated with the same key while the connection breaks or the hub asks to come back in a moment."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        sent = dict(headers or {})
        if method != "GET":
            sent.setdefault("Idempotency-Key", str(uuid4()))
        ask = partial(self._http.request, method, path, params=given, json=body, headers=sent)
        for wait in WAITS if repeatable else ():
            with suppress(Cut):
                reply = self._ask(ask)
                if not worth_another(reply):
                    return self._checked(reply)
            time.sleep(wait)
        return self._checked(self._ask(ask))

    def peek(self, path: str) -> tuple[int, Any]:
        """Status and JSON (None when it is none) of an answer, whatever it says."""
        reply = self._ask(partial(self._http.get, path))
        try:
            return reply.status_code, reply.json()
        except ValueError:
            return reply.status_code, None

    def post(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        """One message as it is, sent once. A refusal in the protocol of the message is an answer; any other is a Trouble."""
        reply = self._ask(partial(self._http.post, path, content=content, headers=dict(headers)))
        kind = reply.headers.get("content-type", "")
        told = not reply.content or kind.startswith(("application/json", "text/event-stream"))
        if not told or (not reply.is_success and b'"jsonrpc"' not in reply.content):
            raise self.trouble(reply.status_code, reply.text)
        return reply

    def _ask(self, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
        try:
            return ask()
        except self._unconnected as error:
            raise self.away(error) from error
        except self._faults as error:
            raise Cut(
                f"The answer of {self.target.address} was lost: {_said(error)}", "Look before you repeat a change: it may have been made"
            ) from error

    def away(self, error: Exception) -> NotReachable:
        """The words for a hall that does not answer."""
        running = profiles.running_hall()
        hints = ["Start it: crewhall up"] if profiles.is_loopback(self.target.address) else ["Check the address and the network"]
        if running is not None and running != self.target.address:
            hints = [f"A hall runs on this machine at {running}: crewhall login {running}"]
        return NotReachable(f"No hall answers at {self.target.address} ({self.target.source}): {_said(error)}", *hints)

    def _checked(self, reply: httpx2.Response) -> httpx2.Response:
        if reply.is_success:
            return reply
        raise self.trouble(reply.status_code, reply.text)

    def trouble(self, status: int, text: str) -> Trouble:
        """A refusal in the hall's own words; an answer that is none of the hall's is said to be so."""
        try:
            error = json.loads(text)["error"]
            message, details = str(error["message"]), error.get("details") or {}
        except (ValueError, KeyError, TypeError):
            return NotReachable(f"{self.target.address} answered {status}, but not as a hall does", "Check the address")
        if status == 401:
            return NotSignedIn(message, *self._way_in(), answer=text)
        return KINDS.get(status, Refused)(message, *_hints(details), answer=text)

    def _way_in(self) -> tuple[str, ...]:
        if self.target.credential is None:
            return (f"Sign in: crewhall login {self.target.address}",)
        what = "log-in" if self.target.kind == "session" else "API key"
        return (f"The {what} of {self.target.source} no longer opens this hall. Sign in anew: crewhall login {self.target.address}",)

    @contextmanager
    def stream(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str], silence: float) -> Iterator[httpx2.Response]:
        """An endless answer; a transport error after `silence` seconds without a byte."""
        import httpx2

        timeout = httpx2.Timeout(silence, connect=CONNECT_SECONDS)
        given = {name: value for name, value in query.items() if value is not None}
        with self._http.stream("GET", path, params=given, headers=dict(headers), timeout=timeout) as reply:
            if not reply.is_success:
                reply.read()
                raise self.trouble(reply.status_code, reply.text)
            yield reply


@contextmanager
def open_hub(*, signed_in: bool = True) -> Iterator[Hub]:
    """The hall of this run. Without a credential NotSignedIn says how to get one, unless none is needed."""
    where = profiles.target()
    if signed_in and where.credential is None:
        raise NotSignedIn(f"You are not signed in to {where.address}", f"Sign in: crewhall login {where.address}")
    with open_target(where) as hub:
        yield hub


@contextmanager
def open_target(where: Target) -> Iterator[Hub]:
    hub = Hub(where)
    try:
        yield hub
    finally:
        hub.close()


def _headers(target: Target) -> dict[str, str]:
    said = {"User-Agent": f"crewhall/{__version__} (command line)", "Accept": "application/json"}
    if target.credential:
        if not target.credential.isascii() or not target.credential.isprintable() or " " in target.credential:
            raise Misused(f"The credential of {target.source} is not one: it has spaces or characters that none has")
        said["Authorization"] = f"Bearer {target.credential}"
    return said


def worth_another(reply: httpx2.Response) -> bool:
    """Whether the hall asks to come back in a moment: the first copy still runs, too many calls, or something is away.

    A task that somebody has claimed also says when to come back, but that is for its reader to decide.
    """
    return "retry-after" in reply.headers and reply.status_code in {409, 429, 503} and '"code":"claimed"' not in reply.text


def _hints(details: Mapping[str, Any]) -> list[str]:
    """What the details of a refusal add to its message, in words. The message says most of it already."""
    hints = [f"Allowed: {', '.join(map(str, details['allowed']))}"] if isinstance(details.get("allowed"), list) else []
    if isinstance(details.get("did_you_mean"), str):
        hints.append(f"Did you mean {details['did_you_mean']}?")
    for name, clash in (details.get("clashes") or {}).items():
        hints.append(f"{name}: yours {clash.get('yours')!r}, now {clash.get('theirs')!r} (by {clash.get('changed_by')})")
    return hints


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
