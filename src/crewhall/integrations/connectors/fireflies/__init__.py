"""Fireflies."""

from crewhall.integrations.connectors.fireflies.connector import Fireflies

CONNECTOR = Fireflies
