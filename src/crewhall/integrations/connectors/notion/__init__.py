"""Notion."""

from crewhall.integrations.connectors.notion.connector import Notion

CONNECTOR = Notion
