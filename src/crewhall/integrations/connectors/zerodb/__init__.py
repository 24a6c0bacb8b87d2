"""ZeroDB: vectors in the hall's own database."""

from crewhall.integrations.connectors.zerodb.connector import ZeroDB

CONNECTOR = ZeroDB
