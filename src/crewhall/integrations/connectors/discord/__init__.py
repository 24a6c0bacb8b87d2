"""Discord."""

from crewhall.integrations.connectors.discord.connector import Discord

CONNECTOR = Discord
