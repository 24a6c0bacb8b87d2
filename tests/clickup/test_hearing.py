"""What ClickUp tells by itself starts a run at once."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from crewhall.clickup import HANDLERS
from crewhall.integrations import Handlers
from crewhall.integrations.inbound.jobs import handle
from tests.clickup.conftest import Mirrored
from tests.connections import signing

SECRET = "the-secret-of-the-hook"


class Handling:
    """A run that handles one message."""

    def __init__(self, mirrored: Mirrored, delivery_id: UUID) -> None:
        world = mirrored.hall.world
        self.database, self.clock, self._connections = world.database, world.clock, world.connections
        self.input = {"delivery_id": str(delivery_id)}

    def get(self, service: type) -> object:
        return Handlers(HANDLERS) if service is Handlers else self._connections


@pytest.mark.timeout(30)
async def test_a_message_of_clickup_asks_for_one_run(mirrored: Mirrored) -> None:
    hall, owner = mirrored.hall, await mirrored.hall.owner()
    hook = f"/hooks/{mirrored.integration_id}"
    await owner.rest.post(f"/api/v1/integrations/{mirrored.integration_id}/inbound", json={"secret": SECRET})
    for number in range(3):
        body, headers = signing.clickup(SECRET, {"event": "taskUpdated", "task_id": str(number), "webhook_id": "w"})
        assert 200 == (await hall.rest_as(None).post(hook, content=body, headers=headers)).status_code, json.loads(body)

    for row in await mirrored.rows("select id from inbound_deliveries where organisation_id = $1 and state = 'pending'"):
        await handle(Handling(mirrored, row["id"]))  # type: ignore[arg-type]

    runs = "select count(*) from jobs.run where organisation_id = $1 and kind = 'clickup.run'"
    wanted = "select wanted from clickup_mirrors where organisation_id = $1 and id = $2"
    assert (1, 3) == (await mirrored.value(runs), await mirrored.value(wanted, mirrored.mirror_id))
    states = "select array_agg(distinct state) from inbound_deliveries where organisation_id = $1"
    assert ["handled"] == await mirrored.value(states)
