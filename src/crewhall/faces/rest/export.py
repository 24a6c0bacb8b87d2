"""`GET /api/v1/audit/export`: the audit trail as JSON lines, newest first, written by hand because it has no end worth buffering."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import Header, actor_of, read_query
from crewhall.kit.capability import Registry
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.json import dumps
from crewhall.kit.seam import Seam

PAGE = 500
HEADERS: list[Header] = [
    (b"content-type", b"application/x-ndjson; charset=utf-8"),
    (b"content-disposition", b'attachment; filename="audit.jsonl"'),
    (b"cache-control", b"no-store"),
]


class AuditExport:
    """One line of JSON for each line of the trail, read page by page through `get_audit`, with the same filters."""

    def __init__(self, registry: Registry, seam: Seam, access: Access) -> None:
        self._get_audit = registry["get_audit"]
        self._seam = seam
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = read_query(scope)
        for name in ("limit", "cursor"):
            if name in wanted:
                message = "an export has no pages: narrow it with since and until"
                raise ValidationFailed.of(name, message)
        page = await self._page(scope, wanted)  # before the first byte, so that a refusal has its shape
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        while True:
            body = b"".join(dumps(line) + b"\n" for line in page["lines"])
            await send({"type": "http.response.body", "body": body, "more_body": page["next_cursor"] is not None})
            if page["next_cursor"] is None:
                return
            page = await self._page(scope, {**wanted, "cursor": page["next_cursor"]})

    async def _page(self, scope: Scope, wanted: dict[str, str]) -> Any:
        """The next page, for whoever the credential belongs to now: an export of an hour outlives no log-out."""
        actor = await actor_of(scope, self._access)
        return (await self._seam.run(self._get_audit, {"limit": PAGE, **wanted}, actor=actor, client="rest")).value
