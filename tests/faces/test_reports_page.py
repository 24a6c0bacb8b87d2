"""Reports on the page: numbers that lead to their rows, charts, sheets, and what people wrote on all of them."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests.analytics.test_reports import furnished, log
from tests.harness.hall import Hall
from tests.tasks.test_views import place

__all__ = ["furnished"]
pytestmark = pytest.mark.timeout(60)
LINK = re.compile(r'<a href="(/reports/rows\?[^"]+)"><b class="figure num">(\d+)</b>')
SUM = re.compile(r'<a href="(/reports/rows\?[^"]+)">(\d+)</a>')
HOSTILE = "<script>alert(1)</script>"


async def _page(hall: Hall, path: str) -> str:
    reply = await (await hall.owner()).rest.get(path, headers={"Accept": "text/html"})
    assert 200 == reply.status_code, reply.text[:500]
    return reply.text


@pytest.mark.parametrize("path", ["/reports", "/reports?project=Gate+works"])
async def test_every_number_on_the_page_leads_to_as_many_rows(furnished: Hall, path: str) -> None:
    page = await _page(furnished, path)

    numbers = [*LINK.findall(page), *SUM.findall(page)]
    assert len(numbers) > 15
    for address, number in dict(numbers).items():
        shown = await _page(furnished, unescape(address))
        assert re.search(r'<b class="figure num">(\d+)</b>', shown)[1] == number, address  # type: ignore[index]


async def test_a_project_has_its_health_and_charts_and_everything_has_projects(furnished: Hall) -> None:
    project, everything = await _page(furnished, "/reports?project=Gate+works"), await _page(furnished, "/reports")

    assert "of 100, grade" in project
    assert "of 100, grade" not in everything
    assert project.count("<svg xmlns") >= 3
    assert "By project" in everything
    assert "var(--c-" in project


async def test_a_sheet_has_the_rows_of_its_page_and_no_formula(furnished: Hall) -> None:
    await furnished.make_task('=HYPERLINK("http://evil.test")', project="Gate works")
    owner = await furnished.owner()

    reply = await owner.rest.get("/reports/rows.csv?project=Gate+works&set=open")
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    listed = await furnished.call("get_report_tasks", project="Gate works", set="open")

    assert ("text/csv; charset=utf-8", 'attachment; filename="tasks.csv"') == (
        reply.headers["content-type"],
        reply.headers["content-disposition"],
    )
    assert sorted(one["key"] for one in listed["tasks"]) == sorted(row["key"] for row in rows)
    assert '\'=HYPERLINK("http://evil.test")' in [row["title"] for row in rows]


async def test_a_sheet_of_time_sums_to_the_report(furnished: Hall) -> None:
    owner = await furnished.owner()

    rows = list(csv.DictReader(io.StringIO((await owner.rest.get("/reports/time.csv?project=Gate+works")).text)))

    assert 120.0 == sum(float(row["minutes"]) for row in rows if row["minutes"])
    assert 4 == len(rows)


async def test_what_people_wrote_stays_text_on_reports_rows_and_charts(hall: Hall) -> None:
    ada = await hall.person(name=HOSTILE)
    task = await hall.make_task(HOSTILE, project=HOSTILE, tags=["<b>"], assignee_id=str(ada.actor.id))
    await log(hall, ada.actor.id, task["id"], 5)

    for path in ("/reports", f"/reports?project={HOSTILE}", "/reports/rows", "/reports/time", f"/reports?tag={HOSTILE}"):
        page = await _page(hall, path)
        assert "<script>alert" not in page, path


async def test_a_project_page_shows_its_burndown_once_there_is_more_than_a_day(furnished: Hall) -> None:
    async with furnished.world.database.connection() as db:
        await db.execute(
            "update tasks set created_at = created_at - interval '3 days' where organisation_id = $1", furnished.founded.organisation_id
        )
    (project,) = (await furnished.call("list_projects"))["projects"]

    page = await _page(furnished, f"/projects/{project['id']}")

    assert 'id="burndown-head"' in page
    assert "var(--c-prog)" in page


async def test_a_report_without_anything_is_a_page_too(hall: Hall) -> None:
    page = await _page(hall, "/reports")

    assert "Nothing to draw yet." in page
    assert "Nothing is open." in page


@pytest.mark.parametrize(
    "path", ["/reports?project=Nowhere", "/reports/rows?set=nonsense", "/reports/rows?offset=x", "/reports/time?person=nobody-here"]
)
async def test_what_there_is_not_is_said_as_a_page(hall: Hall, path: str) -> None:
    reply = await (await hall.owner()).rest.get(path, headers={"Accept": "text/html"})

    assert reply.status_code in {404, 422}
    assert reply.headers["content-type"].startswith("text/html")


async def test_the_field_suggests_what_is_followed_and_every_place_each_under_what_leads_to_it(hall: Hall) -> None:
    space = await place(hall, "space", "Product")
    folder = await place(hall, "folder", "Engine", space)
    first, second = await place(hall, "list", "Sprint", folder), await place(hall, "list", "Sprint", space)
    await place(hall, "folder", f"Empty {HOSTILE}", space)
    await place(hall, "list", f"Ideas {HOSTILE}", space)
    await hall.make_task("one", project="Gate works")
    await hall.call("map_project", id=str(folder), alias="The motor")

    page = await _page(hall, "/reports")
    suggested = dict(re.findall(r'<option value="([^"]*)" label="([^"]*)">', page))

    assert "Followed: folder Product / Engine" == suggested["The motor"]
    assert "List Gate works" == suggested["Gate works"]
    assert ("List Product / Engine / Sprint", "List Product / Sprint") == (suggested[str(first)], suggested[str(second)])
    assert HOSTILE not in page
    assert not any("Empty" in where for where in suggested.values())
    for value in suggested:
        shown = await _page(hall, f"/reports?{urlencode({'project': unescape(value)})}")
        assert f'value="{value}" maxlength' in shown
