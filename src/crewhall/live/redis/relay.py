"""Every change as an entry of Redis streams, each exactly once (docs/decisions/0012)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import InvalidInput, Unavailable
from crewhall.kit.json import dumps, loads
from crewhall.live.consumers import Batch, Consumer
from crewhall.live.cursor import Cursor
from crewhall.live.models import LoggedEvent
from crewhall.live.redis.client import redis_answers

REST_SECONDS = 0.025
"""Who reads the streams looks on live, as who listens to the hub does."""
MARKERS = "tasks:relay"
"""A hash: for the epoch of each log, the cursor up to which its events are in the streams."""

# One script is one atomic step: the entries and the marker that says so exist together or not at all. It writes only while the
# marker is what the relay read, so a relay that was frozen and wakes up late writes nothing. A script that fails in the middle
# is not undone; so every key is looked at before the first entry.
# ARGV: epoch, marker before, marker after, length, then per event: type, task id, task, timestamp, n, and n numbers of KEYS.
WRITE = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
    return 0
end
for number = 2, #KEYS do
    local kind = redis.call('TYPE', KEYS[number]).ok
    if kind ~= 'stream' and kind ~= 'none' then
        return redis.error_reply('the key ' .. KEYS[number] .. ' is a ' .. kind .. ', not a stream: delete or rename it')
    end
end
local at = 5
while at <= #ARGV do
    for stream = at + 5, at + 4 + ARGV[at + 4] do
        redis.call('XADD', KEYS[tonumber(ARGV[stream])], 'MAXLEN', '~', ARGV[4], '*',
            'event_type', ARGV[at], 'task_id', ARGV[at + 1], 'task_data', ARGV[at + 2], 'timestamp', ARGV[at + 3])
    end
    at = at + 5 + ARGV[at + 4]
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""

FirstOrganisation = Callable[[Connection], Awaitable[UUID | None]]


class Relay:
    """Writes what happens to tasks into Redis.

    `length` is about how many entries a stream keeps; `first_organisation` tells whose streams have the plain names.
    """

    def __init__(self, redis: Redis, epoch: str, *, length: int, first_organisation: FirstOrganisation) -> None:
        self._redis = redis
        self._epoch = epoch
        self._length = length
        self._first_organisation = first_organisation
        self._write = redis.register_script(WRITE)
        self._marker = ""

    @property
    def consumer(self) -> Consumer:
        return Consumer("redis relay", self.write, self.place, rest=REST_SECONDS)

    async def place(self) -> Cursor | None:
        """How far the streams have come, by their own account; None in a Redis that never heard of this log."""
        with redis_answers():
            marker = await self._redis.hget(MARKERS, self._epoch)
        self._marker = marker.decode() if isinstance(marker, bytes) else marker or ""
        try:
            return Cursor.parse(self._marker) if self._marker else None
        except InvalidInput:
            raise Unavailable(f"The hash {MARKERS} in Redis holds something that is no cursor: delete it") from None

    async def write(self, batch: Batch) -> None:
        """Append these changes to their streams and move the marker behind them, in one step."""
        first = await self._first_organisation(batch.db)
        keys = {MARKERS: 1}
        values: list[Any] = [self._epoch, self._marker, str(batch.after), self._length]
        for event in batch.events:
            change = loads(event.data)
            if "task_id" in change:
                streams = [keys.setdefault(name, len(keys) + 1) for name in streams_of(event, change, first)]
                values += [*_fields(change), len(streams), *streams]
        with redis_answers():
            written = await self._write(keys=list(keys), args=values)
        if not written:
            raise Unavailable("Another process has written to the streams meanwhile")


def streams_of(event: LoggedEvent, change: dict[str, Any], first_organisation: UUID | None) -> list[str]:
    """The streams that a change belongs to: of the people it concerns, of its repository and the one it left, of all.

    What not everybody may hear of is in the streams of those alone whom it concerns and who may.
    """
    task, previous = change.get("task") or {}, change.get("previous") or {}
    repositories = dict.fromkeys(name for name in (task.get("repository"), previous.get("repository")) if name)
    people = event.user_ids if event.audience is None else event.user_ids & event.audience
    names = [f"tasks:user:{user_id}" for user_id in sorted(people)]
    if event.audience is None:
        names += [*(f"tasks:repo:{name}" for name in repositories), "tasks:notifications"]
    prefix = "" if event.organisation_id == first_organisation else f"org:{event.organisation_id}:"
    return [prefix + name for name in names]


def _fields(change: dict[str, Any]) -> tuple[str, str, bytes, str]:
    """The four values of an entry, in the order of the script."""
    return change["type"], change["task_id"], dumps(change.get("task") or {}), change["timestamp"]
