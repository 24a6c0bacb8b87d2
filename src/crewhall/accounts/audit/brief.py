"""The audit trail in few words, for a model's context."""

from __future__ import annotations

from crewhall.accounts.audit.models import AuditLine, AuditPage


def line(entry: AuditLine) -> str:
    about = f" {entry['subject']}" if entry["subject"] else ""
    return f"{entry['at']:%Y-%m-%d %H:%M:%S}Z {entry['actor_name']} ({entry['client']}) {entry['capability']}{about}: {entry['outcome']}"


def page(found: AuditPage) -> str:
    lines = [line(entry) for entry in found["lines"]] or ["No line meets this filter."]
    return "\n".join([*lines, *([f"more: next_cursor={found['next_cursor']}"] if found["next_cursor"] else [])])
