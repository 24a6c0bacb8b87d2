"""The process that draws: a job a line comes in, a head line and so many bytes go out. It ends when nobody is there to ask any more."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

SCALE = 2.0
"""Pixels of a PNG for each unit of the chart: text stays sharp."""


def main() -> None:
    for line in sys.stdin.buffer:
        ok, body = _answer(line)
        sys.stdout.buffer.write(json.dumps({"ok": ok, "size": len(body)}).encode() + b"\n" + body)
        sys.stdout.buffer.flush()


def _answer(line: bytes) -> tuple[bool, bytes]:
    try:
        return True, draw(json.loads(line))
    except Exception as error:  # noqa: BLE001  # the outermost layer of this process: whatever went wrong is answered
        return False, f"{type(error).__name__}: {error}".encode()


def draw(job: dict[str, Any]) -> bytes:
    """SVG text or PNG of a job."""
    import vl_convert  # noqa: PLC0415  # a second, in this process only

    spec = importlib.import_module(job["builder"]).chart(job["name"], job["points"], job["form"])
    if job["form"] == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=SCALE))
    return str(vl_convert.vegalite_to_svg(spec)).encode()


if __name__ == "__main__":
    main()
