"""What is changed here is changed at ClickUp: noted by a durable consumer, sent by a job, again until it is there.

Before a field is written, the task is read at ClickUp (wording.py says what is to be sent then). While a change waits, readings of the
mirror leave its fields alone. What ClickUp does not take in the end is told to whoever changed it, and its own value comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.accounts import mirroring_among
from crewhall.clickup import rules, store, store_writes
from crewhall.clickup.jobs import start_run
from crewhall.clickup.wording import URGENCY, Change, Unsendable, as_wanted, field_of, goes_there, said, status_name, wanted_of
from crewhall.integrations import Connections, ConnectorError, NeedsReconnect, open_connection, tell_people
from crewhall.jobs import enqueue
from crewhall.kit.capability import Actor
from crewhall.kit.clock import system_clock
from crewhall.kit.db.pool import Connection
from crewhall.kit.json import loads
from crewhall.kit.work import Every, Job, Schedule, Work
from crewhall.live import Batch, Consumer, LoggedEvent
from crewhall.tasks.mirrors import adopt_task

EVENTS = frozenset({*rules.CHANGES, "task_commented"})
PATIENCE = 30.0
AT_ONCE = 50
MOST_TRIES = 12
NOT_TAKEN = frozenset({"conflict", "failed"})
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


class Clash(Exception):
    """Somebody changed the same field at ClickUp."""


# Noting --------------------------------------------------------------------------------------------------------------------


async def note(batch: Batch) -> None:
    """Write down, in the transaction that moves the consumer's place, what is to be changed at ClickUp."""
    told = [(event, loads(event.data)) for event in batch.events]
    told = [(event, data) for event, data in told if _fields(event.type, data)]
    if not told:
        return
    ids = [UUID(data["task_id"]) for _, data in told]
    hands = await mirroring_among(batch.db, rules.SOURCE, [UUID(data["actor"]["id"]) for _, data in told])  # what it read comes from there
    there, unmade = await store_writes.mirrored(batch.db, ids), await store_writes.unmade(batch.db, ids)
    mirrors: dict[UUID, UUID] = {}
    for event, data in told:
        if UUID(data["actor"]["id"]) not in hands:
            found = await _note(batch.db, event, data, there, unmade)
            if found is not None:
                mirrors[found] = event.organisation_id
    for mirror_id, organisation_id in mirrors.items():
        await send_soon(batch.db, mirror_id, organisation_id)


def _fields(event_type: str, data: Mapping[str, Any]) -> list[str]:
    if event_type == "task_commented":
        return ["comment"]
    changed = data.get("changed") or []
    return ["created"] if "created" in changed else list(dict.fromkeys(field_of(name) for name in changed if goes_there(name)))


async def _note(
    db: Connection, event: LoggedEvent, data: Mapping[str, Any], there: Mapping[UUID, asyncpg.Record], unmade: Mapping[UUID, asyncpg.Record]
) -> UUID | None:
    """The mirror through which it is to be sent; None when ClickUp has nothing to do with it."""
    task_id, by, now = UUID(data["task_id"]), (str(data["actor"]["name"]), UUID(data["actor"]["id"])), system_clock()
    fields = [name for name in _fields(event.type, data) if name != "created"]
    row, before = there.get(task_id) or unmade.get(task_id), _before(event.type, data, fields)
    if row is None:
        return None
    if task_id not in there:
        if not await store_writes.waits_to_be_made(db, task_id):
            fields, before = ["created"], {"list_id": row["list_id"]}
        elif event.type != "task_commented":  # it is made as it will be then; only what is said is said behind it
            return None
    if not fields:
        return None
    external_id = row["external_id"] if task_id in there else ""
    await store_writes.add(db, event.organisation_id, row["mirror_id"], task_id, external_id, fields, before, *by, now)
    return UUID(str(row["mirror_id"]))


