"""The platforms of the demo: twins that run beside the hall on this machine and end with it. Nothing of them starts without --demo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2

from crewhall.accounts import AuditTrail
from crewhall.demo.organisation import Team
from crewhall.demo.stories import INES
from crewhall.demo.twins import TWINS, Fault, Twin, serving_all
from crewhall.integrations import Connections
from crewhall.integrations.connections.health import look_at_all
from crewhall.integrations.connectors import connectors
from crewhall.kit.seam import Seam

CONNECTED = ("slack", "gmail", "google_calendar", "clickup")
"""What the demo organisation works with from the first moment; the other stand-ins wait to be connected."""
CHECKS, APART = 14, timedelta(hours=6)
BAD_DAY = {9: ("slack", Fault("/auth.test", "malformed"))}
"""At which of the checks which stand-in fails, so that a failure and its end can be seen."""


@dataclass(frozen=True)
class StandIns:
    """Those that run, by their slugs."""

    twins: Mapping[str, Twin]

    @property
    def variables(self) -> dict[str, str]:
        """What makes a hall take them for the platforms."""
        return {name: value for twin in self.twins.values() for name, value in twin.variables.items()}


@asynccontextmanager
async def open_stand_ins(configured: Iterable[str], folder: Path | None = None) -> AsyncIterator[StandIns]:
    """Stand-ins for all platforms but those that somebody `configured`, by the names of their variables: these are the real ones.

    What one has to have after a restart, because it is mirrored, lies in `folder`.
    """
    names = tuple(configured)
    async with serving_all([kind for kind in TWINS if not _is_configured(kind, names)]) as twins:
        if folder is not None:
            for twin in twins.values():
                twin.remember(folder)
        yield StandIns(twins)


def _is_configured(kind: Callable[[], Twin], configured: Iterable[str]) -> bool:
    mine = kind().slug.upper()
    shared = {name for one in connectors().values() if mine in one.manifest.variables for name in one.manifest.variables}
    return any(name.startswith(f"{beginning}_") for name in configured for beginning in {mine, *shared})


async def recall(connections: Connections, stand_ins: StandIns) -> None:
    """A stand-in forgets everything when it ends: tell it again which tokens it gave, and ask it whether it knows them now."""
    held = await connections.of_stand_ins()
    for row in held:
        twin = stand_ins.twins.get(_twin_of(row["platform"], stand_ins))
        if twin is not None:
            twin.recall(connections.unseal(row))
    await look_at_all(connections, [row["id"] for row in held], "schedule")


def _twin_of(platform: str, stand_ins: StandIns) -> str:
    variables = connectors()[platform].manifest.variables
    return next((slug for slug in stand_ins.twins if slug.upper() in variables), "")


async def connect_stand_ins(team: Team, seam: Seam, stand_ins: StandIns) -> None:
    """Some days ago Ines said yes at the platforms; since then each was tried as it always is."""
    now = seam.clock()
    shown = now - CHECKS * APART

    def clock() -> datetime:
        return shown

    connections: Connections = seam.services[Connections].at(clock)
    past = replace(seam, clock=clock, audit=AuditTrail(clock), services={**seam.services, Connections: connections})
    made = [await _say_yes(team, past, one) for one in CONNECTED if _twin_of(one, stand_ins)]
    for number in range(1, CHECKS + 1):
        shown = now - (CHECKS - number) * APART
        if number in BAD_DAY and BAD_DAY[number][0] in stand_ins.twins:
            slug, fault = BAD_DAY[number]
            stand_ins.twins[slug].faults.append(replace(fault))
        await look_at_all(connections, made, "schedule")


async def _say_yes(team: Team, seam: Seam, platform: str) -> UUID:
    """Connect it as a person does: go there, say yes, and come back with what it answers."""
    begun = await team.do(INES, "start_oauth", seam=seam, platform=platform)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        there = await browser.get(f"{begun['authorization_url']}&decision=allow")
    back = dict(parse_qsl(urlsplit(there.headers["location"]).query))
    made = await team.do(INES, "finish_oauth", seam=seam, platform=platform, state=back["state"], code=back["code"])
    return UUID(str(made["id"]))
