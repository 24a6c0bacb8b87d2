"""`PUT /api/tasks/{id}/status` beside the same statements without what surrounds a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle

import orjson

from bench.client import Answer, ask, audience, load, request
from bench.harness import Context, Hall
from bench.measure import BenchError, Row, Trial, interleaved
from bench.processes import Program
from bench.seeding import count
from crewhall.kit.settings import Settings

TASKS, CONNECTIONS = 1_000, 8
STATUSES = ("in_progress", "ready_for_review")


async def measure(context: Context) -> list[Row]:
    hall = await context.hall(TASKS)
    me = orjson.loads((await ask(hall.program.port, request("GET", "/users/me", key=hall.key))).body)
    size = Settings.model_fields["pool_size"].default
    floor = await context.floor(
        "status_move", address=hall.address, pool_size=size, organisation_id=hall.organisation_id, actor_id=me["id"]
    )  # fmt: skip
    unheard = _trial(context, hall, hall.program, first_task=105)
    trials = {"floor": _trial(context, hall, floor, first_task=5), "unheard": unheard, "heard": _heard(hall, unheard)}
    rounds = await interleaved(trials, context.rounds)
    return [
        row
        for ours, addition in (("unheard", ""), ("heard", ", heard by one stream"))
        for row in (
            rounds.row(f"PUT status{addition}", "req/s", ours=ours, bar=">= 0.70"),
            rounds.row(f"PUT status{addition}: server", "CPU ms", ours=ours),
        )
    ]


def _trial(context: Context, hall: Hall, server: Program, *, first_task: int) -> Trial:
    """One round of moves; each connection moves a task of its own, so that nobody waits for a lock.

    Every fifth task has not been started, so that its first move changes something, too.
    """
    scripts = [_moves(hall, f"CH-{first_task + 5 * number}") for number in range(CONNECTIONS)]

    async def trial() -> Mapping[str, float]:
        before = await _written(hall)
        done = await load(server, scripts, context.seconds, _moved)
        after = await _written(hall)
        if any(after[table] - before[table] != done.requests for table in before):
            raise BenchError(f"{done.requests} moves were acknowledged, but the tables went from {before} to {after}")
        return done.figures

    return trial


def _heard(hall: Hall, unheard: Trial) -> Trial:
    """The same round while one stream is open: a board that somebody looks at. The hub has a reason to read, then."""
    greeting = request("GET", "/api/tasks/stream", key=hall.key)

    async def trial() -> Mapping[str, float]:
        async with audience(hall.program.port, greeting, lambda _number, _at: None) as listening:
            await listening.grow_to(1)
            figures = await unheard()
            if listening.ended:
                raise BenchError("the stream was ended while it listened")
        return figures

    return trial


def _moves(hall: Hall, task: str) -> Iterator[bytes]:
    """Requests that move a task to and fro, so that each of them changes something."""
    bodies = [orjson.dumps({"new_status": status}) for status in STATUSES]
    return cycle([request("PUT", f"/api/tasks/{task}/status", key=hall.key, body=body) for body in bodies])


def _moved(answer: Answer) -> bool:
    return answer.status == 200 and b'"version":' in answer.body


async def _written(hall: Hall) -> dict[str, int]:
    return {table: await count(hall.address, table) for table in ("task_history", "events")}
