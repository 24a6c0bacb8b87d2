"""A storm over a hall: many writers and listeners while its processes are killed, and the account that is drawn up afterwards.

What is promised: nothing acknowledged is lost, nothing is missed or heard twice by a listener that resumes, and a write
whose answer was lost on the way exists exactly once after it was sent again.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp.shared.exceptions import MCPError

from tests.harness.hall import text_of
from tests.harness.process import HallProcess
from tests.harness.redis import RedisProcess
from tests.harness.site import Site
from tests.harness.stream import listen

REPOSITORIES = ("alpha", "beta", "gamma")
STATUSES = ("not_started", "in_progress", "ready_for_review", "completed", "blocked")
DRAIN_SECONDS = 30.0


Entry = tuple[str, str, str]
"""An entry of a Redis stream by which it is known: type, task, instant."""
Send = Callable[[str, dict[str, Any], str], Awaitable[dict[str, Any]]]


class Again(Exception):
    """No answer, or one that says to come back: send the same write once more."""


@dataclass
class Written:
    """An acknowledged write: what it was, the mark by which it is found, and how often it was sent."""

    kind: str
    mark: str
    sent: int


@dataclass
class Ear:
    """A listener: what it asks for, what it heard, how often it was cut."""

    query: dict[str, str]
    heard: list[tuple[int, str, int]] = field(default_factory=list)
    cuts: int = 0
    resets: int = 0
    last_id: str | None = None


@dataclass
class Account:
    """What is left of the storm, in numbers that should be zero and numbers that should not."""

    seed: int
    acknowledged: int = 0
    resent: int = 0
    cuts: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    done_twice: list[str] = field(default_factory=list)
    missed: int = 0
    heard_twice: int = 0
    invented: int = 0
    resets: int = 0
    out_of_order: int = 0
    heard: int = 0
    entries: int = 0
    entries_missing: int = 0
    entries_twice: int = 0

    @property
    def clean(self) -> bool:
        heard_well = not (self.missed or self.heard_twice or self.invented or self.resets or self.out_of_order)
        return heard_well and not (self.lost or self.done_twice or self.entries_missing or self.entries_twice)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.acknowledged} acknowledged ({self.resent} sent again), {self.heard} events heard, "
            f"{self.cuts} cuts, kills {dict(self.kills)}; lost {len(self.lost)}, done twice {len(self.done_twice)}, "
            f"missed {self.missed}, heard twice {self.heard_twice}, invented {self.invented}, resets {self.resets}, "
            f"out of order {self.out_of_order}; {self.entries} entries in Redis, missing {self.entries_missing}, "
            f"twice or invented {self.entries_twice}"
        )


@dataclass
class Storm:
    """Runs against a hall that is up; `kills` -9 in all, in turn on each hub, on PostgreSQL and on Redis.

    With several hubs a write that is sent again, and a listener that comes back, may come to another hub than before.
    """

    site: Site
    seed: int
    writers: int = 8
    kills: int = 20
    cuts: int = 100
    ledger: list[Written] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    _calm: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[str] = field(default_factory=list)

    async def run(self) -> Account:
        ears = [Ear({}), Ear({"user_id": "me"}), Ear({"repositories": "alpha,beta"}), Ear({"user_id": "me", "repositories": "gamma"})]
        senders: list[Send] = [self._over_rest, self._over_mcp]
        writing = [asyncio.create_task(self._write(number, senders[number % 2])) for number in range(self.writers)]
        listening = [asyncio.create_task(self._listen(ear, random.Random(f"{self.seed}-ear-{n}"))) for n, ear in enumerate(ears)]
        try:
            await _while_all_work(asyncio.create_task(self._strike(ears)), [*writing, *listening])
            self._calm.set()
            await asyncio.gather(*writing)
            return await self._account(ears)
        finally:
            for task in (*writing, *listening):
                task.cancel()
            await asyncio.gather(*writing, *listening, return_exceptions=True)

    # Killing -----------------------------------------------------------------------------------------------------

    async def _strike(self, ears: list[Ear]) -> None:
        chance = random.Random(f"{self.seed}-kill")
        targets = [*(lambda hub=hub: self._kill_hub(hub) for hub in self.site.hubs), self._kill_postgres]
        if self.site.redis is not None:
            targets.append(lambda: self._kill_redis(chance.uniform(0, 1)))
        while sum(self.killed.values()) < self.kills or sum(ear.cuts for ear in ears) < self.cuts:
            await self._progress(chance.randint(3, 25))
            if sum(self.killed.values()) < self.kills:
                await targets[sum(self.killed.values()) % len(targets)]()

    async def _progress(self, writes: int) -> None:
        """Let some writes through, so that every kill hits a hall at work."""
        goal = len(self.ledger) + writes
        async with asyncio.timeout(60):
            while len(self.ledger) < goal:
                await asyncio.sleep(0.005)

    async def _kill_hub(self, hub: HallProcess) -> None:
        hub.kill()
        self.killed["hub" if len(self.site.hubs) == 1 else f"hub {hub.home.name}"] += 1
        hub.start()
        await hub.ready()

    async def _kill_postgres(self) -> None:
        try:
            os.kill(self.site.postgres_pid(), signal.SIGKILL)
            self.killed["postgres"] += 1
        except (FileNotFoundError, ProcessLookupError):
            return  # it is just being started; the next round finds it
        await self.site.hubs[0].ready()

    async def _kill_redis(self, seconds: float) -> None:
        """Nobody that writes or listens notices that it is away."""
        assert self.site.redis is not None
        self.site.redis.kill()
        self.killed["redis"] += 1
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.site.redis.start)

    # Writing -----------------------------------------------------------------------------------------------------

    async def _write(self, number: int, send: Send) -> None:
        chance = random.Random(f"{self.seed}-writer-{number}")
        count = 0
        while not self._calm.is_set():
            count += 1
            mark = f"w{number}-{count}"
            name, given = self._next_write(chance, mark)
            await self._until_acknowledged(send, name, given, mark, chance)

    def _next_write(self, chance: random.Random, mark: str) -> tuple[str, dict[str, Any]]:
        kind = chance.choice(["create_task", "update_task_status", "add_task_comment"]) if self._tasks else "create_task"
        if kind == "create_task":
            assignee = chance.choice([{}, {"assignee_id": "me"}])
            return kind, {"title": mark, "repository": chance.choice(REPOSITORIES), **assignee}
        task_id = chance.choice(self._tasks)
        if kind == "update_task_status":
            return kind, {"task_id": task_id, "new_status": chance.choice(STATUSES), "comment": mark}
        return kind, {"task_id": task_id, "comment": mark}

    async def _until_acknowledged(
        self,
        send: Send,
        name: str,
        given: dict[str, Any],
        mark: str,
        chance: random.Random,
    ) -> None:
        sent = 0
        async with asyncio.timeout(60):
            while True:
                sent += 1
                try:
                    answer = await send(name, given, f"{self.seed}-{mark}")
                except Again:
                    await asyncio.sleep(chance.uniform(0.01, 0.1))
                else:
                    break
        if name == "create_task":
            self._tasks.append(answer["key"])
        self.ledger.append(Written(name, mark, sent))

    async def _over_rest(self, name: str, given: dict[str, Any], key: str) -> dict[str, Any]:
        given = dict(given)
        method, path = _rest_route(name, given)
        headers = {"X-API-Key": self.site.api_key, "Idempotency-Key": key}
        try:
            async with httpx2.AsyncClient(base_url=self._any_address(), timeout=10) as client:
                reply = await client.request(method, path, json=given, headers=headers)
        except httpx2.TransportError as error:
            raise Again from error
        if reply.status_code == 503 or (reply.status_code == 409 and "retry-after" in reply.headers):
            raise Again
        assert reply.status_code in {200, 201}, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def _over_mcp(self, name: str, given: dict[str, Any], key: str) -> dict[str, Any]:
        transport = StreamableHttpTransport(f"{self._any_address()}/mcp", headers={"Authorization": f"Bearer {self.site.api_key}"})
        mode: Any = "legacy" if key[-1] in "02468" else "auto"
        try:
            async with Client(transport, mode=mode, timeout=10) as client:
                arguments = given | {"idempotency_key": key, "format": "detailed"}
                result = await client.call_tool(name, arguments, raise_on_error=False)
        except (httpx2.HTTPError, MCPError, RuntimeError, OSError, ExceptionGroup) as error:
            raise Again from error
        text = text_of(result)
        if result.is_error:
            assert text.startswith(("unavailable", "still_running")), text
            raise Again
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _any_address(self) -> str:
        return random.choice(self.site.hubs).address

    # Listening ---------------------------------------------------------------------------------------------------

    async def _listen(self, ear: Ear, chance: random.Random) -> None:
        """Listen, be cut, come back behind the last event; for ever."""
        while True:
            try:
                async with listen(self._any_address(), self.site.api_key, resume=ear.last_id, header=True, **ear.query) as stream:
                    if stream.status == 200:
                        await self._hear(ear, stream, chance.uniform(0.02, 0.3))
            except (OSError, EOFError, IndexError, asyncio.IncompleteReadError):
                await asyncio.sleep(chance.uniform(0.01, 0.1))

    async def _hear(self, ear: Ear, stream: Any, seconds: float) -> None:
        """Note what comes until the connection is cut from this side, or dies."""
        try:
            async with asyncio.timeout(seconds):
                await stream.opened() if ear.last_id is None else None
                while True:
                    ear.last_id = stream.last_id or ear.last_id
                    heard = await stream.next(within=60, beats=True)
                    ear.last_id = stream.last_id
                    self._note(ear, heard)
        except TimeoutError:
            ear.cuts += 1
            stream.cut()
            ear.last_id = stream.last_id or ear.last_id

    @staticmethod
    def _note(ear: Ear, heard: Any) -> None:
        ear.resets += heard.event == "reset"
        if heard.event.startswith("task_"):
            position = int(heard.id.rsplit(".", 1)[-1])
            ear.heard.append((position, heard.data["task_id"], heard.data["version"]))

    # Accounting --------------------------------------------------------------------------------------------------

    async def _account(self, ears: list[Ear]) -> Account:
        connection = await asyncpg.connect(**self.site.database)
        try:
            await self._drain(connection, ears)
            account = Account(self.seed, acknowledged=len(self.ledger), kills=self.killed)
            account.resent = sum(written.sent > 1 for written in self.ledger)
            await self._check_rows(connection, account)
            for ear in ears:
                self._check_ear(account, ear, await _expected(connection, ear))
            if self.site.redis is not None:
                await self._check_streams(account, self.site.redis, await _expected_entries(connection))
            return account
        finally:
            await connection.close()

    async def _drain(self, connection: Any, ears: list[Ear]) -> None:
        """Give the listeners time to hear the end; what they have not heard then is missed."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                for ear in ears:
                    expected = await _expected(connection, ear)
                    while not expected <= {position for position, _, _ in ear.heard}:
                        await asyncio.sleep(0.02)
        except TimeoutError:
            return

    async def _check_rows(self, connection: Any, account: Account) -> None:
        queries = {
            "create_task": "select title from tasks",
            "update_task_status": "select comment from task_history where comment is not null",
            "add_task_comment": "select comment from task_comments",
        }
        for kind, query in queries.items():
            found = Counter(row[0] for row in await connection.fetch(query))
            marks = {written.mark for written in self.ledger if written.kind == kind}
            account.lost += sorted(mark for mark in marks if found[mark] == 0)
            account.done_twice += sorted(mark for mark, times in found.items() if times > 1)
            account.lost += sorted(f"unacknowledged {mark}" for mark in found if mark not in marks)

    @staticmethod
    def _check_ear(account: Account, ear: Ear, expected: set[int]) -> None:
        positions = [position for position, _, _ in ear.heard]
        account.cuts += ear.cuts
        account.resets += ear.resets
        account.heard += len(positions)
        account.heard_twice += len(positions) - len(set(positions))
        account.missed += len(expected - set(positions))
        account.invented += len(set(positions) - expected)
        versions: dict[str, int] = {}
        for _, task_id, version in ear.heard:
            account.out_of_order += version < versions.get(task_id, 0)
            versions[task_id] = version

    @staticmethod
    async def _check_streams(account: Account, redis: RedisProcess, expected: dict[str, Counter[Entry]]) -> None:
        """Compare each stream with what was committed, once the relay has had time to catch up."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while (found := await asyncio.to_thread(_entries, redis)) != expected and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        for stream in expected.keys() | found.keys():
            here, due = found.get(stream, Counter()), expected.get(stream, Counter())
            account.entries += here.total()
            account.entries_missing += (due - here).total()
            account.entries_twice += (here - due).total()
        for entries in redis.streams().values():
            versions: dict[str, int] = {}
            for entry in entries:
                version = json.loads(entry["task_data"])["version"]
                account.out_of_order += version < versions.get(entry["task_id"], 0)
                versions[entry["task_id"]] = version


async def _while_all_work(striking: asyncio.Task[None], others: list[asyncio.Task[None]]) -> None:
    """Wait for the strikes; a writer or listener that failed meanwhile is the failure to be told."""
    ended, _ = await asyncio.wait({striking, *others}, return_when=asyncio.FIRST_COMPLETED)
    if striking not in ended:
        striking.cancel()
    for task in ended:
        task.result()


def _entries(redis: RedisProcess) -> dict[str, Counter[Entry]]:
    return {
        stream: Counter((entry["event_type"], entry["task_id"], entry["timestamp"]) for entry in entries)
        for stream, entries in redis.streams().items()
    }


async def _expected_entries(connection: Any) -> dict[str, Counter[Entry]]:
    """What each stream should hold, read from the table."""
    expected: dict[str, Counter[Entry]] = defaultdict(Counter)
    rows = await connection.fetch(
        "select type, data->>'task_id' as task_id, data->>'timestamp' as at, user_ids, data->'task'->>'repository' as repository"
        " from events"
    )
    for row in rows:
        names = ["tasks:notifications", *(f"tasks:user:{user_id}" for user_id in row["user_ids"])]
        for name in [*names, *([f"tasks:repo:{row['repository']}"] if row["repository"] else [])]:
            expected[name][row["type"], row["task_id"], row["at"]] += 1
    return dict(expected)


async def _expected(connection: Any, ear: Ear) -> set[int]:
    """The committed events that this listener asked for, read from the table and not from the hub."""
    me: UUID = await connection.fetchval("select id from users where kind = 'agent'")
    people = [me] if "user_id" in ear.query else []
    repositories = ear.query["repositories"].split(",") if "repositories" in ear.query else []
    rows = await connection.fetch(
        "select position from events where entity_type = 'task'"
        " and ($3 or user_ids && $1::uuid[] or repositories && $2::text[])",
        people, repositories, not people and not repositories,
    )  # fmt: skip
    return {row["position"] for row in rows}


def _rest_route(name: str, given: dict[str, Any]) -> tuple[str, str]:
    """Method and path; the task's id moves from the input into the path."""
    if name == "create_task":
        return "POST", "/api/tasks"
    task_id = given.pop("task_id")
    return ("PUT", f"/api/tasks/{task_id}/status") if name == "update_task_status" else ("POST", f"/api/tasks/{task_id}/comments")
