"""Style, script and icons. Their names carry a hash of their content, so that a browser asks for each of them once."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.types import Receive, Scope, Send

from crewhall.faces.http import Header, send_bytes
from crewhall.kit.errors import NotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
IMPORTED = re.compile(rb'(?<=")\./([\w-]+\.js)(?=")')
FOR_EVER: tuple[Header, ...] = (
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
)


@dataclass(frozen=True, slots=True)
class Assets:
    """The files of `static/` under their public names.

    All names carry one hash, `build`, of all files together: a page can never mix modules of two versions.
    """

    build: str
    files: dict[str, tuple[bytes, bytes]]

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Assets:
        """Read every file; a module's `"./other.js"` becomes the other's public name."""
        found = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in TYPES}
        digest = hashlib.sha256()
        for name, content in found.items():
            digest.update(b"%b %d\n%b" % (name.encode(), len(content), content))
        build = digest.hexdigest()[:12]
        public = {name: _public(name, build) for name in found}
        return cls(build, {public[name]: (_linked(content, public), TYPES[Path(name).suffix]) for name, content in found.items()})

    def address(self, name: str) -> str:
        """Where a page finds the file that `static/` calls `name`; KeyError when there is none."""
        public = _public(name, self.build)
        if public not in self.files:
            raise KeyError(name)
        return f"/static/{public}"


def _public(name: str, build: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{build}.{suffix}"


def _linked(content: bytes, public: dict[str, str]) -> bytes:
    return IMPORTED.sub(lambda match: f"./{public[match[1].decode()]}".encode(), content)


class AssetEndpoint:
    """`GET /static/{name}`."""

    def __init__(self, assets: Assets) -> None:
        self._files = assets.files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["name"]
        if name not in self._files:
            raise NotFound(f"There is nothing at {scope['path']}")
        content, kind = self._files[name]
        await send_bytes(send, 200, content, kind, FOR_EVER)
