"""Notion, tried."""

from __future__ import annotations

from crewhall.demo.twins.notion import MIXED, SECOND_SOURCE, TASKS, TOP, an_id
from tests.connections.platforms import Tried, described

TRIED = Tried(
    slug="notion",
    twin="notion",
    judge=described("notion"),
    calls=(
        ("search", {"query": "yard", "kind": "page", "limit": 2}),
        ("search", {"kind": "database"}),
        ("get_page", {"page_id": f"https://app.notion.com/p/Task-{an_id(301).replace('-', '')}?pvs=4"}),
        ("get_page_content", {"page_id": TOP}),
        ("create_page", {"parent_id": TOP, "title": 'A "new" page'}),
        ("update_page", {"page_id": an_id(301), "title": "Paint", "properties": {"Done": {"checkbox": True}}, "in_trash": False}),
        ("query_database", {"database_id": TASKS, "filter": {"property": "Done", "checkbox": {"equals": True}}, "limit": 2}),
        ("query_database", {
            "database_id": MIXED, "data_source_id": SECOND_SOURCE, "sorts": [{"property": "Name", "direction": "ascending"}],
        }),
        ("get_database", {"database_id": MIXED}),
        ("append_block_children", {"block_id": TOP, "text": "First.\n\nSecond."}),
        ("list_users", {"limit": 2}),
    ),
    lists=(("search", {"limit": 4}, 15), ("query_database", {"database_id": TASKS, "limit": 3}, 7), ("list_users", {"limit": 2}, 4)),
    read="list_users",
    path="/users",
)  # fmt: skip
