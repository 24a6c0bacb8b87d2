"""Zoom."""

from crewhall.integrations.connectors.zoom.connector import Zoom

CONNECTOR = Zoom
