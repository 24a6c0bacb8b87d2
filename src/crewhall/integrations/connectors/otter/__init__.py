"""Otter."""

from crewhall.integrations.connectors.otter.connector import Otter

CONNECTOR = Otter
