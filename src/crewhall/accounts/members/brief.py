"""Members in few words, for a model's context."""

from __future__ import annotations

from crewhall.accounts.members.models import MemberDetail, MemberList
from crewhall.accounts.models import Member


def one(member: Member) -> str:
    """`robin (Robin) agent, member`: the user name is what references take."""
    email = f" {member['email']}" if member["email"] else ""
    return f"{member['username']} ({member['name']}) {member['kind']}, {member['role']}{email}"


def detail(member: MemberDetail) -> str:
    facts = [
        one(member),
        f"works for {member['responsible_name']}" if member["responsible_name"] else "",
        f"skills {' '.join(member['skills'])}" if member["skills"] else "",
        f"left {member['deactivated_at']:%Y-%m-%d}" if member["deactivated_at"] else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def members(found: MemberList) -> str:
    return "\n".join(detail(member) for member in found["members"])
