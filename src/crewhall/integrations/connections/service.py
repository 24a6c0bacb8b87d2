"""Connections at work: a connector for each, with its credentials from the vault and its budget from the database."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import structlog

from crewhall.integrations.connections import store, tokens
from crewhall.integrations.connections.budget import SharedBudget
from crewhall.integrations.connections.tokens import App
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import (
    Budget,
    Connector,
    ConnectorError,
    Held,
    Manifest,
    NeedsReconnect,
    PlatformAway,
    Wire,
)
from crewhall.integrations.kit.connector import new_client
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.http import Outside
from crewhall.kit.ids import new_id
from crewhall.kit.json import dumps, loads
from crewhall.kit.secrets import Cipher
from crewhall.kit.settings import Settings

log = structlog.get_logger()

PATIENCE = 10.0
"""How many seconds a caller is kept waiting for a platform that is busy."""
RENEWAL_SECONDS = 20.0
LEASE = timedelta(seconds=60)
"""How long a worker may take to renew tokens before another one takes over; it must be longer than the request."""
COOL_DOWN = timedelta(seconds=15)
"""How long nobody tries again after a renewal that went wrong."""
LOOK_AGAIN = 0.1
KNOWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection and its connector, for as long as somebody works with it."""

    row: asyncpg.Record
    connector: Connector


