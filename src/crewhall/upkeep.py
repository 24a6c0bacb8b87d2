"""What an operator does at the machine, whether the hall runs or not. The right to it is the right to read the data folder."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from crewhall.accounts import reset_password
from crewhall.app import KEY_RING, SEALED, addresses, cipher_of
from crewhall.kit.clock import system_clock
from crewhall.kit.db.embedded import EmbeddedPostgres
from crewhall.kit.db.migrate import migrate
from crewhall.kit.db.pool import AWAY, Connection, Database
from crewhall.kit.db.vault import renew_column
from crewhall.kit.errors import CannotStart
from crewhall.kit.lock import try_lock
from crewhall.kit.secrets import kept_secret, replace_secret, split_ring
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


async def rotate_vault(settings: Settings) -> Rotated:
    """Encrypt every secret in the database anew, under a new key; the hall may be open meanwhile.

    With CREWHALL_ENCRYPTION_KEY, under the first key of that variable, which the operator has put there before.
    """
    folder, before = settings.secrets_folder, []
    async with _connection(settings) as db:
        if settings.encryption_key is None:
            before = split_ring(kept_secret(folder, KEY_RING))
            replace_secret(folder, KEY_RING, ",".join([secrets.token_urlsafe(32), *before]))
        cipher = cipher_of(settings)
        renewed = {one: await renew_column(db, one, cipher) for one in SEALED}
        if before:  # an open hall may have written with the key before this one until a moment ago: it goes with the next rotation
            replace_secret(folder, KEY_RING, ",".join(split_ring(kept_secret(folder, KEY_RING))[:2]))
    return Rotated(sum(renewed.values()), settings.encryption_key is not None)


def print_rotation(settings: Settings) -> None:
    """`rotate_vault` on an event loop of its own, told on the terminal."""
    done = asyncio.run(rotate_vault(settings))
    print(f"{done.renewed} secrets are encrypted anew.")  # noqa: T201  # told to the person who asked for it
    if done.configured:
        print("The first key of CREWHALL_ENCRYPTION_KEY opens them all: the others can go, on hub and workers.")  # noqa: T201
    else:
        print("The ring in the data folder has a new first key; keep the folder with the backups of the database.")  # noqa: T201


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were encrypted anew, and whether the keys are configured rather than kept."""

    renewed: int
    configured: bool
