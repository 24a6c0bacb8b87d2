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


AROUND = frozenset({"missing", "next_cursor"})
"""What an answer says of its rows."""


def answer(value: Any) -> str:
    """Any operation's answer: what it says of one thing in a line, and a line for each row; all behind `> `, so that no text in it
    passes for a line of ours."""
    if not isinstance(value, Mapping):
        return quoted(seen(str(value)))
    told = {name: part for name, part in value.items() if name not in AROUND}
    below = [part for part in told.values() if _is_table(part) or (isinstance(part, list) and len(told) == 1)]
    head = _row({name: part for name, part in told.items() if not any(part is rows for rows in below)})
    rows = [_row(row) if isinstance(row, Mapping) else str(row) for part in below for row in part]
    shown = [quoted(line) for line in (head, *rows) if line] or ["Nothing."]
    gone = [f"missing: {len(value['missing'])} could not be read"] if value.get("missing") else []
    more = [f"more: next_cursor={value['next_cursor']}"] if value.get("next_cursor") else []
    return "\n".join([*shown, *gone, *more])


def _is_table(part: Any) -> bool:
    return isinstance(part, list) and any(isinstance(row, Mapping) for row in part)


def _row(row: Mapping[str, Any]) -> str:
    return " · ".join(f"{name}: {_short(part)}" for name, part in row.items() if part not in (None, "", [], {}, False, 0))


def _short(part: Any) -> str:
    text = ", ".join(map(_word, part)) if isinstance(part, list) else _word(part)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _word(part: Any) -> str:
    """Something with a name by that, something without by all that it says."""
    if not isinstance(part, Mapping):
        return str(part)
    return str(part.get("name") or " ".join(f"{name} {one}" for name, one in part.items() if one not in (None, "", [], {})))