def _before(event_type: str, data: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """What is to be known of a change when it is sent: the comment, or what the fields were."""
    if event_type == "task_commented":
        return {"comment_id": data["comment"]["id"]}
    previous = {field_of(name): value for name, value in (data.get("previous") or {}).items()}
    return {name: previous.get(name) for name in fields}


async def send_soon(db: Connection, mirror_id: UUID, organisation_id: UUID) -> None:
    """Never while the mirror is being read: both are runs of one key."""
    given = {"mirror_id": str(mirror_id)}
    await enqueue(
        db, SEND, given, key=f"clickup {mirror_id}", once=f"clickup write {mirror_id}", organisation_id=organisation_id
    )  # fmt: skip


# Sending -------------------------------------------------------------------------------------------------------------------


async def send_waiting(work: Work) -> None:
    """Send what waits for one mirror, each change by itself: one that is refused holds up no other."""
    mirror_id, connections = UUID(work.input["mirror_id"]), work.get(Connections)
    async with work.database.connection() as db:
        mirror = await store.mirror(db, mirror_id)
        rows = await store_writes.due(db, mirror_id, work.clock(), AT_ONCE)
    if mirror is None or not rows:
        return
    try:
        _, connector = await open_connection(connections, mirror["integration_id"], patience=PATIENCE)
    except ConnectorError as trouble:
        await _put_off(work, rows, trouble.message)
        return
    people: dict[UUID, int] | None = None
    for row in rows:
        if people is None:
            async with work.database.connection() as db:
                people = await store_writes.people(db, mirror["organisation_id"])
        await _send_one(work, connector, row, people)


async def _send_one(work: Work, connector: Any, row: asyncpg.Record, people: Mapping[UUID, int]) -> None:
    async with work.database.connection() as db:
        facts = await store_writes.facts(db, row["task_id"])
        statuses = await store_writes.statuses(db, facts["list_id"]) if facts else []
    if facts is None:
        await _end(work, row, "done", "the task was deleted here meanwhile")
        return
    facts = as_wanted(facts, row["wanted"] or {})
    try:
        if "created" in row["fields"]:
            await _create(work, connector, row, facts, statuses, people)
        elif "comment" in row["fields"]:
            await _say(work, connector, row, facts)
        else:
            await _change(connector, row, facts, statuses, people)
    except Clash as clash:
        await _end(work, row, "conflict", str(clash), facts)
    except Unsendable as reason:
        await _end(work, row, "failed", str(reason), facts)
    except ConnectorError as trouble:
        refused = trouble.http_status == 422 or trouble.may_have_happened
        if (refused or row["tries"] + 1 >= MOST_TRIES) and not isinstance(trouble, NeedsReconnect):
            await _end(work, row, "failed", trouble.message, facts)
        else:
            await _put_off(work, [row], trouble.message)
    else:
        await _end(work, row, "done", None)


async def _end(work: Work, row: asyncpg.Record, state: str, error: str | None, facts: Mapping[str, Any] | None = None) -> None:
    """`facts`: of the task whose change was not taken, for what it was to become."""
    wanted = wanted_of(row["fields"], facts) if facts is not None else None
    async with work.database.connection() as db, db.transaction():
        if not await store_writes.end(db, row["id"], state, error, work.clock(), wanted):
            return
        if state in NOT_TAKEN:
            await _tell(db, row, str(error), work.clock())
            await store.read_again(db, row["organisation_id"], row["external_id"])
        if state in NOT_TAKEN or row["wanted"] is not None:  # ClickUp's value is to be here again, or one that was here before
            await start_run(db, row["mirror_id"], row["organisation_id"])


async def _tell(db: Connection, row: asyncpg.Record, error: str, now: datetime) -> None:
    """A notice to whoever made the change."""
    about = await store_writes.about(db, row["id"])
    if about is None or row["by_id"] is None:
        return
    connection = {"id": about["integration_id"], "platform": rules.SOURCE, "name": about["name"], "link": f"/t/{about['key']}"}
    teller = Actor(
        about["integration_id"], row["organisation_id"], "service", rules.SOURCE, "ClickUp", "service", frozenset(), "integration",
        about["integration_id"], client=rules.SOURCE,
    )  # fmt: skip
    words = f"ClickUp did not take your change of {about['key']}: {error}"
    await tell_people(db, teller, "not_taken", words, connection, [row["by_id"]], now)


async def _put_off(work: Work, rows: Sequence[asyncpg.Record], error: str) -> None:
    async with work.database.connection() as db:
        for row in rows:
            pause = min(FIRST_PAUSE * 2 ** min(row["tries"], 10), LONGEST_PAUSE)
            await store_writes.later(db, row["id"], error, work.clock() + pause)


async def _change(
    connector: Any, row: asyncpg.Record, facts: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]], people: Mapping[UUID, int]
) -> None:  # fmt: skip
    """Send what can be sent; what cannot holds nothing else up, and is told afterwards."""
    raw = await connector.one_task(row["external_id"])
    if raw is None:
        raise Unsendable("ClickUp has this task no more")
    sending = Change(row["fields"], row["before"], facts, raw, statuses, people, row["anyway"]).sending()
    if sending.body:
        await connector.change_task(row["external_id"], sending.body)
    for tag in sending.tags:
        await connector.add_tag(row["external_id"], tag)
    for tag in sending.no_tags:
        await connector.drop_tag(row["external_id"], tag)
    for field_id, value in sending.fields.items():
        await connector.set_field(row["external_id"], field_id, value)
    if not sending.is_whole:
        raise (Clash if sending.clashes else Unsendable)(sending.words)


