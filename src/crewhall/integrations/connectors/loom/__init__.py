"""Loom."""

from crewhall.integrations.connectors.loom.connector import Loom

CONNECTOR = Loom
