"""The board as the server writes it: what its address asks for, and what can be done with it where no script runs."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx2
import pytest

from crewhall.faces.web.board import chips_of, live_filter
from crewhall.faces.web.view import View
from tests.harness.hall import Hall

INES = {"id": "01a1fc2d-72b8-7a9f-b4cb-70845b56ee9b", "name": "Ines Duarte", "username": "ines", "kind": "person"}


async def shown(client: httpx2.AsyncClient, address: str = "/board") -> list[str]:
    """The titles on a page, in its order."""
    reply = await client.get(address)
    assert 200 == reply.status_code, reply.text
    page = reply.text.partition('<template id="task">')[0]
    return [unescape(title) for title in re.findall(r'<a class="title"[^>]*>(.*?)</a>', page)]


async def furnish(hall: Hall) -> None:
    await hall.make_task("Paint", repository="Grounds", tags=["colour"], priority="high")
    await hall.make_task("Oil", repository="grounds", assignee_id="me", project="Gates")
    await hall.make_task("Sweep", repository="yard", priority="critical", due_at="2026-12-01T00:00Z")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Sweep", "Oil", "Paint"]),
        ("repository=GROUNDS", ["Oil", "Paint"]),
        ("repository=grounds&assignee=nobody", ["Paint"]),
        ("assignee=robin", ["Oil"]),
        ("assignee=agents", ["Oil"]),
        ("tag=Colour", ["Paint"]),
        ("project=gates", ["Oil"]),
        ("priority=critical", ["Sweep"]),
        ("q=sweeping", ["Sweep"]),
        ("repository=", ["Sweep", "Oil", "Paint"]),
        ("utm_source=chat&repository=yard", ["Sweep"]),
        ("repository=elsewhere", []),
        ("view=list", ["Sweep", "Oil", "Paint"]),
        ("view=list&sort=title", ["Oil", "Paint", "Sweep"]),
        ("view=list&sort=title&way=down", ["Sweep", "Paint", "Oil"]),
        ("view=list&sort=priority", ["Sweep", "Paint", "Oil"]),
        ("view=list&sort=due", ["Sweep", "Oil", "Paint"]),
        ("view=list&sort=nonsense", ["Sweep", "Oil", "Paint"]),
    ],
)
async def test_the_address_says_which_tasks_and_how(hall: Hall, query: str, titles: list[str]) -> None:
    await furnish(hall)

    assert titles == await shown(hall.rest, f"/board?{query}")


async def test_the_board_keeps_the_order_that_people_made(hall: Hall) -> None:
    first, second = await hall.make_task("First"), await hall.make_task("Second")
    await hall.rest.put(f"/api/tasks/{first['key']}/place", json={"before": second["key"]})

    assert ["First", "Second"] == await shown(hall.rest)


@pytest.mark.parametrize("query", ["priority=nonsense", "assignee=stranger", "q=%00", "repository=a&repository=b", "tag=%ff"])
async def test_an_address_that_cannot_be_shown_says_why_on_a_page(hall: Hall, query: str) -> None:
    reply = await hall.rest.get(f"/board?{query}")

    assert 400 <= reply.status_code < 500
    assert "This page cannot be shown" in reply.text


async def test_words_of_an_address_stay_text(hall: Hall) -> None:
    reply = await hall.rest.get("/board", params={"repository": '"><script>alert(1)</script>', "q": "</b><img src=x>"})

    assert 200 == reply.status_code
    assert "<script>alert" not in reply.text
    assert "<img" not in reply.text


async def test_filters_and_views_work_without_a_script(hall: Hall) -> None:
    await furnish(hall)
    page = (await hall.rest.get("/board?repository=grounds&tag=colour")).text
    links = [unescape(link) for link in re.findall(r'href="(/board[^"]*)"', page)]

    removing = re.search(r'href="([^"]*)" aria-label="Remove the filter Tag is colour"', page)
    assert removing is not None
    assert ["Oil", "Paint"] == await shown(hall.rest, unescape(removing[1]))
    assert "/board?repository=grounds&tag=colour&assignee=me" in links
    assert "/board?view=list&repository=grounds&tag=colour" in links
    assert '<form class="menu filter-form" id="filter" popover method="get" action="/board"' in page


async def test_nobody_is_offered_what_belongs_to_another_organisation(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    await other.make_task("Theirs", repository="their-repository", tags=["their-tag"])

    page = (await hall.rest.get("/board")).text

    assert [] == [word for word in ("their-repository", "their-tag", str(other.founded.organisation_id)) if word in page]
    await other.rest.aclose()


@pytest.mark.parametrize("role", ["owner", "viewer"])
async def test_the_navigation_leads_only_where_somebody_may_go(hall: Hall, role: str) -> None:
    key = await hall.join("Rita Reader", role=role)

    page = (await hall.rest_as(key).get("/board")).text

    offered = {name for name in ("/people", "/keys", "/audit", "/docs") if f'class="nav-item" href="{name}"' in page}
    assert ({"/people", "/keys", "/audit", "/docs"} if role == "owner" else {"/people", "/docs"}) == offered


# The address ------------------------------------------------------------------------------------------------------------


def test_a_heading_sorts_then_turns_around_then_lets_go() -> None:
    plain = View({"q": "a b"}, "list")
    sorted_ = View({"q": "a b"}, "list", "due")
    turned = View({"q": "a b"}, "list", "due", down=True)

    assert "/board?view=list&q=a+b&sort=due" == plain.sorted_by("due")
    assert "/board?view=list&q=a+b&sort=due&way=down" == sorted_.sorted_by("due")
    assert "/board?view=list&q=a+b" == turned.sorted_by("due")
    assert "/board?view=list&q=a+b&sort=title" == turned.sorted_by("title")


@pytest.mark.parametrize(
    ("assignee", "live"),
    [
        ("me", ("me", [])),
        ("ines", (INES["id"], [])),
        ("Ines Duarte", (INES["id"], [])),
        ("ines@example.test", ("ines@example.test", ["assignee"])),
    ],
)
def test_a_script_is_told_what_it_can_decide_itself(assignee: str, live: tuple[str, list[str]]) -> None:
    found = live_filter(View({"assignee": assignee}), [INES], {"projects": []})

    assert live == (found["filters"]["assignee"], found["ask"])


def test_text_is_for_the_server_to_find() -> None:
    assert ["q"] == live_filter(View({"q": "gate"}), [], {"projects": []})["ask"]


@pytest.mark.parametrize(("project", "asked"), [("autumn", []), ("Ops", ["project"]), ("Product / Plan", ["project"])])
def test_only_the_server_knows_which_tasks_a_folder_a_path_or_a_followed_name_holds(project: str, asked: list[str]) -> None:
    facets = {"projects": [{"name": "Autumn", "count": 1}, {"name": "Product / Plan", "count": 1}]}

    assert asked == live_filter(View({"project": project}), [], facets)["ask"]


def test_a_chip_says_a_name_and_how_to_be_rid_of_it() -> None:
    view = View({"assignee": str(INES["id"]), "tag": "money"})

    chips: list[Any] = [(chip.word, chip.value, chip.without) for chip in chips_of(view, [INES])]

    assert [("Assignee", "Ines Duarte", "/board?tag=money"), ("Tag", "money", f"/board?assignee={INES['id']}")] == chips


@pytest.mark.parametrize(
    ("role", "query", "found"),
    [
        ("member", "", (True, True)),
        ("member", "view=list", (True, True)),
        ("viewer", "", (True, False)),
        ("member", "tag=colour", (False, False)),
    ],
)
async def test_a_hall_without_tasks_says_so_and_offers_the_first(hall: Hall, role: str, query: str, found: tuple[bool, bool]) -> None:
    reader = hall.rest_as((await hall.person(role, "Reader")).token)
    page = (await reader.get(f"/board?{query}")).text
    fresh = page.partition('class="empty fresh"')[2].partition("</div>")[0]

    assert found == ("No task yet" in fresh, "data-new-task" in fresh)