async def _create(
    work: Work, connector: Any, row: asyncpg.Record, facts: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]],
    people: Mapping[UUID, int],
) -> None:  # fmt: skip
    """Make the task there, once; it is known by ClickUp's id from then on, and the next reading takes it over."""
    body: dict[str, Any] = {"name": facts["title"], "description": facts["description"], "priority": URGENCY[facts["priority"]]}
    body |= {"assignees": [people[one] for one in facts["assignee_ids"] if one in people], "tags": list(facts["tags"])}
    body["status"] = status_name(facts, statuses)
    for name in ("estimate_minutes", "start_at", "due_at"):
        body |= said(name, facts) if facts[name] else {}
    if facts["parent"]:
        body["parent"] = facts["parent"]

    async def make(_key: UUID) -> Any:
        return {"id": str((await connector.make_task(row["before"]["list_id"], body))["id"])}

    made = await work.step(f"make {row['id']}", make)
    async with work.database.connection() as db, db.transaction():
        await adopt_task(db, row["organisation_id"], row["task_id"], rules.SOURCE, made["id"])


async def _say(work: Work, connector: Any, row: asyncpg.Record, facts: Mapping[str, Any]) -> None:
    """ClickUp shows it as the words of whoever the token belongs to, so its author is named in it. What was deleted here is not said."""
    comment_id = UUID(row["before"]["comment_id"])
    async with work.database.connection() as db:
        comment = await store_writes.comment(db, comment_id)
    if comment is None:
        return

    async def make(_key: UUID) -> Any:
        words = f"{comment['author']}: {comment['comment']}"
        return {"id": str((await connector.make_comment(row["external_id"] or facts["external_id"], words))["id"])}

    made = await work.step(f"say {row['id']}", make)
    async with work.database.connection() as db:
        await store_writes.keep_said(db, row["organisation_id"], made["id"], comment_id)


# Again and again -------------------------------------------------------------------------------------------------------------


async def send_due(work: Work) -> None:
    """What was put off comes back."""
    async with work.database.connection() as db, db.transaction():
        for row in await store_writes.due_mirrors(db, work.clock()):
            await send_soon(db, row["mirror_id"], row["organisation_id"])


SEND = Job("clickup.send", send_waiting, tries=3)
SEND_DUE = Job("clickup.send_due", send_due, tries=1)
JOBS = (SEND, SEND_DUE)
SCHEDULES = (Schedule(SEND_DUE, Every(15)),)
CONSUMERS = (Consumer(rules.CONSUMER, note, types=EVENTS),)
