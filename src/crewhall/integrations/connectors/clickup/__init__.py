"""ClickUp."""

from crewhall.integrations.connectors.clickup.connector import ClickUp

CONNECTOR = ClickUp
