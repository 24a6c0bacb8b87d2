"""A storm over claims: agents in processes of their own race over MCP for the same tasks, and half of them are killed with -9.

What is promised: no two hold a task at one time, what a dead agent held can be claimed within a second of its lease's end, and its
token opens nothing any more. The account is drawn up from the event log, which has the changes of each task in their order.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from tests.harness.answers import text_of
from tests.harness.site import Site

LEASE_SECONDS = 3
START_SECONDS, WORK_SECONDS = 300.0, 600.0
PATIENCE = timedelta(seconds=5)
"""So long after its end a claim is tried for; what is not free by then is counted as late by as much."""


@dataclass(frozen=True)
class Left:
    """What a killed agent held."""

    key: str
    token: int
    expires_at: datetime


@dataclass
class Runner:
    """An agent's process, and what it said."""

    user_id: UUID
    key: str
    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    killed: bool = False


@dataclass
class ClaimAccount:
    """What is left of the storm, in numbers that should be zero and numbers that should not. `late` are seconds after the lease's end."""

    seed: int
    agents: int
    tasks: int
    killed: int = 0
    claims: int = 0
    lost_races: int = 0
    completed: int = 0
    left_behind: int = 0
    double_claims: int = 0
    unknown_claims: int = 0
    early: int = 0
    late: list[float] = field(default_factory=list)
    stale_sent: int = 0
    stale_accepted: int = 0
    written_by_others: int = 0
    seconds: float = 0

    @property
    def latest(self) -> float:
        return max(self.late, default=0.0)

    @property
    def clean(self) -> bool:
        wrong = self.double_claims + self.unknown_claims + self.early + self.stale_accepted + self.written_by_others
        return wrong == 0 and self.latest <= 1 and self.completed == self.tasks

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.agents} agents, {self.killed} of them killed with -9, {self.completed} of {self.tasks} tasks done "
            f"under {self.claims} claims in {self.seconds:.1f} s ({self.lost_races} told that others were faster); double claims "
            f"{self.double_claims}, claims that the log does not know {self.unknown_claims}, writes under another's claim "
            f"{self.written_by_others}; {self.left_behind} claims of the dead: free too early {self.early}, at the latest "
            f"{self.latest:.3f} s after their end; {self.stale_sent} writes with stale tokens, accepted {self.stale_accepted}"
        )


