"""The room that links are declared in."""

from crewhall.kit.capability import Room

room = Room("links")
