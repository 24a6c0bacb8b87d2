"""How people come in: invitation links, and the first account of an empty hall."""

from crewhall.accounts.invitations.capabilities import invite, room

__all__ = ["invite", "room"]
