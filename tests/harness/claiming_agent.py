"""An agent in a process of its own: takes work over MCP until nothing is left, and says on its output what it believes.

`python -m tests.harness.claiming_agent`, with its instructions as JSON on the standard input: address, key, era, seed, lease_seconds.
Each line is JSON: what it did with which task, under which token. It may be killed at any moment.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import dataclass, field
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from tests.harness.answers import texts_of

LONGEST_WORK = 0.08


@dataclass
class Agent:
    """One of many who want the same tasks."""

    client: Client[Any]
    chance: random.Random
    lease_seconds: int
    refused: dict[str, int] = field(default_factory=dict)

    async def work(self) -> None:
        while (claim := await self._take()) is not None:
            if claim:
                await self._do(claim["key"], claim["fencing_token"])

    async def _take(self) -> dict[str, Any] | None:
        """A claim; {} when others were faster; None when nothing is left for anybody."""
        if self.chance.random() < 0.5:
            found = await self._call("next_work", claim=True, lease_seconds=self.lease_seconds)
            claim: dict[str, Any] | None = found.get("claim")
        else:  # everybody sees the same few, and reaches for one of them
            found = await self._call("next_work", limit=8)
            claim = await self._reach(found.get("tasks", []))
        if claim:
            say("claimed", claim["key"], claim["fencing_token"])
            return claim
        waits = any(one["reason"] in {"claimed", "taken"} for one in found.get("passed_over", []))
        if waits:
            await asyncio.sleep(self.chance.uniform(0.02, 0.2))
        return {} if waits or found.get("tasks") else None

    async def _reach(self, tasks: list[dict[str, Any]]) -> dict[str, Any] | None:
        if not tasks:
            return None
        key = self.chance.choice(tasks)["task"]["key"]
        return await self._call("claim_task", task_id=key, lease_seconds=self.lease_seconds) or None

    async def _do(self, key: str, token: int) -> None:
        """Some work with a sign of life in it; whoever is told that the claim is over stops at once."""
        for name, given in (
            ("add_task_comment", {"comment": f"token {token}"}),
            ("update_task_status", {"new_status": "completed", "comment": f"token {token}"}),
        ):
            await asyncio.sleep(self.chance.uniform(0, LONGEST_WORK))
            if not await self._call(name, task_id=key, fencing_token=token, **given):
                say("lost", key, token)
                return
        say("done", key, token)

    async def _call(self, name: str, **given: Any) -> dict[str, Any]:
        """The answer; {} for a refusal, which is counted by its code."""
        result = await self.client.call_tool(name, {**given, "format": "detailed"}, raise_on_error=False)
        text = texts_of(result)[0]  # beside it may stand a reminder
        if result.is_error:
            code = text.partition(":")[0]
            assert code in {"claimed", "stale_claim", "conflict", "unavailable"}, text
            self.refused[code] = self.refused.get(code, 0) + 1
            return {}
        answer: dict[str, Any] = json.loads(text)
        return answer


def say(did: str, key: str, token: int) -> None:
    """One line at once: whoever is killed has said what was acknowledged."""
    sys.stdout.write(json.dumps({"did": did, "key": key, "token": token}) + "\n")
    sys.stdout.flush()


async def main(given: dict[str, Any]) -> None:
    transport = StreamableHttpTransport(f"{given['address']}/mcp/full", headers={"Authorization": f"Bearer {given['key']}"})
    async with Client(transport, mode=given["era"], timeout=30) as client:
        sys.stdout.write(json.dumps({"did": "ready"}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)  # all begin together
        agent = Agent(client, random.Random(given["seed"]), given["lease_seconds"])
        await agent.work()
    sys.stdout.write(json.dumps({"did": "left", "refused": agent.refused}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
