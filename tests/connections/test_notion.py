"""Notion: data sources are found, pages are walked to their end, and values are plain."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.demo.twins import Fault
from crewhall.demo.twins.notion import MIXED, TASK_SOURCE, TASKS, TOP, NotionTwin, an_id
from crewhall.integrations import get_connector
from crewhall.integrations.kit import MissingScope, NeedsReconnect, PlatformAway, PlatformBusy, PlatformRefused, PlatformUnreadable
from crewhall.kit.errors import ValidationFailed
from tests.harness.hall import Hall
from tests.harness.twins import Twins, run, sign_in


def twin_of(twins: Twins) -> NotionTwin:
    twin = twins["notion"]
    assert isinstance(twin, NotionTwin)
    return twin


def notion_of(twins: Twins) -> Any:
    return get_connector("notion", twin_of(twins).keys(), {"api": twin_of(twins).address})


async def test_a_page_is_read_with_blocks_within_blocks(twins: Twins) -> None:
    async with notion_of(twins) as notion:
        page = (await notion.get_page_content(page_id=TOP)).data

    assert ["# Welcome", "The yard is behind the gate.", "More", "  The key hangs left.", "    Very deep.", "- [x] Get a key"] == page[
        "text"
    ].split("\n")[:6]
    assert [] == page["missing"]


async def test_what_lies_too_deep_or_comes_too_late_is_named(twins: Twins) -> None:
    async with notion_of(twins) as notion:
        shallow = await notion.get_page_content(page_id=TOP, depth=1)
        short = await notion.get_page_content(page_id=TOP, limit=2)

    assert ("partial", [an_id(503)]) == (shallow.status, [one["what"] for one in shallow.data["missing"]])
    assert 2 == len(short.data["blocks"])


async def test_a_part_that_cannot_be_read_hides_no_other(twins: Twins) -> None:
    twin_of(twins).faults.append(Fault(f"/{an_id(503)}/children", "code", code="object_not_found"))
    async with notion_of(twins) as notion:
        page = (await notion.get_page_content(page_id=TOP)).data

    assert [an_id(503)] == [one["what"] for one in page["missing"]]
    assert "Get a key" in page["text"]


async def test_blocks_that_hold_each_other_are_walked_once(twins: Twins) -> None:
    twin = twin_of(twins)
    twin.blocks[an_id(505)][0] |= {"id": an_id(503), "has_children": True}
    async with notion_of(twins) as notion:
        await notion.get_page_content(page_id=TOP, depth=8)

    assert 1 == len(twin.asked(f"/{an_id(503)}/children"))


async def test_the_same_page_again_and_again_is_noticed(twins: Twins) -> None:
    twin = twin_of(twins)
    again = {"object": "list", "results": [], "next_cursor": "at:0", "has_more": True}
    twin._list = lambda *_: again  # type: ignore[method-assign]
    try:
        async with notion_of(twins) as notion:
            with pytest.raises(PlatformUnreadable, match="again and again"):
                await notion.get_page_content(page_id=TOP)
            with pytest.raises(PlatformUnreadable, match="again and again"):
                [row async for row in notion.each("list_users")]
    finally:
        del twin._list


async def test_a_database_is_asked_through_its_data_source(twins: Twins) -> None:
    async with notion_of(twins) as notion:
        rows = (await notion.query_database(database_id=TASKS, limit=1)).data["rows"]
        with pytest.raises(ValidationFailed, match="2 data sources"):
            await notion.query_database(database_id=MIXED)

    plain = {"Done": False, "Status": "In progress", "Due": "2026-12-01", "Owner": ["Ada Lindqvist"], "Hours": 1, "Late": False}
    assert ("Task 301", plain) == (rows[0]["title"], rows[0]["properties"])
    assert 1 == len(twin_of(twins).asked(f"/data_sources/{TASK_SOURCE}/query"))


async def test_a_row_is_made_in_the_data_source_of_its_database(twins: Twins) -> None:
    async with notion_of(twins) as notion:
        made = (await notion.create_page(parent_id=TASKS, parent_type="database", title="Paint", text="One.\n\nTwo.")).data
        text = (await notion.get_page_content(page_id=made["id"])).data["text"]

    assert (TASK_SOURCE, "Paint", "One.\nTwo.") == (made["parent"], made["title"], text)


async def test_a_long_text_goes_in_pieces_and_a_far_too_long_one_not_at_all(twins: Twins) -> None:
    async with notion_of(twins) as notion:
        await notion.append_block_children(block_id=TOP, text="x" * 5000)
        asked = len(twin_of(twins).exchanges)
        with pytest.raises(ValidationFailed, match="100 at once"):
            await notion.append_block_children(block_id=TOP, text="\n\n".join("abc" for _ in range(101)))

    assert "x" * 5000 == "".join(piece["text"]["content"] for piece in twin_of(twins).blocks[TOP][-1]["paragraph"]["rich_text"])
    assert asked == len(twin_of(twins).exchanges)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unauthorized", NeedsReconnect), ("restricted_resource", MissingScope), ("rate_limited", PlatformBusy),
        ("object_not_found", PlatformRefused), ("service_unavailable", PlatformAway), ("validation_error", PlatformRefused),
    ],
)  # fmt: skip
async def test_a_refusal_is_told_by_what_to_do(twins: Twins, code: str, kind: type[Exception]) -> None:
    twin_of(twins).faults.append(Fault("/users", "code", code=code, times=9))
    async with notion_of(twins) as notion:
        with pytest.raises(kind) as refused:
            await notion.list_users()

    assert kind is type(refused.value)
    assert "Said by the twin" not in str(refused.value)


async def test_notion_is_connected_by_saying_yes_there(outer_hall: Hall, twins: Twins) -> None:
    made = await sign_in(await outer_hall.owner(), "notion")

    assert ("connected", "oauth", []) == (made["status"], made["connection_type"], made["missing_scopes"])
    assert 200 == (await run(outer_hall, "notion_list_users")).status_code
