"""The room that claims and ready work are declared in."""

from crewhall.kit.capability import Room

room = Room("claims")
