"""API keys: how programs come in, as their person, as an agent of their own, or as a service."""

from crewhall.accounts.keys.capabilities import room

__all__ = ["room"]
