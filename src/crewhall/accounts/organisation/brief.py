"""The organisation and its team in few words, for a model's context."""

from __future__ import annotations

from crewhall.accounts.organisation.models import InvitedMember, MyOrganization, Team, TeamMember


def organization(one: MyOrganization) -> str:
    facts = [
        f"{one['name']} (task keys {one['key_prefix']}-, days in {one['time_zone']})",
        one["description"],
        f"{one['people']} people, {one['agents']} agents; owners {', '.join(one['owners'])}; you are {one['your_role']}",
    ]
    return "\n".join(fact for fact in facts if fact)


def team(of: Team) -> str:
    return "\n".join(_line(member) for member in of["members"])


def _line(member: TeamMember) -> str:
    """`@priya Priya Nair, member`, with what is told of the person."""
    kind = "" if member["kind"] == "person" else f" {member['kind']}"
    skills = f"; knows {', '.join(member['skills'])}" if member["skills"] else ""
    told = f"; {member['description']}" if member["description"] else ""
    return f"@{member['username']} {member['name']},{kind} {member['role']}{skills}{told}"


def invited(one: InvitedMember) -> str:
    return f"{one['next_step']}\n{one['url']}"
