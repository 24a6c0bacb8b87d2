"""A test that hangs fails, async or not; without this a run could wait for ever."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness.deadline import within


async def test_an_async_test_that_takes_too_long_fails() -> None:
    async def waits_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(pytest.fail.Exception, match=r"longer than 0\.01 s"):
        await within(0.01, waits_for_ever)()


async def test_a_deadline_of_the_test_s_own_is_not_mistaken_for_it() -> None:
    async def gives_up() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await within(5, gives_up)()
