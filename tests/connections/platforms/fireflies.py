"""Fireflies, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried
from tests.harness.graph import schema_of

TRIED = Tried(
    slug="fireflies",
    twin="fireflies",
    judge=schema_of("fireflies/schema.derived.graphql"),
    calls=(
        ("list_transcripts", {"limit": 2, "after": "2026-11-22T00:00:00+01:00", "host_email": "ada@tidewater.example", "mine": True}),
        ("search_transcripts", {"query": "berth", "scope": "title", "limit": 3}),
        ("get_transcript", {"transcript_id": "ff003"}),
        ("get_transcript_summary", {"transcript_id": "ff003"}),
        ("run_query", {"query": "query ($id: String!) { transcript(id: $id) { title } }", "variables": {"id": "ff002"}}),
        ("run_mutation", {"query": "mutation ($id: String!) { deleteTranscript(id: $id) { id } }", "variables": {"id": "ff004"}}),
    ),
    lists=(("list_transcripts", {"limit": 3}, 7), ("search_transcripts", {"query": "berth", "limit": 2}, 7)),
    read="list_transcripts",
    path="/graphql",
)
