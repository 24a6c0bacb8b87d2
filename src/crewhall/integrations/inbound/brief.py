"""What platforms told us, in few words, for a model's context."""

from __future__ import annotations

from crewhall.integrations.inbound.models import InboundDelivery, InboundPage, InboundWebhook


def hook(one: InboundWebhook) -> str:
    heard = f"last heard {one['last_heard_at']:%Y-%m-%d %H:%M}Z ({one['last_event']})" if one["last_heard_at"] else "never heard"
    refused = f"; refused {one['refused_at']:%Y-%m-%d %H:%M}Z: {one['refused_reason']}" if one["refused_at"] else ""
    closed = "" if one["is_open"] else "; closed: no secret is set"
    far = "" if one["reachable"] else "; platforms cannot reach this address: set CREWHALL_PUBLIC_URL"
    return f"{one['platform']} {heard}{refused}{closed}, address {one['address']}{far}"


def page(found: InboundPage) -> str:
    lines = [_delivery(one) for one in found["deliveries"]] or ["Nothing was heard."]
    return "\n".join([*lines, *([f"next_cursor={found['next_cursor']}"] if found["next_cursor"] else [])])


def _delivery(one: InboundDelivery) -> str:
    trouble = f": {one['error']}" if one["error"] else ""
    return f"{one['received_at']:%Y-%m-%d %H:%M}Z {one['event']} {one['state']}{trouble}"
