"""Blockers, bugs and questions that people report (docs/guide/issues.md)."""

from crewhall.tasks.issues.capabilities import room

__all__ = ["room"]
