"""ZeroVoice: text messages, calls and their recordings."""

from crewhall.integrations.connectors.zerovoice.connector import ZeroVoice

CONNECTOR = ZeroVoice
