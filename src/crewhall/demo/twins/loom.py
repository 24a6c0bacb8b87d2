"""A twin of Loom: what it tells everybody of a share link. It has no API that asks who you are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin

VIDEOS = {
    "0281766fa2d04bb788eaf19e65135184": ("How a berth is booked", 184.4),
    "4c1e8f0a5b3d4f7e9a6c2d1b0e8f7a65": ("The new tide table", 61.0),
    "9b7d5c3a1f0e4d2c8b6a5f4e3d2c1b0a": ("Onboarding, part 1", 605.2),
}


class LoomTwin(Twin):
    """oEmbed, for three videos."""

    slug = "loom"

    def __init__(self) -> None:
        super().__init__(Consent("Loom", "/none", "/none", None, {}, rotates=False, life=None))
        self.fill()

    @property
    def variables(self) -> dict[str, str]:
        return {"LOOM_API_URL": f"{self.address}/"}

    def fill(self) -> None:
        self.videos = dict(VIDEOS)

    def keys(self) -> dict[str, str]:
        return {"library": "team-videos"}

    def recall(self, credentials: Mapping[str, Any]) -> None:
        """It never knew anybody."""

    def trouble_with(self, request: Request) -> str | None:
        """Everybody may ask."""
        return None

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [("GET", "/v1/oembed", self._oembed)]

    def refuse(self, code: str) -> Response:
        return JSONResponse({"message": f"Said by the twin: {code}"}, status_code=404)

    def _oembed(self, request: Request, given: Mapping[str, Any]) -> Any:
        video_id = str(given.get("url", "")).rpartition("/")[2]
        if video_id not in self.videos:
            return self.refuse("not_found")
        title, seconds = self.videos[video_id]
        return {
            "type": "video", "version": "1.0", "title": title, "duration": seconds, "provider_name": "Loom",
            "provider_url": "https://www.loom.com", "height": 1080, "width": 1920, "description": "",
            "html": f'<iframe src="https://www.loom.com/embed/{video_id}"></iframe>',
            "thumbnail_url": f"https://cdn.loom.com/sessions/thumbnails/{video_id}.gif", "thumbnail_height": 1080, "thumbnail_width": 1920,
        }  # fmt: skip
