"""Who is here at the moment."""

from __future__ import annotations

from datetime import timedelta

from crewhall.accounts.presence import store
from crewhall.accounts.presence.models import OnlineWanted, Presence
from crewhall.kit.capability import Call, Kind, Room

HERE = timedelta(seconds=90)
"""Somebody with an open stream is noted every half minute: two notes may be late before they count as gone."""

room = Room("presence")


def brief_presence(found: Presence) -> str:
    lines = [f"{one['name']} @{one['username']} {one['kind']}" for one in found["online"]]
    return "\n".join(lines) or "Nobody is here."


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/presence",
    brief=brief_presence,
    aliases=("who_is_online", "online_users", "active_members", "present"),
    questions=("Is anybody around right now?", "Which agents are working at the moment?", "Can I reach somebody today?"),
)
async def get_online_users(call: Call, wanted: OnlineWanted) -> Presence:
    """Who is here right now: people with an open page, and agents that called within the last minute and a half."""
    return Presence(online=await store.online(call.db, call.actor.organisation_id, call.now - HERE, wanted.kind))
