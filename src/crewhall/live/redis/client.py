"""A client that says at once when Redis is away."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from crewhall.kit.errors import CannotStart, Unavailable
from crewhall.kit.health import Check, Finding, State

AWAY = (RedisError, OSError, TimeoutError)
ANSWER_SECONDS = 5


@contextlib.asynccontextmanager
async def open_redis(url: SecretStr) -> AsyncIterator[Redis]:
    """A client for this address, which need not answer yet. CannotStart when it is no address of a Redis."""
    try:
        redis: Redis = Redis.from_url(
            url.get_secret_value(),
            retry=Retry(NoBackoff(), 0),  # who asks decides when to ask again
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            client_name="crewhall",
        )
    except (ValueError, TypeError):
        raise CannotStart("REDIS_URL must look like redis://:password@host:6379/0") from None  # the address holds a password
    try:
        yield redis
    finally:
        await redis.aclose()


@contextlib.contextmanager
def redis_answers() -> Iterator[None]:
    """Turn what goes wrong with Redis into Unavailable, in words without its address."""
    try:
        yield
    except AuthenticationError as error:
        raise Unavailable("Redis refuses the password of REDIS_URL") from error
    except ResponseError as error:
        raise Unavailable(f"Redis refuses: {error}") from error
    except AWAY as error:
        raise Unavailable("Redis does not answer") from error


def redis_check(redis: Redis) -> Check:
    """Whether Redis answers; calls are answered without it, and what it misses is written when it is back."""

    async def ask() -> Finding:
        with redis_answers():
            await redis.ping()
        return Finding(State.OK, "answers")

    return Check("redis", ask, needed=False)