class Connections:
    """What reaches platforms, for the hub and for workers: one HTTP client, the vault, and the database."""

    def __init__(self, database: Database, cipher: Cipher, settings: Settings, clock: Clock, address: str = "") -> None:
        """`address`: where people reach the hall, when CREWHALL_PUBLIC_URL does not say so."""
        self.database = database
        self.cipher = cipher
        self.clock = clock
        self._settings = settings
        self._address = (settings.public_url or address).rstrip("/")
        self._client: httpx2.AsyncClient | None = None
        self._outside = Outside(clock=clock)
        self._known: dict[UUID, tuple[float, frozenset[str]]] = {}

    @property
    def client(self) -> httpx2.AsyncClient:
        """Made when it is first needed: a hall without connections need not load certificates."""
        if self._client is None:
            self._client = new_client()
        return self._client

    async def platforms_of(self, organisation_id: UUID) -> frozenset[str]:
        """The platforms that an organisation has connected, as of a few seconds ago."""
        known = self._known.get(organisation_id)
        if known is None or time.monotonic() - known[0] > KNOWN_SECONDS:
            async with self.database.connection() as db:
                known = (time.monotonic(), await store.platforms_of(db, organisation_id))
            self._known[organisation_id] = known
        return known[1]

    def forget_platforms(self, organisation_id: UUID) -> None:
        """Something was connected or disconnected here."""
        self._known.pop(organisation_id, None)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    # What is configured ------------------------------------------------------------------------------------------------

    def setting(self, manifest: Manifest, end: str) -> str | None:
        """The variable {PLATFORM}_{end}, under whichever of the platform's names it is set."""
        names = [f"{name}_{end}" for name in manifest.variables]
        found = next((self._settings.platforms[name] for name in names if name in self._settings.platforms), None)
        return found.get_secret_value() if found else None

    def app(self, manifest: Manifest) -> App | None:
        """The app that people connect through; None while it is not configured."""
        client_id, secret = self.setting(manifest, "CLIENT_ID"), self.setting(manifest, "CLIENT_SECRET")
        return App(client_id, secret, self.setting(manifest, "OAUTH_URL")) if client_id and secret else None

    def missing(self, manifest: Manifest) -> list[str]:
        """The settings without which nobody can connect by OAuth."""
        ends = ("CLIENT_ID", "CLIENT_SECRET")
        unset = [manifest.variable(end) for end in ends if self.setting(manifest, end) is None]
        return unset + ([] if self._address else ["CREWHALL_PUBLIC_URL"])

    def redirect_uri(self, manifest: Manifest) -> str:
        """Where platforms send people back to; the only one there is."""
        return f"{self._address}/api/v1/oauth/{manifest.slug}/callback"

    # Connectors --------------------------------------------------------------------------------------------------------

    def trial(self, platform: str, credentials: Mapping[str, Any]) -> Connector:
        """A connector for credentials that are not kept yet."""
        kind = connector_of(platform)
        manifest = kind.manifest
        budget = Budget(manifest.title, patience=PATIENCE, clock=self.clock)
        wire = Wire(self.client, Held(credentials, manifest.title), budget, manifest.limit, manifest.title)
        return kind(credentials, wire=wire, api=self.setting(manifest, "API_URL"), client=self.client, outside=self._outside)

    def open(self, row: asyncpg.Record) -> Connector:
        """A connector for a connection that is kept."""
        kind = connector_of(row["platform"])
        manifest = kind.manifest
        budget = SharedBudget(manifest.title, row["id"], self.database, self.clock, patience=PATIENCE)
        wire = Wire(self.client, Kept(self, row, manifest), budget, manifest.limit, manifest.title)
        return kind({}, wire=wire, api=self.setting(manifest, "API_URL"), client=self.client, outside=self._outside)

    # Credentials -------------------------------------------------------------------------------------------------------

    def unseal(self, row: asyncpg.Record) -> dict[str, Any]:
        if row["credentials_enc"] is None:
            raise NeedsReconnect(f"{row['name']} was disconnected: connect it again")
        found: dict[str, Any] = loads(self.cipher.decrypt(row["credentials_enc"], row["id"]))
        return found

    def seal(self, credentials: Mapping[str, Any], integration_id: UUID) -> bytes:
        return self.cipher.encrypt(dumps(credentials).decode(), integration_id)

    async def read(self, integration_id: UUID) -> asyncpg.Record:
        async with self.database.connection() as db:
            row = await store.row(db, integration_id)
        if row is None or row["credentials_enc"] is None:
            raise NeedsReconnect("This connection was disconnected: connect it again")
        return row

    async def renewed(
        self, row: asyncpg.Record, manifest: Manifest, *, refused: str | None = None, everything: bool = False
    ) -> asyncpg.Record:
        """The connection with tokens that are newer than those of `row`, whoever of all workers asks for them.

        Raises NeedsReconnect when the platform says that the grant is over, PlatformAway when it could not be asked.
        """
        ends, found = time.monotonic() + LEASE.total_seconds(), row
        while time.monotonic() < ends:
            mine, now = new_id(), self.clock()
            async with self.database.connection() as db:
                held = await store.begin_renewal(db, row["id"], row["generation"], mine, now + LEASE, now)
            if held is not None:
                return await self._renew(held, manifest, mine, refused, everything=everything)
            found = await self.read(row["id"])
            if found["generation"] != row["generation"]:
                return found
            if found["renewing_by"] is None:
                break  # it went wrong a moment ago
            await asyncio.sleep(LOOK_AGAIN)
        if found["needs_reconnect"]:
            raise NeedsReconnect(f"{manifest.title} ended the grant: connect it again")
        raise PlatformAway(f"{manifest.title} gave no new token a moment ago: ask again shortly")

    async def _renew(self, row: asyncpg.Record, manifest: Manifest, mine: UUID, refused: str | None, *, everything: bool) -> asyncpg.Record:
        credentials = self.unseal(row)
        prefixes = tokens.due(credentials, self.clock(), refused=refused, everything=everything)
        try:
            for prefix in prefixes:
                fresh = await self._ask_token(
                    manifest, {"grant_type": "refresh_token", "refresh_token": credentials[f"{prefix}refresh_token"]}
                )
                credentials = tokens.merged(credentials, prefix, fresh)
                row = await self._save(row, credentials, more=prefix != prefixes[-1])
        except NeedsReconnect:
            newer = await self._stored_meanwhile(row)
            if newer is not None:
                return newer
            await self._put_off(row["id"], mine)
            raise
        except ConnectorError:
            await self._put_off(row["id"], mine)
            raise
        if not prefixes:
            await self._put_off(row["id"], mine)
            raise NeedsReconnect(f"{manifest.title} does not take the token any more, and there is none to renew it with: connect it again")
        return row

    async def _ask_token(self, manifest: Manifest, given: Mapping[str, str]) -> dict[str, Any]:
        app = self.app(manifest)
        if app is None or manifest.oauth is None:
            needed = ", ".join(self.missing(manifest))
            raise PlatformAway(f"The token of {manifest.title} cannot be renewed: set {needed}")
        reply = await self.ask(manifest, tokens.token_request(self.client, manifest.oauth, app, given))
        return tokens.read_tokens(manifest, reply, self.clock())

    async def ask(self, manifest: Manifest, request: httpx2.Request) -> httpx2.Response:
        """An answer of a platform's OAuth server, whatever it says."""
        try:
            async with asyncio.timeout(RENEWAL_SECONDS):
                return await self.client.send(request)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise PlatformAway(f"{manifest.title} cannot be reached: ask again in a moment") from error

    async def _save(self, row: asyncpg.Record, credentials: Mapping[str, Any], *, more: bool) -> asyncpg.Record:
        """Keep new tokens before anybody uses them: the old ones may be worth nothing by now."""
        sealed = self.seal(credentials, row["id"])
        async with self.database.connection() as db:
            await store.save_renewal(
                db, row["id"], row["generation"], sealed, tokens.ends_at(credentials), self.clock(), tokens.granted(credentials), more=more
            )
        return await self.read(row["id"])

    async def _stored_meanwhile(self, row: asyncpg.Record) -> asyncpg.Record | None:
        """What another worker stored while this one was refused: a refresh token that is used twice is no broken connection."""
        found = await self.read(row["id"])
        return found if found["generation"] != row["generation"] else None

    async def _put_off(self, integration_id: UUID, mine: UUID) -> None:
        async with self.database.connection() as db:
            await store.put_off(db, integration_id, mine, self.clock() + COOL_DOWN)

    async def exchange(self, manifest: Manifest, given: Mapping[str, str]) -> dict[str, Any]:
        """The tokens for a code that a platform sent a person back with."""
        return await self._ask_token(manifest, {"grant_type": "authorization_code", **given})

    async def revoke(self, row: asyncpg.Record, manifest: Manifest) -> bool:
        """Tell the platform that its tokens are not wanted any more; False where it has no way to, or did not agree."""
        app = self.app(manifest) or App("", "", self.setting(manifest, "OAUTH_URL"))
        if manifest.oauth is None or manifest.oauth.revoke is None:
            return False
        credentials, agreed = self.unseal(row), True
        for name in ("access_token", f"{tokens.SECOND}access_token"):
            if credentials.get(name):
                agreed = await self._revoke(manifest, tokens.revoke_request(self.client, manifest.oauth, app, credentials[name])) and agreed
        return agreed

    async def _revoke(self, manifest: Manifest, request: httpx2.Request) -> bool:
        try:
            reply = await self.ask(manifest, request)
        except PlatformAway:
            return False
        return reply.status_code < 400 and b'"ok":false' not in reply.content.replace(b" ", b"")


