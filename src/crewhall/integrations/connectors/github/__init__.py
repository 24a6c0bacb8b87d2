"""GitHub."""

from crewhall.integrations.connectors.github.connector import GitHub

CONNECTOR = GitHub
