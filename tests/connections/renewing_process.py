"""A worker that dies when a platform has just given it new tokens, before they are kept."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from crewhall.integrations import Connections
from crewhall.integrations.connectors import connector_of
from crewhall.kit.clock import system_clock
from crewhall.kit.db.dsn import read_address
from crewhall.kit.db.pool import Database
from crewhall.kit.secrets import Cipher
from crewhall.kit.settings import Settings


class Dying(Connections):
    async def _save(self, row: Any, credentials: Mapping[str, Any], *, more: bool) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, integration_id: str, platform: str) -> None:
    variables = {"SLACK_OAUTH_URL": platform, "SLACK_CLIENT_ID": "slack-client", "SLACK_CLIENT_SECRET": "slack-secret"}
    given: dict[str, Any] = {"{PLATFORM}_CLIENT_ID": {name: SecretStr(value) for name, value in variables.items()}}
    database = await Database.open(read_address(SecretStr(url)), size=2)
    connections = Dying(database, Cipher(["k" * 40]), Settings(**given), system_clock)
    await connections.renewed(await connections.read(UUID(integration_id)), connector_of("slack").manifest)


asyncio.run(main(*sys.argv[1:]))
