"""What every connector is made of: a connector itself is a folder with a manifest and small hooks (docs/decisions/0020)."""

from crewhall.integrations.kit.budget import Budget
from crewhall.integrations.kit.connector import Connector
from crewhall.integrations.kit.manifest import AppGrant, Key, Limit, Manifest, Means, OAuth, Setting
from crewhall.integrations.kit.operation import Missing, Operation, Paged, Response, operation
from crewhall.integrations.kit.trouble import (
    ConnectorError,
    MissingScope,
    NeedsReconnect,
    NotConnected,
    PlatformAway,
    PlatformBusy,
    PlatformRefused,
    PlatformUnreadable,
    Unsure,
)
from crewhall.integrations.kit.wire import Ask, Credentials, Held, Wire

__all__ = [
    "AppGrant",
    "Ask",
    "Budget",
    "Connector",
    "ConnectorError",
    "Credentials",
    "Held",
    "Key",
    "Limit",
    "Manifest",
    "Means",
    "Missing",
    "MissingScope",
    "NeedsReconnect",
    "NotConnected",
    "OAuth",
    "Operation",
    "Paged",
    "PlatformAway",
    "PlatformBusy",
    "PlatformRefused",
    "PlatformUnreadable",
    "Response",
    "Setting",
    "Unsure",
    "Wire",
    "operation",
]
