"""Accounts of an outside system that belong to members (docs/guide/accounts.md)."""

from crewhall.accounts.identities.capabilities import room

__all__ = ["room"]
