"""The room that questions, reviews and confirmations are declared in."""

from crewhall.kit.capability import Room

room = Room("approvals")
