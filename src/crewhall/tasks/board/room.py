"""The room that every capability of the board is declared in."""

from crewhall.kit.capability import Room

room = Room("board")
