"""The demo on an empty database: founded, furnished, and its credentials kept for the banner."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from crewhall.accounts import Access, Founded, found_first, unfound
from crewhall.demo.organisation import DEMO_PLAN, Team, furnish
from crewhall.demo.stand_ins import StandIns, connect_stand_ins, recall
from crewhall.integrations import Connections
from crewhall.kit.capability import Registry
from crewhall.kit.seam import Seam
from crewhall.kit.secrets import keep_secret

FIRST_CREDENTIALS, UNFINISHED = "first-credentials", "demo-unfinished"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was made for the demo's owner and agent, kept in the data folder (0600)."""

    email: str
    password: str
    api_key: str


async def open_demo(seam: Seam, registry: Registry, access: Access, folder: Path, stand_ins: StandIns | None = None) -> None:
    """Found and furnish the demo where there is no organisation yet. What an interrupted start left half done is done anew.

    With `stand_ins` it is connected to these, and what an earlier demo connected works again.
    """
    unfinished = folder / UNFINISHED
    founded = await _found(seam, access, folder)
    if founded is not None:
        team = await Team.gather(seam, registry, access, founded)
        if stand_ins is not None:
            await connect_stand_ins(team, seam, stand_ins)
        await furnish(team, seam)
    elif stand_ins is not None:
        await recall(seam.services[Connections], stand_ins)
    unfinished.unlink(missing_ok=True)


async def _found(seam: Seam, access: Access, folder: Path) -> Founded | None:
    unfinished = folder / UNFINISHED
    async with seam.database.connection() as db, db.transaction():
        if unfinished.exists():
            await unfound(db, UUID(unfinished.read_text("ascii")))
        founded = await found_first(db, access, DEMO_PLAN, seam.clock())
        if founded is not None:  # before the commit: a password that nobody could ever read would lock the hall
            kept = Credentials(founded.email, founded.password, founded.api_key)
            keep_secret(folder, FIRST_CREDENTIALS, json.dumps(asdict(kept)))
            keep_secret(folder, UNFINISHED, str(founded.organisation_id))
    return founded


def kept_credentials(folder: Path) -> Credentials | None:
    """The demo's credentials, as long as this data folder knows them."""
    path = folder / FIRST_CREDENTIALS
    return Credentials(**json.loads(path.read_text("ascii"))) if path.exists() else None
