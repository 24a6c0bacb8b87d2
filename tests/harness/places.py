"""A space, a folder and two lists as a mirror would leave them, with statuses of the space's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.kit.ids import new_id
from tests.harness.hall import Hall

PLACE = """
insert into lists (id, organisation_id, parent_id, kind, name, source, external_id, facts, created_at)
values ($1, $2, $3, $4, $5, 'clickup', $6, $7, now())
"""
TASK = """
insert into tasks (id, organisation_id, number, key, title, list_id, rank, source, external_id, status, status_name, status_type,
                   created_by, updated_by, created_at, updated_at)
select $1::uuid, $2, n.number, 'CU-' || n.number, $3, $4, $1::uuid::text, 'clickup', $5, $6, $7, $8, 'ClickUp', 'ClickUp', $9, $9
  from (select coalesce(max(number), 0) + 1000 as number from tasks where organisation_id = $2) n
"""
OURS = {"open": ("not_started", "to do"), "custom": ("in_progress", "building"), "closed": ("completed", "shipped")}


@dataclass(frozen=True)
class Places:
    """The ids here; at the source they are 9017 (space, in workspace 42), 901 (folder), 90170 (in the folder) and 9018."""

    hall: Hall
    space: UUID
    folder: UUID
    backlog: UUID
    loose: UUID

    async def write(self, statement: str, *values: Any) -> None:
        async with self.hall.world.database.connection() as db:
            await db.execute(statement, *values)

    async def add(self, kind: str, name: str, parent: UUID | None, external_id: str) -> UUID:
        return await _place(self.hall, kind, name, parent, external_id, {"id": external_id})

    async def add_task(
        self, title: str, list_id: UUID, *, external_id: str | None = None, status_type: str = "open", at: datetime | None = None
    ) -> UUID:
        made, (status, name), when = new_id(), OURS[status_type], at or self.hall.world.clock()
        home = self.hall.founded.organisation_id
        await self.write(TASK, made, home, title, list_id, external_id or str(made), status, name, status_type, when)
        return made

    async def archive(self, place: UUID) -> None:
        await self.write("update lists set archived_at = now() where id = $1", place)

    async def close(self) -> None:
        """What a mirror makes of a space that is private at its source."""
        await self.write("update lists set visibility = 'private' where organisation_id = $1", self.hall.founded.organisation_id)


async def _place(hall: Hall, kind: str, name: str, parent: UUID | None, external_id: str, facts: dict[str, Any]) -> UUID:
    made = new_id()
    async with hall.world.database.connection() as db:
        await db.execute(PLACE, made, hall.founded.organisation_id, parent, kind, name, external_id, facts)
    return made


async def build(hall: Hall) -> Places:
    space = await _place(
        hall, "space", "Product", None, "space:9017",
        {"id": "9017", "team_id": "42", "multiple_assignees": False, "features": {"due_dates": {"enabled": True}}},
    )  # fmt: skip
    folder = await _place(hall, "folder", "Engine", space, "folder:901", {"id": "901", "hidden": False})
    backlog = await _place(hall, "list", "Backlog", folder, "90170", {"id": "90170", "content": "What comes next."})
    loose = await _place(hall, "list", "Ideas", space, "9018", {"id": "9018"})
    places = Places(hall, space, folder, backlog, loose)
    for position, (name, kind, status) in enumerate((("to do", "open", "not_started"), ("shipped", "closed", "completed"))):
        await places.write(
            """insert into workflow_statuses (id, organisation_id, list_id, name, type, status, position)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            new_id(), hall.founded.organisation_id, space, name, kind, status, position,
        )  # fmt: skip
    await _mirror(places)
    return places


async def _mirror(places: Places) -> None:
    """The workspace that the space is in."""
    connection, home = new_id(), places.hall.founded.organisation_id
    await places.write(
        """insert into integrations (id, organisation_id, platform, connection_type, name, status, account_id, account_name, next_check_at,
                                     created_at, updated_at)
           values ($1, $2, 'clickup', 'token', 'ClickUp', 'connected', 'w', 'W', now() + interval '1 day', now(), now())""",
        connection, home,
    )  # fmt: skip
    await places.write(
        """insert into clickup_mirrors (id, organisation_id, integration_id, team_id, name, facts, next_at, created_at)
           values ($1, $2, $3, '42', 'Harbour Works', '{"members_count": 3}', now() + interval '1 day', now())""",
        new_id(), home, connection,
    )  # fmt: skip
