"""monday.com, tried."""

from __future__ import annotations

from tests.connections.platforms import Tried
from tests.harness.graph import schema_of

MUTATION = 'mutation ($item: ID!) { create_update(item_id: $item, body: "It is done") { id } }'
TRIED = Tried(
    slug="monday",
    twin="monday",
    judge=schema_of("monday/schema.graphql"),
    calls=(
        ("list_boards", {"limit": 2, "workspace_id": "51"}),
        ("get_board", {"board_id": "9001"}),
        ("list_items", {"board_id": "9001", "limit": 3}),
        ("list_items", {"board_id": "9001", "limit": 3, "cursor": "9001/at:3"}),
        ("create_item", {"board_id": "9001", "name": 'A "quoted" name }', "columns": {"status": {"label": "Done"}}}),
        ("update_item", {"item_id": "900101", "columns": {"status": {"label": "Done"}, "date4": {"date": "2026-12-24"}}}),
        ("create_update", {"item_id": "900101", "body": "It is <b>painted</b>."}),
        ("list_workspaces", {"limit": 2}),
        ("run_query", {"query": "query ($ids: [ID!]) { boards(ids: $ids) { name } }", "variables": {"ids": ["9001"]}}),
        ("run_mutation", {"query": MUTATION, "variables": {"item": "900101"}}),
    ),
    lists=(("list_boards", {"limit": 2}, 5), ("list_items", {"board_id": "9001", "limit": 3}, 7), ("list_workspaces", {"limit": 2}, 3)),
    read="list_boards",
    path="/v2",
)
