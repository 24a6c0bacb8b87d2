"""Programs that people let in: OAuth 2.1."""

from crewhall.accounts.grants.capabilities import room

__all__ = ["room"]
