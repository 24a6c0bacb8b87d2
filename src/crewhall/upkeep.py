"""What an operator does at the machine, whether the hall runs or not. The right to it is the right to read the data folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from crewhall.accounts import reset_password
from crewhall.app import addresses
from crewhall.kit.clock import system_clock
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.migrate import migrate
from crewhall.kit.db.pool import AWAY, Connection, Database
from crewhall.kit.errors import CannotStart
from crewhall.kit.lock import try_lock
from crewhall.kit.settings import Settings


async def new_password(settings: Settings, email: str) -> str:
    """Reset an account's password and end its log-ins; answers the new one, which is kept nowhere.

    Raises NotFound for an unknown e-mail, CannotStart when the database cannot be reached.
    """
    async with _connection(settings) as db, db.transaction():
        return await reset_password(db, email, system_clock())


@contextlib.asynccontextmanager
async def _connection(settings: Settings) -> AsyncIterator[Connection]:
    """A connection to this hall's database: through the server of the running hub, or through one that is started for this."""
    async with contextlib.AsyncExitStack() as closing:
        if settings.database_url is None and _hub_runs(settings):
            address = EmbeddedPostgres(settings.home, user=settings.database_user).address
        else:
            _require_hall(settings)
            address, direct = await closing.enter_async_context(addresses(settings))
            await migrate(direct)
        try:
            database = await Database.open(address, size=2)
        except AWAY as error:
            raise CannotStart("The database of the running hall does not answer: wait until the hall is open, then try again") from error
        closing.push_async_callback(database.close)
        yield await closing.enter_async_context(database.connection())


def _hub_runs(settings: Settings) -> bool:
    """Whether a hub holds this data folder, and its database server with it."""
    try:
        with open(settings.home / "hub.lock", "rb") as file:
            return not try_lock(file.fileno())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CannotStart(f"The data folder {settings.home} cannot be read ({error.strerror}): set CREWHALL_HOME") from error


def _require_hall(settings: Settings) -> None:
    """Looking for an account must not found a hall in a folder that was named by mistake."""
    if settings.database_url is None and not (settings.home / "postgres").exists():
        raise CannotStart(f"There is no hall on {settings.home}: set CREWHALL_HOME, or DATABASE_URL, as the hall has it")


def print_new_password(settings: Settings, email: str) -> None:
    """`new_password` on an event loop of its own, told on the terminal."""
    password = asyncio.run(new_password(settings, email))
    print(f"The new password of {email} is {password}")  # noqa: T201  # shown once, to the person who asked for it
    print("All log-ins of this account have ended. Change the password after the next log-in.")  # noqa: T201
