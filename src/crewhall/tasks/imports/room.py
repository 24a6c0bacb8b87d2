"""The room that imports and exports are declared in."""

from crewhall.kit.capability import Room

room = Room("imports")
