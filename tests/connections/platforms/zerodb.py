"""ZeroDB, tried: at the hall itself, so that there is no twin."""

from __future__ import annotations

from tests.connections.platforms import Tried

VECTOR = [0.1, -0.2, 0.3]
KEPT = {"collection": "tickets", "vector": VECTOR, "vector_id": "CH-1", "document": "The ramp is closed", "metadata": {"open": True}}
TRIED = Tried(
    slug="zerodb",
    twin="",
    calls=(
        ("create_collection", {"name": "new-one", "dimension": 3}),
        ("list_collections", {"limit": 1}),
        ("get_collection_stats", {"collection": "tickets"}),
        ("store_embedding", KEPT),
        ("search_similar", {"collection": "tickets", "vector": VECTOR, "limit": 3, "threshold": 0.5, "filter": {"open": True}}),
        ("get_embedding", {"collection": "tickets", "vector_id": "CH-1"}),
        ("delete_embedding", {"collection": "tickets", "vector_id": "CH-1"}),
        ("delete_collection", {"collection": "tickets"}),
    ),
    first=(("create_collection", {"name": "tickets", "dimension": 3}), ("store_embedding", KEPT)),
)
