"""Full-text search."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.errors import ValidationFailed
from crewhall.tasks.board import rules
from crewhall.tasks.board.store import search as store
from tests.harness.hall import Hall


async def search(hall: Hall, q: str, **more: Any) -> dict[str, Any]:
    reply = await hall.rest.get("/api/tasks/search", params={"q": q, **more})
    assert 200 == reply.status_code, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def titles(hall: Hall, q: str) -> list[str]:
    return [hit["task"]["title"] for hit in (await search(hall, q))["hits"]]


def marked(hit: dict[str, Any]) -> list[str]:
    return [hit["snippet"][start:end] for start, end in hit["matches"]]


async def test_words_are_found_in_title_description_and_comments_the_title_first(hall: Hall) -> None:
    said = await hall.make_task("Third")
    await hall.rest.post(f"/api/tasks/{said['key']}/comments", json={"comment": "The webhook was dropped."})
    await hall.make_task("Second", description="Retry the webhook when the ledger is away.")
    await hall.make_task("Dropped webhooks come back")
    await hall.make_task("Something else")

    hits = (await search(hall, "webhook"))["hits"]

    assert ["Dropped webhooks come back", "Second", "Third"] == [hit["task"]["title"] for hit in hits]
    assert ["title", "description", "comment"] == [hit["field"] for hit in hits]
    assert [["webhooks"], ["webhook"], ["webhook"]] == [marked(hit) for hit in hits]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("sailing", {"Late sailing", "Sailings and ferries"}),
        ("sail", {"Late sailing", "Sailings and ferries"}),
        ("late sai", {"Late sailing"}),
        ('"late sailing"', {"Late sailing"}),
        ('"sailing late"', set()),
        ("sailing -late", {"Sailings and ferries"}),
        ("late or ferries", {"Late sailing", "Sailings and ferries"}),
        ("ferr", {"Sailings and ferries"}),
        ("CH-1", {"Late sailing"}),
        ("ch-2", {"Sailings and ferries"}),
        ("2", {"Sailings and ferries"}),
        ("999999999999999", set()),
        ("the", set()),
        ("nothing-like-it", set()),
    ],
)
async def test_what_people_type_is_understood(hall: Hall, q: str, expected: set[str]) -> None:
    await hall.make_task("Late sailing")
    await hall.make_task("Sailings and ferries")

    assert expected == set(await titles(hall, q))
    assert expected == {task["title"] for task in (await hall.rest.get("/api/tasks", params={"q": q})).json()["tasks"]}


@pytest.mark.parametrize(
    "q",
    [
        "'", "''", '"', '"open', "a & | ! b", "( (", "*:*", ":*", "a:*b", "\\", "%_", "-", "--", "or", "OR or", "<b>&amp;", "<->", "!!",
        "'; drop table tasks; --", "\u202eevil", "😀", "ab\u0301c", "x" * 500, " ".join("x" * 50), "a\u2028b", "٢", "²",
    ],
)  # fmt: skip
async def test_whatever_is_typed_never_breaks(hall: Hall, q: str) -> None:
    await hall.make_task(q.strip() or "x")

    await search(hall, q)
    assert 200 == (await hall.rest.get("/api/tasks", params={"q": q})).status_code


@pytest.mark.parametrize("q", ["", "x" * 100_000, "nul\x00", "two\nlines"])
async def test_what_is_no_query_is_refused(hall: Hall, q: str) -> None:
    with pytest.raises(ValidationFailed, match="q: "):
        await hall.call("search_tasks", q=q)


async def test_matches_count_code_points_and_marks_of_others_do_not_count(hall: Hall) -> None:
    await hall.make_task("Emoji", description="😀😀 \x01fake\x02 the harbour\x02 and \x01more <b>harbour</b>")

    hit = (await search(hall, "harbour"))["hits"][0]

    assert ["harbour", "harbour"] == marked(hit)


async def test_hits_are_read_page_by_page_each_once(hall: Hall) -> None:
    for number in range(7):
        await hall.make_task(f"Paint gate {number}", description="gate " * (number % 3))
    found, cursor = [], None
    while True:
        page = await search(hall, "gate", limit=3, **({"cursor": cursor} if cursor else {}))
        found += [hit["task"]["key"] for hit in page["hits"]]
        if (cursor := page["next_cursor"]) is None:
            break

    assert 7 == len(found) == len(set(found))


@pytest.mark.parametrize("few", [0, 1, 1000])
async def test_a_word_that_many_tasks_have_is_found_in_the_newest(hall: Hall, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(store, "FEW", few)
    await hall.make_task("Gate one")
    await hall.make_task("Two", description="The gate.", due_at="2030-01-01T00:00:00Z")
    await hall.rest.post("/api/tasks/CH-2/comments", json={"comment": "What a gate."})
    said = await hall.make_task("Three")
    await hall.rest.post(f"/api/tasks/{said['key']}/comments", json={"comment": "Nice gate."})

    assert {"Gate one", "Two", "Three"} == set(await titles(hall, "gate"))
    for order in ("newest", "rank", "due"):
        listed = (await hall.rest.get("/api/tasks", params={"q": "gate", "order": order, "status": "not_started,blocked"})).json()
        assert {"Gate one", "Two"} == {task["title"] for task in listed["tasks"]}


async def test_a_cursor_of_a_list_does_not_fit_a_search(hall: Hall) -> None:
    for _ in range(2):
        await hall.make_task()
    cursor = (await hall.call("get_tasks", limit=1))["next_cursor"]

    assert 400 == (await hall.rest.get("/api/tasks/search", params={"q": "gate", "cursor": cursor})).status_code


@given(st.text("ab1_é 😀 \"'&|!():*<>\\-\n\u202e", max_size=30))
def test_every_text_is_a_query(text: str) -> None:
    query = rules.read_query(text)

    assert query.words == text
    assert query.last is None or query.head + query.last[1:-3] == text


@given(st.lists(st.tuples(st.text("abc 😀", max_size=5), st.text("abc", min_size=1, max_size=3))))
def test_a_headline_is_read_back_into_text_and_matches(pieces: list[tuple[str, str]]) -> None:
    text = "".join(f"{between}{rules.MARK}{match}{rules.END}" for between, match in pieces)

    snippet, matches = rules.read_headline(text)

    assert "".join(between + match for between, match in pieces) == snippet
    assert [match for _, match in pieces] == [snippet[start:end] for start, end in matches]
