"""What Crewhall does with a Redis, where there is one: a copy of every change for readers there, and a bell between hubs."""

from crewhall.live.redis.bell import Bell
from crewhall.live.redis.client import open_redis, redis_check
from crewhall.live.redis.relay import Relay

__all__ = ["Bell", "Relay", "open_redis", "redis_check"]
