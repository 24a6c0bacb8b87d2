"""Slack."""

from crewhall.integrations.connectors.slack.connector import Slack

CONNECTOR = Slack
