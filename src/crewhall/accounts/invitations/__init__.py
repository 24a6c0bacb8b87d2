"""How people come in: invitation links, and the first account of an empty hall."""

from crewhall.accounts.invitations.capabilities import room

__all__ = ["room"]
