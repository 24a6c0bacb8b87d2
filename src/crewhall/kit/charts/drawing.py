"""Where charts are drawn: one process, started with the first chart, that ends with this one however this one ends.

The renderer holds the interpreter for as long as it draws, and its libraries take a second to load: neither may stop a hub.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sys
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from crewhall.kit.errors import Unavailable
from crewhall.kit.json import dumps, loads

log = structlog.get_logger()
Form = Literal["svg", "narrow", "png"]
"""For a page, for a page on a phone, and as a picture."""
MOST_KEPT = 200
SECONDS = 30.0
"""For one chart, the start of the process with the first one included."""
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart to be drawn. `builder` is the module whose function `chart(name, points, colours)` makes its specification."""

    builder: str
    name: str
    points: Sequence[dict[str, Any]]


class Drawing:
    """Draws charts, and remembers the last ones by what is on them."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()

    async def draw(self, picture: Picture, form: Form) -> bytes:
        """The chart as SVG in the colours of the page, wide or narrow, or as PNG. Raises Unavailable when it cannot be drawn now."""
        job = dumps({"builder": picture.builder, "name": picture.name, "points": list(picture.points), "form": form})
        key = hashlib.sha256(job).digest()
        if key not in self._kept:
            async with self._one_at_a_time:
                if key not in self._kept:
                    self._keep(key, await self._drawn(job))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: bytes, drawn: bytes) -> None:
        self._kept[key] = drawn
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _drawn(self, job: bytes) -> bytes:
        """Asks the process, and a new one when it died meanwhile."""
        for _ in range(2):
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._ask(job)
            except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
                await self.close()
            except TimeoutError:
                await self.close()
                break
        raise Unavailable("The chart cannot be drawn at the moment; its numbers are there all the same")

    async def _ask(self, job: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(job + b"\n")
        await process.stdin.drain()
        head = loads(await process.stdout.readuntil(b"\n"))
        body = await process.stdout.readexactly(head["size"])
        if not head["ok"]:
            log.error("charts.refused", reason=body.decode(errors="replace")[:500])
            raise Unavailable("This chart cannot be drawn; its numbers are there all the same")
        return body

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "crewhall.kit.charts.process", limit=MOST_BYTES, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self._process

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
