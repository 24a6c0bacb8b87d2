"""Bringing a database to the schema of this version."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import asyncpg
import pytest

from crewhall.kit.db.migrate import migrate
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
