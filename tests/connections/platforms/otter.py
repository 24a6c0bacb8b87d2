"""Otter, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried, described

TXT = "Ada Lindqvist  0:03\nThe rope is short.\n\nKofi Mensah  2:00\nThen we buy one.\n"
FILE = {"title": "Ropes", "content": TXT, "external_id": "ropes", "folder": "Yard", "started_at": "2026-11-20T09:00:00Z"}
TRIED = Tried(
    slug="otter",
    twin="otter",
    judge=described("otter"),
    first=(("add_speech", FILE), ("keep_speeches", {"limit": 3})),
    calls=(
        ("list_speeches", {"limit": 3, "shared": False}),
        ("get_speech", {"speech_id": "conv004"}),
        ("get_speech", {"speech_id": "ropes"}),
        ("get_speech_transcript", {"speech_id": "conv005"}),
        ("get_speech_summary", {"speech_id": "conv006"}),
        ("search_speeches", {"query": "rope short"}),
        ("list_folders", {}),
        ("get_folder_speeches", {"folder": "Yard"}),
        ("add_speech", {"title": "Berths", "content": "Mei: Berth one is taken."}),
        ("keep_speeches", {"limit": 2}),
        ("import_speech", {"url": "https://files.example.com/meeting.mp3", "name": "Monday"}),
        ("update_speech", {"speech_id": "ropes", "title": "Ropes and knots"}),
        ("delete_speech", {"speech_id": "ropes"}),
    ),
    lists=(("list_speeches", {"limit": 3}, 7), ("search_speeches", {"query": "berth", "limit": 1}, 2)),
    read="list_speeches",
    path="/conversations",
)
