"""The organisation as its members see it."""

from crewhall.accounts.organisation.capabilities import room

__all__ = ["room"]
