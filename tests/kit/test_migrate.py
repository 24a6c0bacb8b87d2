"""Bringing a database to the schema of this version."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from crewhall.kit.db.migrate import SCRIPTS, migrate
from crewhall.kit.errors import CannotStart
from tests.harness.database import TestServer

MIGRATE = "import sys, asyncio; from crewhall.kit.db.migrate import migrate; asyncio.run(migrate({'dsn': sys.argv[1]}))"

# What the task server and the productivity tracker list for people who query by SQL, and the names of the others.
PROMISED = {
    "public.users": "id email name github_username created_at",
    "public.repositories": "id name url created_at",
    "public.tasks": "id title description status priority complexity assignee_id repository_id created_by updated_by created_at updated_at",
    "public.task_history": "id task_id field_changed old_value new_value changed_by comment changed_at",
    "public.task_comments": "id task_id comment author created_at",
    "public.activity_sessions": "id user_id session_start session_end productive_minutes idle_minutes productivity_score",
    "public.daily_productivity_summary": "id user_id date total_work_minutes productive_minutes productivity_percentage tasks_completed",
    "public.task_time_tracking": "id task_id user_id start_time end_time duration_minutes productive_minutes",
    "public.employees": "id clickup_user_id name email role",
    "public.daily_syncs": "clickup_task_id title status assignee_name assigned_by tracked_minutes start_times end_times",
    "ops.events": "workspace_id actor_type actor_id event_type entity_type entity_id payload metadata version created_at",
}


def test_each_migration_follows_the_one_before_it_by_name() -> None:
    """A start compares the database with the last name: the last one in the chain has to be the last by name."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))

    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    assert sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py")) == chain[::-1]


@pytest.mark.timeout(60)  # five interpreters that each load the migration engine
async def test_hubs_that_start_at_once_on_an_empty_database_all_succeed(postgres: TestServer) -> None:
    url = await postgres.empty()

    ended = await asyncio.gather(*(migrate_in_a_process(url) for _ in range(5)))

    assert [(0, "")] * 5 == ended
    assert await schema_of(url) == await schema_of(await postgres.clone())


async def test_a_second_run_does_nothing(postgres: TestServer) -> None:
    url = await postgres.clone()
    before = await rows(url, "select xmin::text, version_num from alembic_version")

    await migrate({"dsn": url})

    assert before == await rows(url, "select xmin::text, version_num from alembic_version")


async def test_a_database_of_a_newer_crewhall_is_refused_and_left_as_it_is(postgres: TestServer) -> None:
    url = await postgres.clone()
    await rows(url, "update alembic_version set version_num = '9999' returning 1")

    with pytest.raises(CannotStart, match=r"at revision 9999, this Crewhall knows \d{4}: start the newer Crewhall"):
        await migrate({"dsn": url})

    assert [("9999",)] == await rows(url, "select version_num from alembic_version")


