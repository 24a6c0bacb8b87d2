"""Everything that lives as long as the process, opened in order."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from crewhall import __version__, accounts, live
from crewhall.accounts import ISSUER, Access, AuditTrail, OutsideIssuer
from crewhall.app import rooms
from crewhall.app.checks import checks_of
from crewhall.app.database import addresses
from crewhall.integrations import Connections
from crewhall.kit.capability import Registry
from crewhall.kit.charts import Drawing
from crewhall.kit.clock import Clock, system_clock
from crewhall.kit.db.idempotency import Idempotency
from crewhall.kit.db.migrate import migrate
from crewhall.kit.db.pool import Database
from crewhall.kit.errors import CannotStart
from crewhall.kit.health import Check
from crewhall.kit.http import Outside
from crewhall.kit.limits import CallLimit
from crewhall.kit.metrics import Metrics, pool_readings
from crewhall.kit.seam import Seam
from crewhall.kit.secrets import Cipher, kept_secret, split_ring
from crewhall.kit.settings import Settings
from crewhall.live import Consumer, Hub

log = structlog.get_logger()

SET_UP_CODE = "set-up-code"
KEY_RING = "encryption-key"
SAFE_JWT_SECRET = 32  # bytes; HS256 is as strong as its secret (RFC 7518, 3.2)


@dataclass(frozen=True)
class World:
    """Everything that lives as long as the process."""

    settings: Settings
    clock: Clock
    database: Database
    access: Access
    cipher: Cipher
    outside: Outside
    connections: Connections
    hub: Hub
    registry: Registry
    seam: Seam
    metrics: Metrics
    drawing: Drawing
    checks: tuple[Check, ...]
    direct: dict[str, Any] = field(repr=False)  # the database past any pooler; holds its password


@contextlib.asynccontextmanager
async def open_world(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    demo_email: str | None = None,
    address: str = "",
    as_guest: bool = False,
    stand_ins: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """Open the database, bring it to this version, and start what runs beside the calls; `address` is where people reach it,
    `stand_ins` the variables of platforms that only stand in for the real ones.

    As a guest it starts no database of its own, but uses that of the hall that is open on the same data folder.
    Raises CannotStart with what to change when this machine or configuration does not allow it.
    """
    async with contextlib.AsyncExitStack() as closing:
        pooled, direct = await closing.enter_async_context(addresses(settings, as_guest=as_guest))
        await migrate(direct)
        database = await Database.open(pooled, size=settings.pool_size)
        closing.push_async_callback(database.close)
        access = _access(settings, database, clock, demo_email, settings.public_url or address)
        hub = Hub(database, poll_seconds=settings.poll_seconds, heartbeat_seconds=settings.heartbeat_seconds)
        access.on_forgotten(hub.beat_organisation)
        await hub.start()
        closing.push_async_callback(hub.stop)
        beside = await closing.enter_async_context(_redis(settings, hub)) if settings.redis_url else Beside()
        if settings.jobs or as_guest:
            await closing.enter_async_context(live.run_consumers(database, hub, (*rooms.CONSUMERS, *beside.consumers)))
        checks = (*checks_of(settings, database, hub), *beside.checks)
        world = _world(settings, clock, database, access, hub, checks, direct, address, stand_ins or {})
        closing.push_async_callback(world.connections.close)
        closing.push_async_callback(world.drawing.close)
        yield world


@dataclass(frozen=True, slots=True)
class Beside:
    """What comes with a Redis: who writes into it, and whether it answers."""

    consumers: tuple[Consumer, ...] = ()
    checks: tuple[Check, ...] = ()


@contextlib.asynccontextmanager
async def _redis(settings: Settings, hub: Hub) -> AsyncIterator[Beside]:
    """The bell that wakes other hubs, for as long as the context lasts, and the consumers that write into Redis."""
    from crewhall.live.redis import Bell, Relay, open_redis, redis_check  # noqa: PLC0415  # 60 ms that a hall without Redis need not wait

    assert settings.redis_url is not None
    async with open_redis(settings.redis_url) as redis, Bell(redis, hub).hung():
        relay = Relay(redis, hub.epoch, length=settings.redis_stream_length, first_organisation=accounts.first_organisation)
        yield Beside((relay.consumer,), (redis_check(redis),))


def _access(settings: Settings, database: Database, clock: Clock, demo_email: str | None, address: str) -> Access:
    def secret(configured: Any, name: str) -> str:
        return str(configured.get_secret_value()) if configured else kept_secret(settings.secrets_folder, name)

    jwt_secret = secret(settings.jwt_secret, "jwt-secret")
    if len(jwt_secret.encode()) < SAFE_JWT_SECRET:
        log.warning("settings.short_jwt_secret", advice=f"give JWT_SECRET {SAFE_JWT_SECRET} bytes or more, or leave it out")
    return Access(
        database,
        clock,
        jwt_secret=jwt_secret,
        api_key_salt=secret(settings.api_key_salt, "api-key-salt"),
        demo_email=demo_email,
        set_up_code=kept_secret(settings.secrets_folder, SET_UP_CODE),
        address=address.rstrip("/"),
        outside=_outside(settings, jwt_secret),
    )


def _outside(settings: Settings, jwt_secret: str) -> OutsideIssuer | None:
    """Who else logs our people in; CannotStart when its tokens could not be told from our own."""
    if settings.atlas_jwt_secret is None:
        return None
    secret = settings.atlas_jwt_secret.get_secret_value()
    if secret == jwt_secret or settings.atlas_issuer == ISSUER:
        raise CannotStart("ATLAS_JWT_SECRET must not be JWT_SECRET, nor ATLAS_ISSUER crewhall: leave JWT_SECRET out, and one is made")
    if len(secret.encode()) < SAFE_JWT_SECRET:
        log.warning("settings.short_atlas_secret", advice=f"give Atlas a secret of {SAFE_JWT_SECRET} bytes or more")
    return OutsideIssuer(settings.atlas_issuer, secret, settings.atlas_audience, settings.atlas_organisation)


def cipher_of(settings: Settings) -> Cipher:
    """The vault's cipher: with the configured keys, or with the ring in the data folder."""
    if settings.encryption_key is not None:
        return Cipher(split_ring(settings.encryption_key.get_secret_value()))
    return Cipher.kept(settings.secrets_folder, KEY_RING)


def _world(
    settings: Settings, clock: Clock, database: Database, access: Access, hub: Hub, checks: tuple[Check, ...], direct: dict[str, Any],
    address: str, stand_ins: Mapping[str, str],
) -> World:  # fmt: skip
    cipher, outside = cipher_of(settings), Outside(private=settings.allow_private_webhooks, clock=clock)
    connections = Connections(database, cipher, settings, clock, address, stand_ins)
    metrics = Metrics(version=__version__)
    metrics.add(pool_readings(database))
    seam = Seam(
        database=database,
        services={Settings: settings, Access: access, Cipher: cipher, Outside: outside, Connections: connections},
        clock=clock,
        audit=AuditTrail(clock),
        events=live.append,
        limit=CallLimit(settings.calls_per_second),
        idempotency=Idempotency(),
        wake=hub.wake,
        measure=metrics,
    )
    return World(
        settings,
        clock,
        database,
        access,
        cipher,
        outside,
        connections,
        hub,
        Registry(rooms.ROOMS),
        seam,
        metrics,
        Drawing(),
        checks,
        direct,
    )
