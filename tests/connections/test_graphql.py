"""Platforms that speak GraphQL: what holds operations of which kind, and refusals that come with status 200."""

from __future__ import annotations

import time
from typing import Any

import pytest

from crewhall.demo.twins import Fault
from crewhall.demo.twins.monday import MondayTwin
from crewhall.integrations import ConnectorError, get_connector
from crewhall.integrations.kit import NeedsReconnect, PlatformBusy, PlatformRefused, PlatformUnreadable
from crewhall.integrations.kit.graphql import asked_wait, kinds_of
from crewhall.kit.errors import ValidationFailed
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run, sign_in


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        ("{ me { name } }", {"query"}),
        ("query A($a: I = {x: 1}) { me } fragment F on User { name }", {"query"}),
        ("mutation ($a: I = {x: {y: 1}}) { create(a: $a) { id } }", {"mutation"}),
        ("# query\n mutation { a }", {"mutation"}),
        ('query { a(b: "} mutation { c }") }', {"query"}),
        ('query { a(b: """ } mutation { "quoted" c } """) }', {"query"}),
        ("query { a } mutation { b }", {"query", "mutation"}),
        ("{ a }mutation{ b }", {"query", "mutation"}),
        ("subscription { a }", {"subscription"}),
        ("fragment F on mutation { a }", set()),
        ("", set()),
    ],
)
def test_a_document_is_told_by_the_operations_that_it_holds(document: str, kinds: set[str]) -> None:
    assert kinds == kinds_of(document)


@pytest.mark.parametrize(
    ("more", "least", "most"),
    [
        ({"retry_in_seconds": 42}, 42, 42),
        ({"retryAfter": "soon"}, 7, 7),
        ({"retry_in_seconds": float("inf")}, 7, 7),
        ({"retry_in_seconds": -5}, 0, 0),
        ({"retry_in_seconds": 10**9}, 86_400, 86_400),
        (None, 7, 7),
    ],
)
def test_the_wait_that_an_error_tells_is_kept_within_reason(more: Any, least: int, most: int) -> None:
    assert least <= asked_wait({"errors": [{"extensions": more}]}, 7) <= most


def test_a_wait_can_be_an_instant() -> None:
    at = {"metadata": {"retryAfter": (time.time() + 100) * 1000}}

    assert 90 <= asked_wait({"errors": [{"extensions": at}]}, 7) <= 100


def monday_of(twins: Twins) -> Any:
    twin = twins["monday"]
    return get_connector("monday", twin.keys(), {"api": twin.address})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("COMPLEXITY_BUDGET_EXHAUSTED", PlatformBusy),
        ("InvalidBoardIdException", PlatformRefused),
        ("token_revoked", NeedsReconnect),
        ("nothing known", PlatformRefused),
    ],
)
async def test_an_error_of_graphql_is_a_failure_by_what_to_do(twins: Twins, code: str, kind: type[ConnectorError]) -> None:
    twins["monday"].faults.append(Fault("/v2", "code", code=code))
    async with monday_of(twins) as monday:
        with pytest.raises(kind) as refused:
            await monday.list_boards()

    assert "Said by the twin" not in refused.value.message


async def test_the_seeds_example_works(twins: Twins) -> None:
    async with monday_of(twins) as connector:
        result = await connector.list_boards()

    assert "success" == result.status
    assert ["Board 1", "Board 2", "Board 3", "Board 4", "Board 5"] == [board["name"] for board in result.data["boards"]]


async def test_a_name_with_quotes_arrives_as_it_is(twins: Twins) -> None:
    name = 'The "big" crane\\" }) { id } #'
    async with monday_of(twins) as monday:
        made = (await monday.create_item(board_id="9001", name=name, columns={"status": {"label": 'a "b"'}})).data

    assert (name, 'a "b"') == (made["name"], made["columns"][0]["text"])


async def test_an_item_changes_without_its_board_being_named(twins: Twins) -> None:
    async with monday_of(twins) as monday:
        changed = (await monday.update_item(item_id="900203", columns={"date4": {"date": "2026-12-24"}})).data
        with pytest.raises(PlatformRefused, match="no such item"):
            await monday.update_item(item_id="1", columns={"date4": {"date": "2026-12-24"}})

    assert ["Working on it", "2026-12-24", "The big one"] == [one["text"] for one in changed["columns"]]


async def test_a_query_of_ones_own_changes_nothing(twins: Twins) -> None:
    async with monday_of(twins) as monday:
        with pytest.raises(ValidationFailed, match="must hold a query"):
            await monday.run_query(query='mutation { create_update(item_id: "900101", body: "x") { id } }')
        asked = (await monday.run_query(query="{ boards(limit: 1) { name } }")).data

    assert {"data": {"boards": [{"name": "Board 1"}]}} == asked
    assert 1 == len(twins["monday"].exchanges)


async def test_with_little_complexity_left_nothing_is_asked_until_there_is_more(outer_hall: Hall, twins: Twins) -> None:
    twin = twins["monday"]
    assert isinstance(twin, MondayTwin)
    await connect_with(outer_hall, "monday", twin.keys())
    twin.complexity = 900

    first = await run(outer_hall, "monday_list_boards")
    asked = len(twin.exchanges)
    second = await run(outer_hall, "monday_list_boards")

    assert (200, "platform_busy") == (first.status_code, second.json()["error"]["code"])
    assert 25 < int(second.headers["retry-after"]) <= 37
    assert asked == len(twin.exchanges)


async def test_an_answer_without_data_is_told_as_such(twins: Twins) -> None:
    twins["monday"].faults.append(Fault("/v2", "empty"))
    async with monday_of(twins) as monday:
        with pytest.raises(PlatformUnreadable, match="without data"):
            await monday.list_boards()


async def test_monday_is_connected_by_saying_yes_there_and_its_token_does_not_end(outer_hall: Hall, twins: Twins) -> None:
    made = await sign_in(await outer_hall.owner(), "monday")

    assert ("connected", "oauth", False, []) == (made["status"], made["connection_type"], made["renews_itself"], made["missing_scopes"])
    assert 200 == (await run(outer_hall, "monday_list_boards")).status_code
