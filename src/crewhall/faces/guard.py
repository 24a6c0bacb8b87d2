"""The outermost layer: which hosts and origins may speak to the hall, and one shape for everything that goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crewhall.faces.http import cookie_of, send_error
from crewhall.kit.errors import (
    CrewhallError,
    MethodNotAllowed,
    Misdirected,
    NotAllowed,
    NotFound,
)

log = structlog.get_logger()

SAFE = {"GET", "HEAD", "OPTIONS"}
USUAL_PORTS = {"http": 80, "https": 443}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class InternalError(CrewhallError):
    """Something that we did not foresee; the cause is in the log, not in the answer."""


class Guard:
    """Refuses foreign hosts and origins, and turns errors into answers."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = {*LOOPBACK, *(host.lower() for host in allowed_hosts if host)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, watched)
        except CrewhallError as refusal:
            await _answer(send, started, refusal)
        except HTTPException as refusal:
            await _answer(send, started, _of_router(scope, refusal))
        except Exception as trouble:  # a face's outermost layer: logged once, told in general words
            log.exception("request.failed", path=_path_of(scope), error=type(trouble).__name__)
            await _answer(send, started, InternalError("Something went wrong here; it has been logged"))

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            raise Misdirected("This host name is not served here: add it to CREWHALL_ALLOWED_HOSTS", host=host[:255])
        origin = headers.get("origin")
        if origin is not None and _name_of(origin.partition("://")[2]) not in self._hosts:
            raise NotAllowed("Requests from this origin are refused", origin=origin[:255])
        if scope["method"] not in SAFE and cookie_of(headers) and "authorization" not in headers:
            if origin is None:
                raise NotAllowed("A change that is made with the page's cookie must say its origin")
            if _is_neighbour(origin, host):
                raise NotAllowed("A page of another program on this machine may not use this page's cookie", origin=origin[:255])


def _name_of(host: str) -> str:
    """A host without its port, in lower case; the brackets of an IPv6 address fall away."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_neighbour(origin: str, host: str) -> bool:
    """Whether the origin is another port of this machine than the one that was asked: browsers send a cookie to every port."""
    scheme, _, place = origin.partition("://")
    asked = _port_of(host)
    return asked is not None and _name_of(place) in LOOPBACK and (_port_of(place) or USUAL_PORTS.get(scheme)) != asked


def _port_of(host: str) -> int | None:
    try:
        return urlsplit(f"//{host}").port
    except ValueError:
        return None


def _path_of(scope: Scope) -> str:
    """The path for the log, with the names of its parameters: a value may be an invitation's token."""
    path = str(scope["path"])
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}")
    return path


def _of_router(scope: Scope, refusal: HTTPException) -> CrewhallError:
    if refusal.status_code == 405:
        allowed = (refusal.headers or {}).get("Allow", "")
        return MethodNotAllowed(f"{scope['method']} is not offered here, but {allowed} is", allowed=allowed.split(", "))
    return NotFound(f"There is nothing at {scope['path']}")


async def _answer(send: Send, started: bool, error: CrewhallError) -> None:
    if not started:  # after the first byte the connection can only be cut, and the server does that
        await send_error(send, error)
