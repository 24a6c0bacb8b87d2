"""What all twins share: who may ask, what goes wrong, and a record of what was asked and answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from crewhall.demo.twins.consent import Consent

Answer = Callable[[Request, Mapping[str, Any]], Awaitable[Any] | Any]


@dataclass
class Fault:
    """What goes wrong with requests whose path ends so, the next `times` times.

    `kind`: `status` answers with it, `cut` breaks off in the middle of the answer, `malformed` sends no JSON, `silent` never
    answers, `empty` sends `{}`, `code` refuses as the platform does, `late` does the work and breaks off before it answers.
    """

    path: str = ""
    kind: str = "status"
    status: int = 503
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True)
class Exchange:
    """One request, and what was answered."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    status: int
    answer: bytes
    broken: bool


class CutOff(Exception):
    """The connection ends here."""


class Twin:
    """A platform. `faults` are used up in their order; `exchanges` is everything that was asked of the API."""

    prefix = ""
    slug = ""  # in upper case the beginning of the environment variables, too

    def __init__(self, consent: Consent) -> None:
        self.consent = consent
        self.faults: list[Fault] = []
        self.exchanges: list[Exchange] = []
        self.address = ""
        self.silence = asyncio.Event()

    def reset(self) -> None:
        """As it was in the beginning, at the same address."""
        self.faults.clear()
        self.exchanges.clear()
        self.consent.reset()
        self.fill()

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a hall that takes this for the platform."""
        found = {"API_URL": f"{self.address}{self.prefix}/"}
        for client, secret in self.consent.clients.items():
            found |= {"OAUTH_URL": self.address, "CLIENT_ID": client, "CLIENT_SECRET": secret}
        return {f"{self.slug.upper()}_{end}": value for end, value in found.items()}

    # Hooks -------------------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """What the platform holds in the beginning."""

    def remember(self, folder: Path) -> None:
        """Have from now on what is kept in this folder; most forget everything when they end."""

    def recall(self, credentials: Mapping[str, Any]) -> None:
        """It gave these in a life before this one."""
        self.consent.recall(credentials)

    def trouble_with(self, request: Request) -> str | None:
        """None for a request that may come in; otherwise the platform's word for why not."""
        return self.consent.trouble_with(self.token_of(request))

    def keys(self) -> dict[str, str]:
        """What somebody pastes who connects it without OAuth, good for every operation."""
        raise NotImplementedError

    def token_of(self, request: Request) -> str:
        """The token that a request is proven with."""
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        """Method, path and what answers it. Paths are those of the platform, below the prefix."""
        raise NotImplementedError

    def refuse(self, code: str) -> Response:
        """A refusal as this platform sends it."""
        raise NotImplementedError

    # Serving -----------------------------------------------------------------------------------------------------------

    def app(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        routes = [Route(self.prefix + path, self._endpoint(answer), methods=[method]) for method, path, answer in self.answers()]
        inner = Starlette(routes=[*routes, *self.consent.routes(self)])

        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            with contextlib.suppress(CutOff):  # uvicorn closes the connection of an answer that never ended
                await inner(scope, receive, send)

        return outer

    def _endpoint(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            fault = self._fault(request.url.path)
            if fault is not None and fault.kind != "late":
                reply: Response = await self._faulty(fault)
            else:
                reply = await self._sound(request, answer, body)
            self._record(request, body, reply, broken=fault is not None)
            if fault is not None and fault.kind == "late":
                return Broken()
            return reply

        return endpoint

    async def _sound(self, request: Request, answer: Answer, body: bytes) -> Response:
        trouble = self.trouble_with(request)
        if trouble is not None:
            return self.refuse(trouble)
        found = answer(request, _given(request, body))
        value = await found if isinstance(found, Awaitable) else found
        return value if isinstance(value, Response) else JSONResponse(value)

    def _fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and path.endswith(fault.path):
                fault.times -= 1
                return fault
        return None

    async def _faulty(self, fault: Fault) -> Response:
        match fault.kind:
            case "cut":
                return Broken()
            case "malformed":
                return Response(b"<html>Bad gateway", media_type="text/html")
            case "empty":
                return JSONResponse({})
            case "silent":
                await self.silence.wait()
                return Broken()
            case "code":
                return self.refuse(fault.code)
        return JSONResponse({}, status_code=fault.status, headers=dict(fault.headers))

    def _record(self, request: Request, body: bytes, reply: Response, *, broken: bool) -> None:
        self.exchanges.append(Exchange(
            request.method, request.url.path.removeprefix(self.prefix), parse_qsl(request.url.query, keep_blank_values=True),
            dict(request.headers), body, reply.status_code, bytes(reply.body), broken,
        ))  # fmt: skip

    def asked(self, path: str) -> list[Exchange]:
        return [one for one in self.exchanges if one.path.endswith(path)]


class Broken(Response):
    """An answer that ends in its middle."""

    def __init__(self) -> None:
        super().__init__(b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok": tr', "more_body": True})
        raise CutOff


def _given(request: Request, body: bytes) -> dict[str, Any]:
    """Query and body as one."""
    given: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json") and body:
        return given | dict(json.loads(body))
    return given | dict(parse_qsl(body.decode("utf-8", "replace")))


def page_of(rows: Sequence[Any], cursor: str | None, limit: int) -> tuple[list[Any], str | None]:
    """Some rows from a cursor on, and the next cursor."""
    start = int(cursor.partition(":")[2]) if cursor and cursor.startswith("at:") else 0
    ends = start + limit
    return list(rows[start:ends]), f"at:{ends}" if ends < len(rows) else None


def random_word(length: int = 12) -> str:
    return secrets.token_hex(length)
