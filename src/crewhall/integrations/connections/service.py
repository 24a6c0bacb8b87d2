"""Connections at work: a connector for each, with its credentials from the vault and its budget from the database."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import structlog

from crewhall.integrations.connections import rules, store, tokens
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
    PlatformRefused,
    Wire,
)
from crewhall.integrations.kit.connector import new_client
from crewhall.integrations.notes.shelf import KeptShelf
from crewhall.integrations.vectors import KeptVectors
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection, Database
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
NOBODY = UUID(int=0)
KNOWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection and its connector, for as long as somebody works with it."""

    row: asyncpg.Record
    connector: Connector


class Connections:
    """What reaches platforms, for the hub and for workers: one HTTP client, the vault, and the database."""

    def __init__(
        self, database: Database, cipher: Cipher, settings: Settings, clock: Clock, address: str = "",
        stand_ins: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`address`: where people reach the hall, when CREWHALL_PUBLIC_URL does not say so; `stand_ins`: variables of platforms as
        somebody would configure them, which reach programs that only stand in for the real ones.
        """
        self.database = database
        self.cipher = cipher
        self.clock = clock
        self._home = settings.home
        self._configured = {name: value.get_secret_value() for name, value in settings.platforms.items()}
        self._stand_ins = stand_ins or {}
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
        known = self._stand_ins if self.is_stand_in(manifest) else self._configured
        return next((known[name] for name in names if name in known), None)

    def is_stand_in(self, manifest: Manifest) -> bool:
        """Whether this platform is none here, but a program that stands in for it."""
        return any(f"{name}_API_URL" in self._stand_ins for name in manifest.variables)

    @property
    def with_stand_ins(self) -> bool:
        return bool(self._stand_ins)

    async def of_stand_ins(self) -> list[asyncpg.Record]:
        """Every connection that was made to a stand-in and can be reached."""
        async with self.database.connection() as db:
            rows = await store.of_stand_ins(db)
        return [row for row in rows if self.is_stand_in(connector_of(row["platform"]).manifest)]

    def at(self, clock: Clock) -> Connections:
        """The same under another clock; for a past that is told anew."""
        self._client = self.client  # one for both, closed once
        other = copy.copy(self)
        other.clock = clock
        return other

    def app(self, manifest: Manifest) -> App | None:
        """The app that people connect through; None while it is not configured."""
        client_id, secret = self.setting(manifest, "CLIENT_ID"), self.setting(manifest, "CLIENT_SECRET")
        return self._app(manifest, client_id, secret) if client_id and secret else None

    def _app(self, manifest: Manifest, client_id: str, secret: str) -> App:
        oauth, api = manifest.oauth, self.setting(manifest, "API_URL") or manifest.api
        places = {name: self.setting(manifest, name.upper()) or usual for name, usual in oauth.places.items()} if oauth else {}
        return App(client_id, secret, self.setting(manifest, "OAUTH_URL"), api, places)

    def missing(self, manifest: Manifest) -> list[str]:
        """The settings without which nobody can connect by OAuth."""
        ends = ("CLIENT_ID", "CLIENT_SECRET")
        unset = [manifest.variable(end) for end in ends if self.setting(manifest, end) is None]
        return unset + ([] if self._address else ["CREWHALL_PUBLIC_URL"])

    @property
    def address(self) -> str:
        """Where people and platforms reach the hall."""
        return self._address

    @property
    def is_public(self) -> bool:
        """Whether platforms can reach the hall at its address, as far as that says itself."""
        return rules.is_public(self._address)

    @property
    def hook_beginning(self) -> str:
        """What every address begins with that platforms send to."""
        return f"{self._address}/hooks/"

    def hook(self, integration_id: UUID) -> str:
        """Where a connection's platform sends what happens there."""
        return f"{self.hook_beginning}{integration_id}"

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
        return kind(
            credentials, wire=wire, api=self.setting(manifest, "API_URL"), client=self.client, outside=self._outside,
            vectors=KeptVectors(self.database.connection, NOBODY, self.clock),
        )  # fmt: skip

    def open(self, row: asyncpg.Record, *, patience: float = PATIENCE) -> Connector:
        """A connector for a connection that is kept."""
        kind = connector_of(row["platform"])
        manifest = kind.manifest
        self.require_reachable(row, manifest)
        budget = SharedBudget(manifest.title, row["id"], self.database, self.clock, patience=patience)
        wire = Wire(self.client, Kept(self, row, manifest), budget, manifest.limit, manifest.title)
        shelf = KeptShelf(self.database, row["organisation_id"], self.clock)
        return kind(
            {}, {**row["settings"], **self._places(manifest, row["id"])}, wire=wire, api=self.setting(manifest, "API_URL"),
            client=self.client,
            outside=self._outside, shelf=shelf, vectors=KeptVectors(self.database.connection, row["organisation_id"], self.clock),
        )  # fmt: skip

    def _places(self, manifest: Manifest, integration_id: UUID) -> dict[str, Any]:
        """Where files go and, if platforms can reach us, where messages about what was sent are wanted."""
        hook = {"hook": self.hook(integration_id)} if self.is_public else {}
        return {"files": self._files(manifest.slug, integration_id), **hook}

    def inside(self, row: asyncpg.Record, db: Connection) -> Connector:
        """A connector of the hall's own database, in the transaction that is open on `db`."""
        return connector_of(row["platform"])(
            {}, vectors=KeptVectors(lambda: contextlib.nullcontext(db), row["organisation_id"], self.clock)
        )

    def _files(self, platform: str, integration_id: UUID) -> Path:
        """Where what is downloaded through a connection lies."""
        return self._home / "files" / platform / str(integration_id)

    def forget_files(self, platform: str, integration_id: UUID) -> None:
        """A connection is gone, and with it what was downloaded through it to this machine."""
        shutil.rmtree(self._files(platform, integration_id), ignore_errors=True)

    def reaches(self, row: asyncpg.Record, manifest: Manifest) -> bool:
        """False for what a stand-in gave that does not run now: the real platform has no business with it."""
        return not row["metadata"].get("stand_in") or self.is_stand_in(manifest)

    def require_reachable(self, row: asyncpg.Record, manifest: Manifest) -> None:
        if not self.reaches(row, manifest):
            raise PlatformAway(f"{row['name']} belongs to a stand-in of the demo, which does not run now: start with --demo")

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
        self.require_reachable(row, manifest)
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
                fresh = await self._fresh(manifest, credentials, prefix)
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

    async def _fresh(self, manifest: Manifest, credentials: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
        """New tokens: for a person by the refresh token, for an app that was pasted by its own keys."""
        oauth = manifest.oauth
        keys = tokens.app_keys(oauth, credentials)
        if oauth is None:
            raise PlatformAway(f"The token of {manifest.title} cannot be renewed")
        theirs = self._app(manifest, keys["client_id"], keys["client_secret"]) if keys is not None else None
        return await self._ask_token(manifest, tokens.renewal(oauth, credentials, prefix), theirs)

    async def with_tokens(self, manifest: Manifest, credentials: Mapping[str, Any]) -> Mapping[str, Any]:
        """The credentials that somebody pasted, and where these are an app's keys the tokens that it gets for them."""
        if tokens.app_keys(manifest.oauth, credentials) is None:
            return credentials
        try:
            return {**credentials, **await self._fresh(manifest, credentials)}
        except PlatformAway as refused:
            if refused.status_code not in {400, 401, 403}:
                raise
            raise PlatformRefused(f"{manifest.title} does not take these keys", status_code=refused.status_code) from refused

    async def _ask_token(self, manifest: Manifest, given: Mapping[str, str], theirs: App | None = None) -> dict[str, Any]:
        app = theirs or self.app(manifest)
        if app is None or manifest.oauth is None:
            needed = ", ".join(self.missing(manifest))
            raise PlatformAway(f"The token of {manifest.title} cannot be renewed: set {needed}")
        reply = await self.ask(manifest, tokens.token_request(self.client, manifest.oauth, app, given))
        return tokens.read_tokens(manifest, reply, self.clock(), theirs=theirs is not None)

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
        try:
            return await self._ask_token(manifest, {"grant_type": "authorization_code", **given})
        except NeedsReconnect as refused:  # nothing is connected yet that could have ended
            raise PlatformRefused(tokens.no_code(manifest.title), status_code=refused.status_code, **refused.details) from refused

    async def revoke(self, row: asyncpg.Record, manifest: Manifest) -> bool:
        """Tell the platform that its tokens are not wanted any more; False where it has no way to, or did not agree."""
        app = self.app(manifest) or self._app(manifest, "", "")
        if manifest.oauth is None or manifest.oauth.revoke is None or not self.reaches(row, manifest):
            return False
        credentials, agreed = self.unseal(await self._alive(row, manifest)), True
        for name in ("access_token", f"{tokens.SECOND}access_token"):
            if credentials.get(name):
                agreed = await self._revoke(manifest, tokens.revoke_request(self.client, manifest.oauth, app, credentials[name])) and agreed
        return agreed

    async def _alive(self, row: asyncpg.Record, manifest: Manifest) -> asyncpg.Record:
        """With a token that is not over: some platforms take no other back, and the grant behind it would live on."""
        credentials = self.unseal(row)
        if not tokens.can_renew(credentials) or not tokens.token_is_over(credentials, "access_token", self.clock()):
            return row
        try:
            return await self.renewed(row, manifest)
        except ConnectorError:
            return row

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
        value = credentials.get(name) or self._of_app(name)
        return str(value) if value else None

    def _of_app(self, name: str) -> str | None:
        oauth = self._manifest.oauth
        mine = oauth is not None and oauth.own_key == name and self._row["connection_type"] == "oauth"
        return self._connections.setting(self._manifest, name.upper()) if mine else None

    async def renew(self, name: str, refused: str) -> str:
        """A newer token than the one that was refused: perhaps another worker has it already."""
        if refused == self._of_app(name):
            variable = self._manifest.variable(name.upper())
            raise PlatformAway(f"{self._manifest.title} does not take our app's own token: whoever runs Crewhall looks at {variable}")
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
