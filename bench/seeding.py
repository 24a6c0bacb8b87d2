"""A hall that has been in use: members, repositories, many tasks and a long log, made by the database within seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.accounts import Access, Founded, Plan, found
from crewhall.kit.clock import system_clock
from crewhall.kit.db.pool import Database

MEMBERS, REPOSITORIES = 20, 8
EVENTS, TRANSACTIONS = 50_000, 500
RARE_WORD, RARE = "lighthouse", 20
"""A word that stands in this many tasks, however many there are."""

ADD_MEMBERS = """
with made as (
    insert into users (id, kind, username, name, email)
    select uuidv7(), 'person', 'member' || n, 'Member Number ' || n, 'member' || n || '@bench.example' from generate_series(1, $2) n
    returning id
)
insert into members (organisation_id, user_id, role) select $1, id, 'member' from made
"""

ADD_REPOSITORIES = """
insert into repositories (id, organisation_id, name) select uuidv7(), $1, 'repository-' || n from generate_series(1, $2) n
"""

# Ids are drawn in the order of the numbers, so that the newest task has the largest of both, as in life.
ADD_TASKS = f"""
with people as (select array_agg(user_id) as ids from members where organisation_id = $1),
repos as (select array_agg(id) as ids from repositories where organisation_id = $1),
drawn as materialized (select n, uuidv7() as id, next_task_number($1) as number from generate_series(1, $2) n)
insert into tasks (id, organisation_id, number, key, title, description, status, status_type, priority, complexity, assignee_id,
                   repository_id, tags, rank, created_by, created_by_id, updated_by, updated_by_id, created_at, updated_at)
select drawn.id, $1, number, 'CH-' || number, 'Retry the ledger webhook of sailing ' || n || ' with growing delay',
       'The webhook of sailing ' || n || ' is dropped when the ledger answers 503. Keep it, try again after one, two, four '
       || 'minutes, and show on the board what is still waiting. Done when no delivery is lost in a day of tests.'
       || case when n % ($2 / $3) = 0 then ' Seen first by the {RARE_WORD}.' else '' end,
       (array['not_started', 'in_progress', 'ready_for_review', 'completed', 'blocked'])[1 + n % 5],
       (array['open', 'custom', 'custom', 'done', 'custom'])[1 + n % 5],
       (array['low', 'medium', 'high', 'critical'])[1 + n % 4], (array['low', 'medium', 'high', 'extreme'])[1 + n / 4 % 4],
       case when n % 3 > 0 then people.ids[1 + n % cardinality(people.ids)] end, repos.ids[1 + n % cardinality(repos.ids)],
       case when n % 2 = 0 then array['webhooks', 'ledger'] else '{{}}' end, replace(drawn.id::text, '-', ''),
       'Member Number 1', people.ids[1], 'Member Number 1', people.ids[1], now(), now()
  from drawn, people, repos
"""

ADD_ASSIGNEES = """
with given as (
    insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
    select organisation_id, id, assignee_id, true, created_at from tasks where organisation_id = $1 and assignee_id is not null
)
update tasks set assignee_count = 1 where organisation_id = $1 and assignee_id is not null
"""

# Old events, of transactions that ended before the hall was opened: a reader that walks through the whole log to find its
# end shall not look quick.
ADD_EVENTS = """
insert into events (xid, organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, data)
select (3 + n % $3)::text::xid8, $1, 'task_updated', 'task', $1, 'agent', $1, 'rest',
       json_build_object('type', 'task_updated', 'note', repeat('moved ', 200))
  from generate_series(1, $2) n
"""

PLAN = Plan("Bench", "Bench Owner", "owner@bench.example")


@asynccontextmanager
async def connected(address: Mapping[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**address)
    try:
        yield connection
    finally:
        await connection.close()


async def found_hall(address: dict[str, Any], settings: Mapping[str, str]) -> Founded:
    """The first organisation of a hall that runs with these settings, with an owner and an agent who has a key."""
    database = await Database.open(address, size=2)
    try:
        access = Access(database, system_clock, jwt_secret=settings["JWT_SECRET"], api_key_salt=settings["API_KEY_SALT"])
        async with database.connection() as db, db.transaction():
            return await found(db, access, PLAN, system_clock())
    finally:
        await database.close()


async def furnish(address: dict[str, Any], organisation_id: UUID, tasks: int) -> None:
    """Fill the organisation of a new hall."""
    async with connected(address) as connection:
        await connection.execute(ADD_MEMBERS, organisation_id, MEMBERS)
        await connection.execute(ADD_REPOSITORIES, organisation_id, REPOSITORIES)
        await connection.execute(ADD_TASKS, organisation_id, tasks, RARE, timeout=300)
        await connection.execute(ADD_ASSIGNEES, organisation_id, timeout=300)
        await connection.execute(ADD_EVENTS, organisation_id, EVENTS, TRANSACTIONS)
        await connection.execute("vacuum analyze", timeout=300)


async def count(address: dict[str, Any], table: str) -> int:
    """How many rows a table has."""
    async with connected(address) as connection:
        return int(await connection.fetchval(f"select count(*) from {table}"))


# Time -------------------------------------------------------------------------------------------------------------------

# A due date within half a year around today, an estimate for two of three, and for each task an hour or so of somebody's time.
ADD_DATES = """
update tasks set due_at = case when number % 4 > 0 then now() + (number % 180 - 90) * interval '1 day' end,
                 estimate_minutes = case when number % 3 > 0 then 30 + number % 120 end,
                 completed_at = case when status = 'completed' then now() - number % 90 * interval '1 day' end,
                 created_at = now() - interval '120 days'
 where organisation_id = $1
