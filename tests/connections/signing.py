"""Messages as platforms sign them, written down here once more from their descriptions, so that a mistake is not made twice alike."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

JSON_TYPE = {"content-type": "application/json"}


def digest(secret: str, body: bytes, kind: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), body, getattr(hashlib, kind)).digest()


def slack(secret: str, payload: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
    return _versioned(secret, payload, at, "x-slack-signature", "x-slack-request-timestamp")


def zoom(secret: str, payload: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
    return _versioned(secret, payload, at, "x-zm-signature", "x-zm-request-timestamp")


def _versioned(secret: str, payload: dict[str, Any], at: float | None, name: str, timed: str) -> tuple[bytes, dict[str, str]]:
    body, stamp = json.dumps(payload).encode(), str(int(at if at is not None else time.time()))
    return body, {name: f"v0={digest(secret, f'v0:{stamp}:'.encode() + body).hex()}", timed: stamp, **JSON_TYPE}


def github(secret: str, payload: dict[str, Any], event: str = "ping", delivery: str = "d-1") -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload).encode()
    signed = {"x-hub-signature-256": f"sha256={digest(secret, body).hex()}"}
    return body, {**signed, "x-github-event": event, "x-github-delivery": delivery, **JSON_TYPE}


def fireflies(secret: str, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload).encode()
    return body, {"x-hub-signature": f"sha256={digest(secret, body).hex()}", **JSON_TYPE}


def otter(secret: str, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload).encode()
    return body, {"x-hmac-sha256": digest(secret, body).hex(), **JSON_TYPE}


def clickup(secret: str, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(payload).encode()
    return body, {"x-signature": digest(secret, body).hex(), **JSON_TYPE}


def twilio(secret: str, payload: dict[str, Any], url: str) -> tuple[bytes, dict[str, str]]:
    signed = url + "".join(f"{name}{payload[name]}" for name in sorted(payload))
    signature = base64.b64encode(digest(secret, signed.encode(), "sha1")).decode()
    return urlencode(payload).encode(), {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