class Kept:
    """The credentials of a connection, read from the vault; renewed ahead of their end, and when the platform refuses them."""

    def __init__(self, connections: Connections, row: asyncpg.Record, manifest: Manifest) -> None:
        self._connections = connections
        self._row = row
        self._manifest = manifest

    async def token(self, name: str) -> str | None:
        credentials, now = self._connections.unseal(self._row), self._connections.clock()
        if tokens.due(credentials, now):
            try:
                self._row = await self._connections.renewed(self._row, self._manifest)
            except PlatformAway:
                if tokens.token_is_over(credentials, name, now):
                    raise
                log.info("token.kept", integration=str(self._row["id"]))  # it is still good for minutes
            credentials = self._connections.unseal(self._row)
        value = credentials.get(name)
        return str(value) if value else None

    async def renew(self, name: str, refused: str) -> str:
        """A newer token than the one that was refused: perhaps another worker has it already."""
        latest = await self._connections.read(self._row["id"])
        held = self._connections.unseal(latest).get(name)
        if held == refused and tokens.due(self._connections.unseal(latest), self._connections.clock(), refused=refused):
            latest = await self._connections.renewed(latest, self._manifest, refused=refused)
            held = self._connections.unseal(latest).get(name)
        self._row = latest
        if not held or held == refused:
            raise NeedsReconnect(f"{self._manifest.title} does not take the token any more: connect it again")
        return str(held)


@dataclass
class Stopwatch:
    """How long something took, in whole milliseconds."""

    milliseconds: int = 0


@contextlib.asynccontextmanager
async def timed() -> AsyncIterator[Stopwatch]:
    watch, began = Stopwatch(), time.perf_counter()
    try:
        yield watch
    finally:
        watch.milliseconds = round((time.perf_counter() - began) * 1000)
