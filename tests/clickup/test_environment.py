"""With a token in the environment, a hall connects to ClickUp and mirrors it by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from crewhall.demo.twins import ClickUpTwin, serving
from tests.harness.process import HallProcess, free_port


@pytest.mark.journey
@pytest.mark.timeout(90)
async def test_a_token_in_the_environment_is_all_it_takes(tmp_path: Path) -> None:
    twin = ClickUpTwin(60)
    async with serving(twin):
        environment = {
            "LOG_LEVEL": "INFO", "CLICKUP_API_TOKEN": twin.keys()["access_token"], "CLICKUP_API_URL": f"{twin.address}{twin.prefix}",
            "CREWHALL_CLICKUP_EVERY": "5",
        }  # fmt: skip
        process = HallProcess(tmp_path / "home", free_port(), environment)
        process.start()
        try:
            await process.ready()
            await process.found()
            async with httpx2.AsyncClient(base_url=process.address, headers={"x-api-key": process.api_key}) as client:
                found = await _status(client)
                while not found or not found[0]["last_run"] or not found[0]["last_run"]["complete"]:
                    await asyncio.sleep(0.2)
                    found = await _status(client)
        finally:
            process.stop()

    assert 60 == found[0]["tasks"]


async def _status(client: httpx2.AsyncClient) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = (await client.get("/sync/status")).json()["mirrors"]  # type: ignore[type-arg]
    return found
