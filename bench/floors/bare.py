"""What bare ASGI applications need: a body read, an answer sent, and the JSON of a row."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Receive, Send

JSON = b"application/json"


async def read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def answer(send: Send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def dumps(value: Any) -> bytes:
    """Ids come from asyncpg as a type that orjson asks about; everything else it knows."""
    return orjson.dumps(value, default=str)
