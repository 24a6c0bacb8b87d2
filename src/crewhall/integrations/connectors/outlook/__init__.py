"""Outlook."""

from crewhall.integrations.connectors.outlook.connector import Outlook

CONNECTOR = Outlook