"""
ADD_ENTRIES = """
with people as (select array_agg(user_id) as ids from members where organisation_id = $1)
insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at)
select uuidv7(), $1, id, people.ids[1 + number % cardinality(people.ids)], now() - number % 90 * interval '1 day',
       now() - number % 90 * interval '1 day' + (20 + number % 100) * interval '1 minute'
  from tasks, people where organisation_id = $1
"""


async def add_time(address: dict[str, Any], organisation_id: UUID) -> int:
    """Give tasks due dates and estimates, and each a time entry; answers how many there are."""
    async with connected(address) as connection:
        async with connection.transaction():
            await connection.execute("alter table tasks disable trigger user")
            await connection.execute(ADD_DATES, organisation_id, timeout=300)
            await connection.execute("alter table tasks enable trigger user")
            await connection.execute(ADD_ENTRIES, organisation_id, timeout=300)
        await connection.execute("vacuum analyze tasks, time_entries", timeout=300)
        return int(await connection.fetchval("select count(*) from time_entries where organisation_id = $1", organisation_id))


# Edges ------------------------------------------------------------------------------------------------------------------

# Two of three tasks are blocked by `$2` older ones, mostly close by: where all links lead one way there is no ring. The newest `$3`
# are left without.
ADD_EDGES = """
with placed as (
    select id, row_number() over (order by number) as place, row_number() over (order by number desc) as newest
      from tasks where organisation_id = $1)
insert into task_links (organisation_id, task_id, kind, other_id, created_at)
select $1, blocker.id, 'blocks', blocked.id, now()
  from placed blocked
 cross join generate_series(1, $2) n
  join placed blocker on blocker.place = blocked.place - n * (1 + blocked.place % 89)
 where blocked.place % 3 > 0 and blocked.newest > $3
on conflict do nothing
"""
# Of unfinished ones: what is finished blocks nothing, and the way would end there.
NEWEST = "from tasks where organisation_id = $1 and status <> 'completed' order by number desc limit $2"
ADD_CHAIN = f"""
with newest as (select id, number {NEWEST}),
placed as (select id, row_number() over (order by number) as place from newest)
insert into task_links (organisation_id, task_id, kind, other_id, created_at)
select $1, one.id, 'blocks', next.id, now() from placed one join placed next on next.place = one.place + 1
on conflict do nothing
"""
COUNT_BLOCKERS = """
update tasks set open_blockers = counted.number
  from (select l.other_id, count(*) as number
          from task_links l join tasks b on b.id = l.task_id and b.deleted_at is null and b.status not in ('completed', 'deprecated')
         where l.organisation_id = $1 and l.kind = 'blocks' group by l.other_id) counted
 where tasks.id = counted.other_id
"""


async def add_edges(address: dict[str, Any], organisation_id: UUID, each: int = 3, *, without: int = 0) -> int:
    """Let two tasks of three wait for `each` older ones, but the newest `without`; answers how many links there are then.

    With 3, that is about two links a task.
    """
    return await _add_links(address, ADD_EDGES, organisation_id, each, without)


async def add_chain(address: dict[str, Any], organisation_id: UUID, length: int) -> list[str]:
    """Let the newest unfinished tasks block one another in a row, the oldest of them first; answers their keys."""
    await _add_links(address, ADD_CHAIN, organisation_id, length)
    async with connected(address) as connection:
        return [row["key"] for row in await connection.fetch(f"select key {NEWEST}", organisation_id, length)][::-1]


async def _add_links(address: dict[str, Any], statement: str, organisation_id: UUID, *numbers: int) -> int:
    """The triggers, which count link by link, are left out, and what they keep is counted once at the end."""
    async with connected(address) as connection:
        async with connection.transaction():
            await connection.execute("alter table task_links disable trigger user")
            await connection.execute(statement, organisation_id, *numbers, timeout=300)
            await connection.execute("alter table task_links enable trigger user")
            await connection.execute(COUNT_BLOCKERS, organisation_id, timeout=300)
        await connection.execute("vacuum analyze task_links, tasks", timeout=300)
        return int(await connection.fetchval("select count(*) from task_links where organisation_id = $1", organisation_id))
