"""The vault: what is in it, who opens it, and how its keys are changed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from pydantic import SecretStr

from crewhall.app import KEY_RING, open_faces, open_world
from crewhall.kit.errors import Unavailable
from crewhall.kit.ids import new_id
from crewhall.kit.secrets import Cipher, kept_secret, split_ring
from crewhall.upkeep import rotate_vault
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.process import HallProcess
from tests.harness.twins import Twins, connect, outer_settings, run


def test_what_was_changed_by_a_bit_is_not_opened() -> None:
    cipher, row = Cipher(["a" * 32]), new_id()
    sealed = cipher.encrypt("xoxb-1", row)

    for place in range(4, len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Unavailable):
            cipher.decrypt(changed, row)


async def test_credentials_that_were_moved_to_another_row_are_not_used(outer_hall: Hall, twins: Twins) -> None:
    mine = await connect(outer_hall, "slack", twins.slack.token())
    other = await Hall.open(outer_hall.world, outer_hall.app)
    theirs = await connect(other, "slack", twins.slack.token())
    async with outer_hall.world.database.connection() as db:
        moved = "update integrations set credentials_enc = (select credentials_enc from integrations where id = $1) where id = $2"
        await db.execute(moved, theirs["id"], mine["id"])

    reply = await run(outer_hall, "slack_list_channels")

    assert 503 == reply.status_code
    assert "moved to another row" in reply.text
    assert [] == [one for one in twins.slack.exchanges if one.path == "/conversations.list"]
    await other.rest.aclose()


@pytest.mark.timeout(30)
async def test_keys_are_changed_while_the_hall_is_open(twins: Twins, postgres: TestServer, tmp_path: Path) -> None:
    settings = outer_settings(twins, await postgres.clone(), tmp_path, CREWHALL_ENCRYPTION_KEY=None)
    ring = tmp_path / "secrets"
    async with open_world(settings) as world, open_faces(world) as app:
        hall = await Hall.open(world, app)
        made = await connect(hall, "slack", twins.slack.token())
        first = kept_secret(ring, KEY_RING)

        renewed = [(await rotate_vault(settings)).renewed for _ in range(2)]
        before = await run(hall, "slack_list_channels")
        again = await connect(hall, "slack", twins.slack.token())
        after = await run(hall, "slack_list_channels")
        async with world.database.connection() as db:
            sealed = await db.fetchval("select credentials_enc from integrations where id = $1", made["id"])

    words = split_ring(kept_secret(ring, KEY_RING))
    assert ([1, 1], made["id"]) == (renewed, again["id"])
    assert (200, 200) == (before.status_code, after.status_code)
    assert (2, True) == (len(words), first not in words)
    assert "xoxb-" in Cipher(words[:1]).decrypt(sealed, UUID(made["id"]))


@pytest.mark.timeout(30)
async def test_configured_keys_are_changed_by_putting_the_new_one_first(twins: Twins, postgres: TestServer, tmp_path: Path) -> None:
    database, old, new = await postgres.clone(), "o" * 40, "n" * 40
    for keys in (old, f"{new},{old}"):
        settings = outer_settings(twins, database, tmp_path, CREWHALL_ENCRYPTION_KEY=SecretStr(keys))
        async with open_world(settings) as world, open_faces(world) as app:
            hall = await Hall.open(world, app)
            await connect(hall, "slack", twins.slack.token())
    done = await rotate_vault(settings)

    async with open_world(outer_settings(twins, database, tmp_path, CREWHALL_ENCRYPTION_KEY=SecretStr(new))) as world:
        async with world.database.connection() as db:
            rows = await db.fetch("select id, credentials_enc from integrations")
        opened = [world.cipher.decrypt(row["credentials_enc"], row["id"]) for row in rows]

    assert (True, 1, 2) == (done.configured, done.renewed, len(opened))


@pytest.mark.journey
@pytest.mark.timeout(120)
async def test_the_command_changes_the_keys_of_a_hall_that_is_open(hall_process: HallProcess, twins: Twins) -> None:
    hall_process.environment |= {name: value.get_secret_value() for name, value in twins.variables.items()}
    hall_process.start()
    await hall_process.found()
    ring = hall_process.home / "secrets" / KEY_RING
    async with httpx2.AsyncClient(base_url=hall_process.address, headers={"Authorization": f"Bearer {hall_process.owner_token}"}) as person:
        given = {"platform": "slack", "credentials": {"access_token": twins.slack.token()}}
        made = await person.post("/api/v1/integrations/connect", json=given)
        before = ring.read_text("ascii")

        rotated = [await asyncio.to_thread(rotate, hall_process.home) for _ in range(2)]

        used = await person.post("/api/v1/platforms/slack/list_channels", json={})
        again = await person.post("/api/v1/integrations/connect", json=given)
        checked = await person.post(f"/api/v1/integrations/{made.json()['id']}/health/check")

    assert [(0, True)] * 2 == [(one.returncode, "1 secrets are encrypted anew" in one.stdout) for one in rotated], rotated
    assert (200, 201, True) == (used.status_code, again.status_code, checked.json()["is_healthy"])
    assert (2, True) == (len(split_ring(ring.read_text("ascii"))), before not in ring.read_text("ascii"))
    assert before not in "".join(one.stdout + one.stderr for one in rotated) + hall_process.output


def rotate(home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crewhall", "vault", "rotate"]
    environment = os.environ | {"CREWHALL_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.timeout(60)
def test_the_command_founds_no_hall_where_there_is_none(tmp_path: Path) -> None:
    refused = rotate(tmp_path / "nowhere")

    assert 1 == refused.returncode
    assert "There is no hall" in refused.stderr
    assert not (tmp_path / "nowhere").exists()
