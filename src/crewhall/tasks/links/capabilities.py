"""What blocks, relates to or doubles what."""

from __future__ import annotations

from crewhall.kit.capability import Room

room = Room("links")
