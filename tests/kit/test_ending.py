"""Tasks that are told to end do end, whoever swallows the first word."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from crewhall.kit import ending


async def test_a_task_whose_library_swallows_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "INSIST_SECONDS", 0.01)
    started = asyncio.Event()

    async def deaf_once() -> None:
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf_once())
    await started.wait()
    await ending.cancel_all([task])

    assert task.cancelled()


async def test_what_a_task_raises_in_ending_stays_with_it() -> None:
    async def breaks() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    task = asyncio.create_task(breaks())
    await asyncio.sleep(0)
    await ending.cancel_all([task])

    assert isinstance(task.exception(), ValueError)


async def test_nothing_to_end_is_no_trouble() -> None:
    await ending.cancel_all([])