@dataclass
class ClaimStorm:
    """Runs against a hall that is up and has no tasks yet."""

    site: Site
    seed: int
    agents: int = 8
    tasks: int = 200
    _runners: list[Runner] = field(default_factory=list)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> ClaimAccount:
        account = ClaimAccount(self.seed, self.agents, self.tasks)
        self._db = await asyncpg.create_pool(**self.site.database, min_size=1, max_size=4)
        try:
            await self._make_tasks()
            await self._start_agents()
            started = time.monotonic()
            self._begin()
            mourning = await self._strike(account)
            async with asyncio.timeout(WORK_SECONDS):
                await asyncio.gather(*mourning, *(one.process.wait() for one in self._runners))
            account.seconds = time.monotonic() - started
            await asyncio.gather(*self._reading)
            await self._account(account)
            return account
        finally:
            for one in self._runners:
                if one.process.returncode is None:
                    one.process.kill()
                    await one.process.wait()
            await asyncio.gather(*self._reading, return_exceptions=True)
            await self._db.close()

    # Before -------------------------------------------------------------------------------------------------------------------

    async def _make_tasks(self) -> None:
        async with self._client(self.site.api_key) as client:
            for first in range(0, self.tasks, 200):
                rows = [{"title": f"task {number}"} for number in range(first, min(first + 200, self.tasks))]
                (await client.post("/api/tasks/batch", json={"tasks": rows})).raise_for_status()

    async def _start_agents(self) -> None:
        keys = [await self._make_agent(number) for number in range(self.agents)]
        chance = random.Random(f"{self.seed}-agents")
        self._runners = list(await asyncio.gather(*(self._start(who, key, chance.random()) for who, key in keys)))
        self._reading = [asyncio.create_task(self._read(one)) for one in self._runners]
        async with asyncio.timeout(START_SECONDS):
            while not all(one.lines for one in self._runners):
                assert all(one.process.returncode is None for one in self._runners), "an agent did not start"
                await asyncio.sleep(0.02)

    async def _make_agent(self, number: int) -> tuple[UUID, str]:
        """An agent of its own, as an owner makes one; its id and its key."""
        async with self._client(self.site.hubs[0].owner_token) as client:
            reply = await client.post("/api/v1/api-keys", json={"name": f"agent {number}", "kind": "agent"})
            reply.raise_for_status()
        key = str(reply.json()["key"])
        async with self._client(key) as client:
            return UUID((await client.get("/users/me")).json()["id"]), key

    async def _start(self, user_id: UUID, key: str, seed: float) -> Runner:
        era = "legacy" if user_id.int % 2 else "auto"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.harness.claiming_agent", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        given = {"address": self.site.hubs[0].address, "key": key, "era": era, "seed": seed, "lease_seconds": LEASE_SECONDS}
        self._say(process, json.dumps(given))
        return Runner(user_id, key, process)

    def _begin(self) -> None:
        for one in self._runners:
            self._say(one.process, "go")

    @staticmethod
    def _say(process: asyncio.subprocess.Process, line: str) -> None:
        assert process.stdin is not None
        process.stdin.write(f"{line}\n".encode())

    @staticmethod
    async def _read(runner: Runner) -> None:
        assert runner.process.stdout is not None
        async for line in runner.process.stdout:
            if line.endswith(b"\n"):  # else it was killed in the middle of it
                runner.lines.append(json.loads(line))

    def _client(self, key: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.site.hubs[0].address, timeout=30, headers={"Authorization": f"Bearer {key}"})

    # Killing ------------------------------------------------------------------------------------------------------------------

    async def _strike(self, account: ClaimAccount) -> list[asyncio.Task[None]]:
        """Kill half of the agents, each while it holds a task; answers what looks after what they left."""
        chance = random.Random(f"{self.seed}-kill")
        victims = chance.sample(self._runners, self.agents // 2)
        mourning = []
        for number, victim in enumerate(victims):
            await self._progress(self.tasks * number // (2 * len(victims)))
            await self._until_it_holds(victim)
            victim.process.send_signal(signal.SIGKILL)
            await victim.process.wait()
            victim.killed = True
            account.killed += 1
            mourning += [asyncio.create_task(self._mourn(account, victim, left)) for left in await self._left_by(victim)]
        return mourning

    async def _progress(self, goal: int) -> None:
        async with asyncio.timeout(WORK_SECONDS):
            while sum(line["did"] == "done" for one in self._runners for line in one.lines) < goal:
                await asyncio.sleep(0.01)

    async def _until_it_holds(self, victim: Runner) -> None:
        async with asyncio.timeout(WORK_SECONDS):
            while victim.lines[-1]["did"] != "claimed":
                await asyncio.sleep(0.001)

    async def _left_by(self, victim: Runner) -> list[Left]:
        rows = await self._db.fetch(
            "select key, claim_token, claim_expires_at from tasks where claim_holder_id = $1 and claim_expires_at > clock_timestamp()",
            victim.user_id,
        )
        return [Left(row["key"], row["claim_token"], row["claim_expires_at"]) for row in rows]

    async def _mourn(self, account: ClaimAccount, dead: Runner, left: Left) -> None:
        """Claim what a dead agent held as soon as its lease ends, then do with the dead one's token what it would have done."""
        account.left_behind += 1
        freed = await self._freed(left)
        if freed is None:
            return  # what it had sent before it died was done after that: the task is finished
        if freed < left.expires_at:
            account.early += 1
        account.late.append((freed - left.expires_at).total_seconds())
        await self._write_as_the_dead(account, dead, left)

    async def _freed(self, left: Left) -> datetime | None:
        """When the task was claimed anew, by this one or by an agent that was faster."""
        await asyncio.sleep(max(0.0, (left.expires_at - datetime.now(UTC)).total_seconds() - 0.05))
        async with self._client(self.site.api_key) as client:
            while datetime.now(UTC) < left.expires_at + PATIENCE:
                reply = await client.post(f"/api/tasks/{left.key}/claim", json={"lease_seconds": LEASE_SECONDS})
                if reply.is_success:
                    began = _start(reply.json())
                    await client.put(f"/api/tasks/{left.key}/status", json={"new_status": "completed", "fencing_token": left.token + 1})
                    return began
                (row,) = await self._db.fetch("select claim_token, claim_expires_at, status from tasks where key = $1", left.key)
                if row["claim_token"] > left.token:
                    return await self._next_start(left)
                if row["status"] == "completed":
                    return None
                assert row["claim_expires_at"] >= left.expires_at, "a lease never becomes shorter"
                if row["claim_expires_at"] > left.expires_at:
                    return await self._freed(Left(left.key, left.token, row["claim_expires_at"]))  # its last write came in after it died
                await asyncio.sleep(0.01)
        return left.expires_at + PATIENCE

    async def _next_start(self, left: Left) -> datetime:
        """When the claim after this one began."""
        began: datetime = await self._db.fetchval(
            "select (data->>'timestamp')::timestamptz from events where data->'task'->>'key' = $1"
            " and (data->'task'->'claim'->>'fencing_token')::bigint = $2 order by position limit 1",
            left.key, left.token + 1,
        )  # fmt: skip
        return began

    async def _write_as_the_dead(self, account: ClaimAccount, dead: Runner, left: Left) -> None:
        transport = StreamableHttpTransport(f"{self.site.hubs[0].address}/mcp/full", headers={"Authorization": f"Bearer {dead.key}"})
        async with Client(transport, timeout=30) as client:
            for name, given in (
                ("renew_claim", {}), ("add_task_comment", {"comment": "from the dead"}), ("update_task", {"title": "from the dead"}),
                ("update_task_status", {"new_status": "completed"}), ("release_claim", {}),
            ):  # fmt: skip
                arguments = {"task_id": left.key, "fencing_token": left.token, **given}
                result = await client.call_tool(name, arguments, raise_on_error=False)
                account.stale_sent += 1
                account.stale_accepted += not (result.is_error and text_of(result).startswith("stale_claim"))

    # Accounting ---------------------------------------------------------------------------------------------------------------

    async def _account(self, account: ClaimAccount) -> None:
        lines = [(one.user_id, line) for one in self._runners for line in one.lines]
        account.claims = sum(line["did"] == "claimed" for _, line in lines)
        account.lost_races = sum(count for _, line in lines for count in line.get("refused", {}).values())
        account.completed = await self._db.fetchval("select count(*) from tasks where status = 'completed'")
        known = self._replay(account, await self._log())
        believed = Counter((who, line["key"], line["token"]) for who, line in lines if line["did"] == "claimed")
        account.unknown_claims = sum(count - (one in known) for one, count in believed.items())

    async def _log(self) -> dict[str, list[dict[str, Any]]]:
        """The events of each task in their order."""
        rows = await self._db.fetch("select data::text from events where entity_type = 'task' order by position")
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in (json.loads(row["data"]) for row in rows):
            if "task" in event:
                told[event["task"]["key"]].append(event)
        return told

    @staticmethod
    def _replay(account: ClaimAccount, log: Mapping[str, list[dict[str, Any]]]) -> set[tuple[UUID, str, int]]:
        """Go through what happened to each task; answers every claim that there was."""
        known: set[tuple[UUID, str, int]] = set()
        for key, events in log.items():
            for before, event in itertools.pairwise(events):
                old, new = before["task"]["claim"], event["task"]["claim"]
                if new and (old is None or new["fencing_token"] != old["fencing_token"]):
                    known.add((UUID(new["holder_id"]), key, new["fencing_token"]))
                    account.double_claims += old is not None and _start(new) < datetime.fromisoformat(old["expires_at"])
                mark = (event.get("comment") or {}).get("text") or ""
                if mark.startswith("token "):
                    current = old if "claim" in event["changed"] else new
                    mine = current and (f"token {current['fencing_token']}", current["holder_id"]) == (mark, event["actor"]["id"])
                    account.written_by_others += not mine
        return known


def _start(claim: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(claim["expires_at"]) - timedelta(seconds=claim["lease_seconds"])
