"""Where ClickUp can reach the hall, it tells what changes; where it cannot, the hall says so and asks."""

from __future__ import annotations

import json

import pytest

from crewhall.clickup.hooks import look_after_hooks
from crewhall.demo.twins import Fault
from tests.clickup.conftest import Mirrored
from tests.connections import signing

pytestmark = pytest.mark.timeout(30)

PUBLIC = "https://hall.example.com"


@pytest.fixture
async def public(mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch) -> Mirrored:
    """A hall that ClickUp reaches, and that has looked after its webhooks."""
    monkeypatch.setattr(mirrored.hall.world.connections, "_address", PUBLIC)
    await look_after_hooks(mirrored.hall.world.connections)
    return mirrored


async def status(mirrored: Mirrored) -> tuple[bool, str]:
    (one,) = (await mirrored.hall.call("get_sync_status"))["mirrors"]
    return one["told_at_once"], one["webhook"]


async def again(mirrored: Mirrored) -> None:
    """An hour later."""
    await mirrored.rows("update clickup_mirrors set hooked_at = hooked_at - interval '2 h' where organisation_id = $1")
    await look_after_hooks(mirrored.hall.world.connections)


async def test_a_hall_that_can_be_reached_has_one_webhook_whose_messages_are_believed(public: Mirrored) -> None:
    await again(public)
    (hook,) = public.twin.hooks
    body, headers = signing.clickup(hook["secret"], {"event": "taskUpdated", "task_id": "1", "webhook_id": hook["id"]})

    heard = await public.hall.rest_as(None).post(f"/hooks/{public.integration_id}", content=body, headers=headers)

    assert f"{PUBLIC}/hooks/{public.integration_id}" == hook["endpoint"]
    assert (200, True) == (heard.status_code, (await status(public))[0]), json.loads(body)


async def test_without_a_public_address_it_says_so(mirrored: Mirrored) -> None:
    await look_after_hooks(mirrored.hall.world.connections)

    page = (await (await mirrored.hall.owner()).rest.get("/sync-status")).text

    assert [] == mirrored.twin.hooks
    assert "CREWHALL_PUBLIC_URL" in (await status(mirrored))[1]
    assert "ClickUp cannot reach this hall" in page


async def test_a_webhook_that_was_made_but_not_written_down_is_made_anew(public: Mirrored) -> None:
    lost = public.twin.hooks[0]["id"]
    await public.rows("update clickup_mirrors set hook_id = null where organisation_id = $1")

    await again(public)

    assert 1 == len(public.twin.hooks)
    assert lost != public.twin.hooks[0]["id"]


async def test_one_that_clickup_gave_up_is_made_anew(public: Mirrored) -> None:
    public.twin.hooks[0]["health"] = {"status": "suspended", "fail_count": 100}

    await again(public)

    assert ["active"] == [one["health"]["status"] for one in public.twin.hooks]


async def test_a_refusal_is_told_and_tried_again_later(mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrored.hall.world.connections, "_address", PUBLIC)
    mirrored.twin.faults.append(Fault("/webhook", kind="code", code="OAUTH_027"))
    await look_after_hooks(mirrored.hall.world.connections)
    told = await status(mirrored)

    await again(mirrored)

    assert (False, True) == (told[0], "workspace" in told[1])
    assert (await status(mirrored))[0]


async def test_disconnecting_takes_the_webhook_back(public: Mirrored) -> None:
    owner = await public.hall.owner()

    await owner.rest.post(f"/api/v1/integrations/{public.integration_id}/disconnect")
    await look_after_hooks(public.hall.world.connections)

    assert [] == public.twin.hooks
    assert not (await status(public))[0]
