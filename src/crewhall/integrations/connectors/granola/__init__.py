"""Granola."""

from crewhall.integrations.connectors.granola.connector import Granola

CONNECTOR = Granola
