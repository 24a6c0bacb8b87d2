"""Bring a database to the schema of this version, before anything else touches it.

Several hubs may start at once: one migrates under a session lock, the others wait and find the work done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import structlog

from crewhall.kit.errors import CannotStart

log = structlog.get_logger()

SCRIPTS = Path(__file__).with_name("migrations")
LOCK = 0x43524557_48414C4C  # "CREWHALL" in ASCII
OLDEST_SERVER = 150000


async def migrate(address: dict[str, Any]) -> None:
    """Migrate the database at this address; it must be a direct one, because a transaction pooler loses the lock.

    Raises CannotStart for a server that is too old or a schema that is newer than this program.
    """
    connection = await _connect(address)
    try:
        await _check_server(connection)
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _upgrade(connection, address)
    finally:
        await connection.close()


async def _connect(address: dict[str, Any]) -> asyncpg.Connection[asyncpg.Record]:
    try:
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(**address, statement_cache_size=0, timeout=10)
    except (OSError, ValueError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        raise CannotStart(f"No database answers at the address in DATABASE_URL: {reason}") from error
    return connection


async def _check_server(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    version = int(await connection.fetchval("show server_version_num"))
    if version < OLDEST_SERVER:
        raise CannotStart(f"Crewhall needs PostgreSQL 15 or newer; DATABASE_URL leads to version {version // 10000}")


async def _upgrade(connection: asyncpg.Connection[asyncpg.Record], address: dict[str, Any]) -> None:
    known = sorted(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
    present = await _present_revision(connection)
    if present == known[-1]:
        return
    if present is not None and present not in known:
        raise CannotStart(f"The database is at revision {present}, this Crewhall knows {known[-1]}: start the newer Crewhall")
    await _run_alembic(address)
    log.info("database.migrated", before=present, after=known[-1])


async def _present_revision(connection: asyncpg.Connection[asyncpg.Record]) -> str | None:
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from alembic_version")
    return revision


async def _run_alembic(address: dict[str, Any]) -> None:
    # Imported here: both cost a quarter of a second, and almost every start finds the schema as it should be.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(**address), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def run_sql_file(revision_file: str) -> None:
    """Run the SQL file beside a revision, whole, in the revision's transaction.

    SQLAlchemy's asyncpg dialect refuses several commands in one statement, so this goes to the driver's own connection.
    """
    from alembic import op

    sql = Path(revision_file).with_suffix(".sql").read_text("utf-8")
    driver: Any = op.get_bind().connection.dbapi_connection
    driver.run_async(lambda connection: connection.execute(sql))
