"""The page of the mirror: what people read of it, and may do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crewhall.demo.twins import ClickUpTwin, Fault
from crewhall.demo.twins.clickup import TEAM
from crewhall.faces.web.sync_status import bars, lag_line, span, told
from tests.clickup.conftest import Mirrored
from tests.clickup.test_writing import clashed, decide
from tests.harness.hall import Hall

pytestmark = pytest.mark.timeout(30)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


async def test_the_page_says_how_the_last_runs_went_and_what_went_wrong(mirrored: Mirrored) -> None:
    await mirrored.read()
    mirrored.twin.faults.append(Fault("/time_entries", status=500, times=4))
    await mirrored.read()
    mirrored.twin.faults.clear()
    owner = await mirrored.hall.owner()

    page = await owner.rest.get("/sync-status", headers={"cookie": f"crewhall_session={owner.token}"})

    text = words(page.text)
    assert 200 == page.status_code
    assert "1 of the last 2 runs complete" in page.text
    assert "Tidewater" in text
    assert "Incomplete" in text
    assert "Time: ClickUp has trouble of its own" in text
    assert "Full resync" in page.text


async def test_whoever_may_not_start_it_is_shown_no_button(mirrored: Mirrored) -> None:
    await mirrored.read()
    viewer, member = await mirrored.hall.person("viewer"), await mirrored.hall.person("member", "Mia Member")

    pages = [(await one.rest.get("/sync-status")).text for one in (viewer, member)]

    assert [(False, False), (True, False)] == [("Run now" in page, "Full resync" in page) for page in pages]


async def test_where_nothing_is_mirrored_the_page_says_what_to_do(hall: Hall) -> None:
    owner = await hall.owner()

    page = await owner.rest.get("/sync-status")

    assert "Connect ClickUp" in page.text


def test_without_a_run_there_is_nothing_to_draw() -> None:
    assert ([], "No run has ended yet") == (bars([]), told([]))


async def test_the_page_draws_how_old_the_mirror_was(mirrored: Mirrored) -> None:
    for _ in range(3):
        await mirrored.read()
    owner = await mirrored.hall.owner()

    page = (await owner.rest.get("/sync-status")).text
    (mirror,) = (await mirrored.hall.call("get_sync_status", runs=10))["mirrors"]

    assert [True, True, False] == [run["lag_seconds"] is not None for run in mirror["runs"]]
    assert 0 <= mirror["lag_seconds"] < 60
    assert '<polyline points="' in page
    assert "at the most in the last 2 runs" in page


def test_the_line_is_as_high_as_the_lag() -> None:
    runs = [{"lag_seconds": lag} for lag in (90.0, 0.0, 45.0, None)]

    assert "0.0,9.0 147.0,17.0 294.0,1.0" == lag_line(runs)
    assert ("", "") == (lag_line([]), lag_line(runs[:1]))
    assert ["46 s", "2 min", "3 h", "2 d"] == [span(one) for one in (46, 120, 3 * 3600, 2 * 86_400)]


async def test_a_tasks_page_says_what_clickup_calls_it_and_shows_its_own_fields(mirrored: Mirrored) -> None:
    task = next(one for one in mirrored.twin.tasks.values() if one["custom_fields"] and not one["archived"])
    field = task["custom_fields"][0] | {"value": "<b>Old & Sons</b>"}
    mirrored.twin.touch(task["id"], custom_fields=[field])
    await mirrored.read()
    key = await mirrored.value("select key from task_facts where organisation_id = $1 and external_id = $2", task["id"])
    own = await mirrored.hall.make_task("Ours")
    owner = await mirrored.hall.owner()

    page, other = [(await owner.rest.get(f"/t/{one}")).text for one in (key, own["key"])]

    assert f'href="https://app.clickup.com/t/{task["id"]}"' in page
    assert f"Fields Status {task['status']['status']}" in words(page)
    assert "At ClickUp Place" in words(page)
    assert "&lt;b&gt;Old &amp; Sons&lt;/b&gt;" in page
    assert "At ClickUp" not in other


async def test_a_tasks_page_offers_the_statuses_of_its_list_by_their_names(mirrored: Mirrored) -> None:
    await mirrored.read()
    place = next(one for one in mirrored.twin.lists if one["override_statuses"])
    there = next(one for one in mirrored.twin.tasks.values() if one["list"]["id"] == place["id"] and not one["archived"])
    key = await mirrored.value("select key from task_facts where organisation_id = $1 and external_id = $2", there["id"])
    owner, ours = await mirrored.hall.owner(), await mirrored.hall.make_task("Of no list")
    headers = {"cookie": f"crewhall_session={owner.token}"}

    theirs = (await owner.rest.get(f"/t/{key}", headers=headers)).text
    plain = (await owner.rest.get(f"/t/{ours['key']}", headers=headers)).text

    assert ["backlog", "drafting", "published"] == offered(theirs)
    assert f'data-name="Status" data-version="1" data-value="{there["status"]["status"]}"' in theirs
    assert ["Not started", "In progress"] == offered(plain)[:2]
    assert 'data-value="not_started"' in plain


def offered(html: str) -> list[str]:
    """The words of the menu of statuses."""
    return re.findall(r'data-words="([^"]*)"', html.partition('id="choices-status"')[2].partition("</template>")[0])


async def test_what_clickup_did_not_take_can_be_sent_again_or_let_go_of_there(mirrored: Mirrored) -> None:
    owner, viewer = await mirrored.hall.owner(), await mirrored.hall.person("viewer")
    before = (await owner.rest.get("/sync-status")).text
    _, key, row = await clashed(mirrored)

    shown, seen = [(await one.rest.get("/sync-status")).text for one in (owner, viewer)]
    await decide(mirrored, "dismiss", row)
    after = (await owner.rest.get("/sync-status")).text

    assert 'data-part="writes" hidden' in before
    assert re.search(r"Clash Title, [a-z, ]+ by robin: changed there as well;", words(shown))
    assert (True, True) == (f'aria-label="Send ours: {key}"' in shown, f"Keep ClickUp&#39;s: {key}" in shown)
    assert (True, False) == ("Theirs, here it became Ours" in seen, "Send ours" in seen)
    assert 'data-part="writes" hidden' in after


async def test_the_page_of_projects_says_what_is_followed_and_leads_to_it_at_clickup(mirrored: Mirrored) -> None:
    await mirrored.read()
    owner, outsider = await mirrored.hall.owner(), await mirrored.hall.person("viewer")
    none = (await owner.rest.get("/projects")).text
    twin, space, folder = mirrored.twin, mirrored.twin.spaces[1], mirrored.twin.folders[0]
    place = next(one for one in twin.lists if one["folder"] is None)
    for name, kind, one in (("The yard", "space", space), ("Quay <works>", "folder", folder), ("Plans", "list", place)):
        await mirrored.hall.call("add_project", owner.actor, name=name, type=kind, id=one["id"])

    page, seen = [(await one.rest.get("/projects")).text for one in (owner, outsider)]
    archived = (await owner.rest.get("/projects?show=archived")).text

    assert 'data-part="followed" hidden' in none
    for path in (f"v/o/s/{space['id']}", f"v/o/f/{folder['id']}", f"v/li/{place['id']}"):
        assert f'href="https://app.clickup.com/{TEAM}/{path}"' in page
    assert "Quay &lt;works&gt;" in page
    assert re.search(rf"Plans ClickUp List(, \d+ open)? {done_of(twin, place)}", words(page))
    assert "Quay &lt;works&gt;" in seen
    assert 'data-part="followed" hidden' in archived


def done_of(twin: ClickUpTwin, place: dict[str, Any]) -> str:
    """How much of a list is done: its work that is not put away, without what is done in its parts or was dropped."""
    here = [one for one in twin.tasks.values() if one["list"]["id"] == place["id"] and not one["archived"]]
    done = sum(one["status"]["type"] in {"done", "closed"} for one in here)
    return f"{done} of {len(here)}"
