"""ZeroVoice, tried, by the document that Twilio publishes."""

from __future__ import annotations

from crewhall.demo.twins import Exchange
from crewhall.demo.twins.twilio import OTHER, OWN
from tests.connections.platforms import Judge, Tried
from tests.harness.specification import Specification

CALL, MESSAGE, RECORDING = f"CA{1:032}", f"SM{1:032}", f"RE{1:032}"


def judge() -> Judge:
    specification = Specification.of("twilio")

    def faults(exchange: Exchange) -> list[str]:
        if exchange.path.endswith((".mp3", ".wav")):  # a file, which no document describes
            return []
        return specification.faults(exchange, f"/2010-04-01{exchange.path}")

    return faults


TRIED = Tried(
    slug="zerovoice",
    twin="twilio",
    revoked="20003",
    judge=judge,
    calls=(
        ("send_sms", {"to": OTHER, "from_number": OWN, "body": "The ferry is late", "status_callback": "https://hall.example/told"}),
        ("send_sms", {"to": OTHER, "from": f"MG{'0' * 32}", "body": "Größe & Co"}),
        ("list_messages", {"to": OTHER, "limit": 3, "after": "2026-11-01T00:00:00Z"}),
        ("get_message", {"message_id": MESSAGE}),
        ("make_call", {"to": OTHER, "from_number": OWN, "twiml_url": "https://hall.example/hello.xml", "record": True}),
        ("make_call", {"to": OTHER, "from_number": OWN, "twiml": "<Response><Say>Late</Say></Response>"}),
        ("list_calls", {"status": "completed", "before": "2026-12-01T00:00:00Z"}),
        ("get_call", {"call_id": CALL}),
        ("list_recordings", {"call_id": CALL}),
        ("get_recording", {"recording_id": RECORDING}),
        ("download_recording", {"recording_id": RECORDING}),
        ("transcribe_recording", {"recording_id": RECORDING}),
    ),
    lists=(("list_messages", {"limit": 2}, 7), ("list_calls", {"limit": 2}, 5), ("list_recordings", {"limit": 3}, 4)),
    read="list_messages",
    path="/Messages.json",
)
