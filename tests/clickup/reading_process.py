"""A run of a mirror as a process of its own: `python -m tests.clickup.reading_process` with what it needs in JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from crewhall.app import open_world
from crewhall.clickup import read_once
from crewhall.kit.settings import Settings


async def main(database: str, home: str, mirror_id: str, platforms: dict[str, str]) -> None:
    settings = Settings(**{  # type: ignore[arg-type]
        "CREWHALL_HOME": Path(home), "DATABASE_URL": SecretStr(database), "CREWHALL_JOBS": False, "CREWHALL_POOL_SIZE": 4,
        "{PLATFORM}_CLIENT_ID": {name: SecretStr(value) for name, value in platforms.items()},
        "CREWHALL_ENCRYPTION_KEY": SecretStr("k" * 40),
    })  # fmt: skip
    async with open_world(settings) as world:
        await read_once(world.connections, settings, UUID(mirror_id), _say_nothing)


async def _say_nothing(_words: str) -> None: ...


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
