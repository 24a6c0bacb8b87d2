"""A deadline that an async test cannot outlive."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest


def within(seconds: float, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """This test, failing when it takes longer."""

    @functools.wraps(test)
    async def timed(*args: Any, **kwargs: Any) -> None:
        try:
            async with asyncio.timeout(seconds) as deadline:
                await test(*args, **kwargs)
        except TimeoutError:
            if deadline.expired():
                pytest.fail(f"It took longer than {seconds:g} s")
            raise

    return timed
