"""Connections and what platforms answered, in few words, for a model's context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.integrations.connections import rules
from crewhall.integrations.connections.models import (
    Check,
    CheckedAll,
    CheckHistory,
    Dashboard,
    Health,
    Integration,
    IntegrationList,
    PlatformInfo,
    PlatformList,
)
from crewhall.kit.text import quoted, seen

LONGEST = 600


def line(one: Integration) -> str:
    trouble = f": {one['error_message']}" if one["error_message"] else ""
    return f"{one['platform']} {rules.health_word(one)} as {one['account_name']} [{one['id']}]{trouble}"


def lines(found: IntegrationList) -> str:
    return "\n".join(map(line, found["integrations"])) or "Nothing is connected: list_platforms says what could be."


def health(one: Health) -> str:
    when = f"{one['last_checked']:%Y-%m-%d %H:%M}Z" if one["last_checked"] else "never"
    trouble = f": {one['error_message']}" if one["error_message"] else ""
    return f"{one['platform']} {one['status']}, healthy: {one['is_healthy']}, checked {when}{trouble} [{one['integration_id']}]"


def history(found: CheckHistory) -> str:
    return "\n".join([found["platform"], *([_check(one) for one in found["checks"]] or ["not tried yet"])])


def _check(one: Check) -> str:
    trouble = f": {one['error_message']}" if one["error_message"] else ""
    word = "good" if one["is_healthy"] else "failed"
    return f"{one['checked_at']:%Y-%m-%d %H:%M}Z {word} {one['response_time_ms']} ms, {one['source']}{trouble}"


def checked(found: CheckedAll) -> str:
    return "\n".join([f"{found['checked']} tried, {found['healthy']} healthy", *map(health, found["results"])])


def dashboard(found: Dashboard) -> str:
    summary = found["summary"]
    rows = [f"{name}: {one['healthy']} of {one['total']} healthy" for name, one in found["platform_health"].items()]
    errors = [f"{one['checked_at']:%Y-%m-%d %H:%M}Z {one['platform']}: {one['error']}" for one in found["recent_errors"][:3]]
    return "\n".join([f"{summary['healthy']} of {summary['total_integrations']} healthy ({summary['success_rate']:g} %)", *rows, *errors])


def platforms(found: PlatformList) -> str:
    return "\n".join(f"{one['platform']}: {_oauth(one)}; {len(one['operations'])} operations" for one in found["platforms"])


def _oauth(one: PlatformInfo) -> str:
    if not one["oauth"]:
        return "no OAuth"
    return "OAuth ready" if one["oauth_ready"] else f"OAuth needs {', '.join(one['oauth_missing'])}"


# What platforms answered: somebody else's words, and marked as such -------------------------------------------------------


def answer(value: Any) -> str:
    """Any operation's answer: each row a line behind `> `, so that no text in it passes for a line of ours."""
    if not isinstance(value, Mapping):
        return quoted(seen(str(value)))
    rows = next((part for name, part in value.items() if isinstance(part, list) and name != "missing"), None)
    if rows is None:
        return quoted(_row(value))
    shown = [quoted(_row(row) if isinstance(row, Mapping) else str(row)) for row in rows] or ["Nothing."]
    gone = [f"missing: {len(value['missing'])} could not be read"] if value.get("missing") else []
    more = [f"more: next_cursor={value['next_cursor']}"] if value.get("next_cursor") else []
    return "\n".join([*shown, *gone, *more])


def _row(row: Mapping[str, Any]) -> str:
    return " · ".join(f"{name}: {_short(part)}" for name, part in row.items() if part not in (None, "", [], {}, False, 0))


def _short(part: Any) -> str:
    text = ", ".join(map(str, part)) if isinstance(part, list) else str(part)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
