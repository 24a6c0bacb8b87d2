"""The room that every capability of projects is declared in."""

from __future__ import annotations

from crewhall.kit.capability import Room

room = Room("projects")
