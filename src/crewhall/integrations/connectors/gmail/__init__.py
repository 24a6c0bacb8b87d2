"""Gmail."""

from crewhall.integrations.connectors.gmail.connector import Gmail

CONNECTOR = Gmail
