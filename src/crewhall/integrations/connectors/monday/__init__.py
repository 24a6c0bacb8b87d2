"""monday.com."""

from crewhall.integrations.connectors.monday.connector import Monday

CONNECTOR = Monday
