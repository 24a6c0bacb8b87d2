"""Looking for ourselves what happened in Git: for a hall that no message reaches, and for messages that were lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from crewhall.accounts import key_prefix_of
from crewhall.integrations.connections import Connections, connected_to, note_use, open_connection
from crewhall.integrations.git import rules, store
from crewhall.integrations.git.rules import Thing
from crewhall.integrations.git.telling import tell
from crewhall.integrations.kit import ConnectorError, PlatformRefused
from crewhall.jobs import enqueue
from crewhall.kit.work import Every, Job, Schedule, Work

log = structlog.get_logger()

MOST_REPOSITORIES, MOST_PAGES, PAGE = 20, 5, 100
FIRST_LOOK = timedelta(days=14)
OVERLAP = timedelta(minutes=5)
"""So much is read twice: clocks differ, and lists are not all of one instant."""
COMMITTED_BEFORE = timedelta(days=7)
"""A commit's time is when it was made, not when it was pushed."""
PATIENCE = 30.0
KEPT, TRIM_BATCH = timedelta(days=365), 1000


async def look(work: Work) -> None:
    """Have every connection's repositories read, one run for each, so that none holds up another."""
    async with work.database.connection() as db, db.transaction():
        for integration_id, organisation_id in await connected_to(db, "github"):
            given = {"integration_id": str(integration_id)}
            await enqueue(db, READ, given, once=f"git {integration_id}", organisation_id=organisation_id)
    gone = TRIM_BATCH
    while gone == TRIM_BATCH:
        async with work.database.connection() as db:
            gone = await store.trim(db, work.clock() - KEPT, TRIM_BATCH)


async def read_repositories(work: Work) -> None:
    """What changed in the repositories that were pushed to last."""
    connections = work.get(Connections)
    trouble: ConnectorError | None = None
    row, github = await open_connection(connections, UUID(work.input["integration_id"]), patience=PATIENCE)
    try:
        await _read_all(work, row, github)
    except ConnectorError as error:  # the next round goes on where this one ended
        trouble = error
        log.info("git.not_read", integration=str(row["id"]), reason=error.code)
    await note_use(connections, row, trouble)


async def _read_all(work: Work, row: Any, github: Any) -> None:
    async with work.database.connection() as db:
        prefix, places = await key_prefix_of(db, row["organisation_id"]), await store.places(db, row["id"])
    for found in (await github.list_repositories(limit=MOST_REPOSITORIES)).data["repositories"]:
        began, name = work.clock(), rules.repository_of(found["name"])
        since = places.get(name, began - FIRST_LOOK) - OVERLAP
        try:
            things = await _changed(github, prefix, found, since, began)
        except PlatformRefused as refusal:  # one that was closed or renamed this minute hides no other
            log.info("git.repository_not_read", integration=str(row["id"]), reason=refusal.code)
            continue
        async with work.database.connection() as db, db.transaction():
            await tell(db, row["organisation_id"], row["id"], things, work.clock())
            await store.move(db, row["id"], name, began)


async def _changed(github: Any, prefix: str, repository: Any, since: datetime, now: datetime) -> Sequence[Thing]:
    """Pull requests that changed; where somebody has pushed, branches and the commits of the usual branch."""
    name = repository["name"]
    things = [one async for one in _pull_requests(github, prefix, name, since)]
    if repository["pushed_at"] and rules.instant(repository["pushed_at"]) > since:
        things += [one async for one in _branches(github, prefix, repository, now)]
        things += [one async for one in _commits(github, prefix, name, since - COMMITTED_BEFORE)]
    return things


async def _pages(github: Any, operation: str, **given: Any) -> AsyncIterator[list[Any]]:
    cursor = None
    for _ in range(MOST_PAGES):
        page = (await getattr(github, operation)(**given, limit=PAGE, cursor=cursor)).data
        yield next(rows for rows in page.values() if isinstance(rows, list))
        cursor = page["next_cursor"]
        if cursor is None:
            return


async def _pull_requests(github: Any, prefix: str, repository: str, since: datetime) -> AsyncIterator[Thing]:
    """The last changed first, down to what is known already."""
    async for rows in _pages(github, "list_pull_requests", repository=repository, state="all"):
        for one in rows:
            if rules.instant(one["updated_at"]) < since:
                return
            yield _pull_request(prefix, repository, one)


def _pull_request(prefix: str, repository: str, one: Any) -> Thing:
    keys = rules.keys_in(prefix, one["title"], one["branch"], one["body"]) if one["trusted"] else ()
    facts = rules.facts_of_pull_request(
        repository, one["number"], one["link"], one["title"], one["state"], one["author"], one["branch"], one["head"]
    )  # fmt: skip
    return Thing(rules.pull_request_name(repository, one["number"]), "pull_request", keys, facts, rules.instant(one["updated_at"]))


async def _branches(github: Any, prefix: str, repository: Any, now: datetime) -> AsyncIterator[Thing]:
    async for rows in _pages(github, "list_branches", repository=repository["name"]):
        for one in rows:
            yield rules.branch(prefix, repository["name"], one["name"], "open", now, repository["link"])


async def _commits(github: Any, prefix: str, repository: str, since: datetime) -> AsyncIterator[Thing]:
    async for rows in _pages(github, "list_commits", repository=repository, since=since):
        for one in rows:
            made = rules.instant(one["committed_at"])
            yield rules.commit(prefix, repository, one["sha"], one["message"], one["author"], made, one["link"])


READ = Job("git.read_repositories", read_repositories, tries=3)
LOOK = Job("git.look", look, tries=3)
JOBS = (READ, LOOK)
SCHEDULES = (Schedule(LOOK, Every(300)),)
