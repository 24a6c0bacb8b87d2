"""What a hostile or broken platform answers: sound answers, changed on their way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

Change = Callable[[Any], Any]


def nulls(value: Any) -> Any:
    """Nothing where something should be."""
    return _each(value, lambda _: None)


def other_types(value: Any) -> Any:
    """Numbers for texts, texts for numbers, words for true and false."""
    return _each(value, _other)


def lists_for_objects(value: Any) -> Any:
    """Whatever holds something holds it otherwise."""
    if isinstance(value, dict):
        return {name: list(part.values()) if isinstance(part, dict) else lists_for_objects(part) for name, part in value.items()}
    return {str(number): lists_for_objects(part) for number, part in enumerate(value)} if isinstance(value, list) else value


def junk_rows(value: Any) -> Any:
    """Lists whose rows are anything."""
    if isinstance(value, dict):
        return {name: junk_rows(part) for name, part in value.items()}
    return [None, 1, "x", [], {}] if isinstance(value, list) else value


def long_texts(value: Any) -> Any:
    """Texts of a length that nobody meant, and numbers that are no sizes."""
    return _each(value, lambda part: "x" * 5_000 if isinstance(part, str) else part if isinstance(part, bool) or part is None else 1e308)


def nothing(_value: Any) -> Any:
    return {}


CHANGES: Mapping[str, Change] = {
    "nulls": nulls, "other types": other_types, "lists for objects": lists_for_objects, "junk rows": junk_rows, "long texts": long_texts,
    "nothing": nothing,
}  # fmt: skip


def _other(part: Any) -> Any:
    if isinstance(part, bool):
        return "perhaps"
    if isinstance(part, str):
        return 7
    return "many" if isinstance(part, int | float) else []


def _each(value: Any, change: Change) -> Any:
    """Every leaf, changed."""
    if isinstance(value, dict):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_each(part, change) for part in value]
    return change(value)


class Mangling(httpx2.AsyncBaseTransport):
    """Carries requests to a platform and its answers back, changed. `bodies`: whole answers instead of what the platform says."""

    def __init__(self, change: Change | None = None, body: bytes | None = None) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._change = change
        self._body = body

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        reply = await self._inner.handle_async_request(request)
        content = await reply.aread()
        await reply.aclose()
        headers = {name: value for name, value in reply.headers.items() if name not in {"content-length", "content-encoding"}}
        return httpx2.Response(reply.status_code, headers=headers, content=self._changed(content), request=request)

    def _changed(self, content: bytes) -> bytes:
        if self._body is not None:
            return self._body
        try:
            value = json.loads(content)
        except ValueError:
            return content
        return json.dumps(self._change(value) if self._change else value).encode()

    async def aclose(self) -> None:
        await self._inner.aclose()
