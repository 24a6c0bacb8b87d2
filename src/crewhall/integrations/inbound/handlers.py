"""Who does something with what platforms tell us. Rooms declare `Handler`s; app/ collects them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message whose sender is proved. `db` is in the transaction that marks it as handled: what is written there is written once,
    and whatever else is to happen, outside of the database, is enqueued there as a job.

    `payload` is what the platform sent, all of it foreign text; `event` is the platform's word, such as `pull_request.opened`.
    """

    db: Connection
    id: UUID
    organisation_id: UUID
    integration_id: UUID
    platform: str
    event: str
    payload: Mapping[str, Any]
    received_at: datetime
    now: datetime


Handle = Callable[[Arrival], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """What is done with some events of a platform. `events` are words up to a dot, `pull_request` for `pull_request.opened`; empty: all.

    KeyError, TypeError, AttributeError and ValueError mean that the payload is not what the platform describes: it is given up.
    Anything else is tried again.
    """

    platform: str
    events: tuple[str, ...]
    handle: Handle

    def hears(self, platform: str, event: str) -> bool:
        return platform == self.platform and (not self.events or event in self.events or event.partition(".")[0] in self.events)


class Handlers:
    """All of them."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._handlers = tuple(handlers)

    def of(self, platform: str, event: str) -> list[Handler]:
        return [one for one in self._handlers if one.hears(platform, event)]