# What the first version left behind: two organisations, tasks with tags, people, comments and places that were deleted, a log.
FIRST = """
insert into organisations (id, name) select md5('home' || n)::uuid, 'Home ' || n from generate_series(1, 2) n;
insert into users (id, username, name, email)
select md5('user' || n)::uuid, 'u' || n, 'U ' || n, n || '@example.test' from generate_series(1, 3) n;
insert into members (organisation_id, user_id, role) select md5('home1')::uuid, id, 'member' from users;
insert into tasks (id, organisation_id, number, key, title, assignee_id, tags, rank,
                   created_by, updated_by, created_at, updated_at, deleted_at)
select md5('task' || n)::uuid, md5('home' || 1 + n % 2)::uuid, n, 'CH-' || n, 'Task ' || n, case when n < 4 then md5('user1')::uuid end,
       case when n < 5 then array['a', 'b', 'a'] else '{}' end, md5('task' || n), 'U', 'U', now(), now(), case when n = 4 then now() end
  from generate_series(1, 6) n;
insert into task_assignees (organisation_id, task_id, user_id, is_primary, assigned_at)
select organisation_id, id, md5('user1')::uuid, true, now() from tasks where assignee_id is not null;
insert into task_assignees (organisation_id, task_id, user_id, assigned_at)
select organisation_id, id, md5('user2')::uuid, now() from tasks where number = 1;
insert into task_comments (id, organisation_id, task_id, comment, author, created_at, deleted_at)
select md5('said' || n)::uuid, md5('home2')::uuid, md5('task1')::uuid, 'Oil helps ' || n, 'U', now(), case when n = 3 then now() end
  from generate_series(1, 3) n;
insert into audit (id, organisation_id, at, actor_id, actor_kind, actor_name, client, credential_id, capability,
                   outcome, request_id, request_hash)
select gen_random_uuid(), md5('home1')::uuid, now(), gen_random_uuid(), 'person', 'U', 'rest', gen_random_uuid(), 'create_task', 'ok',
       gen_random_uuid(), '';
insert into events (organisation_id, type, entity_type, entity_id, actor_type, actor_id, client, data)
select md5('home1')::uuid, 'task_updated', 'task', gen_random_uuid(), 'person', gen_random_uuid(), 'rest', '{}';
insert into event_log (epoch, system_identifier) values ('e', 1);
insert into consumers (name, epoch, cursor) values ('c', 'e', pg_current_snapshot());
create table alembic_version (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num));
insert into alembic_version values ('0001');
"""


async def test_a_database_of_the_first_version_is_upgraded_with_all_that_it_holds(postgres: TestServer) -> None:
    url = await postgres.empty()
    connection = await asyncpg.connect(url)
    await connection.execute((SCRIPTS / "versions" / "0001_first_light.sql").read_text("utf-8"))
    await connection.execute(FIRST)
    await connection.close()

    await migrate({"dsn": url})

    fresh = await postgres.clone()
    assert await schema_of(fresh) == await schema_of(url)
    assert await indexes_of(fresh) == await indexes_of(url)
    counts = await rows(url, "select number, assignee_count, comment_count, tags from tasks order by number")
    assert [(1, 2, 2), (2, 1, 0), (3, 1, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0)] == [row[:3] for row in counts]
    tags = await rows(url, "select number, tag from task_tags join tasks on tasks.id = task_id order by 1, 2")
    assert [(number, tag) for number in (1, 2, 3) for tag in "ab"] == tags  # a deleted task's come back with it
    await rows(url, "update tasks set deleted_at = null where number = 4 returning 1")
    assert [("a",), ("b",)] == await rows(url, "select tag from task_tags join tasks on tasks.id = task_id where number = 4 order by 1")
    found = await rows(url, "select count(*) from task_comments where search @@ websearch_to_tsquery('english', 'oil')")
    kept = await rows(url, "select position, reading from consumers")
    assert ([(3,)], [(0, None)]) == (found, kept)


async def indexes_of(url: str) -> list[tuple[Any, ...]]:
    """Every index and constraint of ours."""
    indexes = await rows(url, "select schemaname, indexname, indexdef from pg_indexes where schemaname in ('public', 'jobs') order by 1, 2")
    return indexes + await rows(
        url, "select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2"
    )


@pytest.mark.parametrize("table", PROMISED)
async def test_people_who_query_by_sql_find_the_promised_columns(postgres: TestServer, table: str) -> None:
    schema, _, name = table.partition(".")

    found = await rows(
        postgres.url("template_hall"),
        "select column_name from information_schema.columns where table_schema = $1 and table_name = $2",
        schema,
        name,
    )

    assert set(PROMISED[table].split()) <= {column for (column,) in found}


async def rows(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


async def schema_of(url: str) -> list[tuple[Any, ...]]:
    """Every column of every table and view of ours, and the revision."""
    columns = await rows(
        url,
        "select table_schema, table_name, column_name, data_type, is_nullable, column_default from information_schema.columns "
        "where table_schema in ('public', 'ops') order by 1, 2, ordinal_position",
    )
    return columns + await rows(url, "select version_num from alembic_version")


async def migrate_in_a_process(url: str) -> tuple[int | None, str]:
    """Its exit code, and what it complained of."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, url, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, complaint = await process.communicate()
    return process.returncode, complaint.decode()
