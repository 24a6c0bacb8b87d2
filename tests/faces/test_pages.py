"""Pages besides the board, as the server writes them: who sees what, and that hostile text stays text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from crewhall.faces.web.feed import feed_of
from crewhall.faces.web.join import _sentence
from crewhall.faces.web.wording import duration, is_key, moment, weekday
from crewhall.kit.errors import Conflict, ValidationFailed
from tests.faces.test_web import FORM
from tests.harness.hall import PASSWORD, Hall

HOSTILE = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(2)>"
MEMBERS_ONLY = ["/t/CH-1", "/people", "/keys", "/account", "/audit"]
FIELDS = {
    "type",
    "progress_percentage",
    "status",
    "priority",
    "complexity",
    "assignees",
    "due_at",
    "project",
    "repository",
    "tags",
    "parent_id",
    "start_at",
    "estimate_minutes",
}


def reader(hall: Hall, key: str) -> httpx2.AsyncClient:
    """A browser that is logged in: the page's cookie carries any credential."""
    client = hall.rest_as(None)
    client.headers["Cookie"] = f"crewhall_session={key}"
    return client


async def page_of(hall: Hall, path: str, role: str = "member", *, status: int = 200) -> str:
    reply = await reader(hall, await hall.join("Reader", role=role)).get(path)
    assert status == reply.status_code, reply.text
    return reply.text


# Who gets in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MEMBERS_ONLY)
async def test_who_is_not_logged_in_is_sent_to_the_log_in(hall: Hall, path: str) -> None:
    reply = await hall.rest_as(None).get(path)

    assert (303, "/login") == (reply.status_code, reply.headers["location"])


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
@pytest.mark.parametrize("path", ["/people", "/keys", "/account"])
async def test_members_see_these_pages(hall: Hall, path: str, role: str) -> None:
    assert "Not shown" not in await page_of(hall, path, role)


@pytest.mark.parametrize("path", ["/t/{key}", "/people", "/account"])
async def test_a_viewer_reads_and_sees_no_controls(hall: Hall, path: str) -> None:
    task = await hall.make_task()

    page = await page_of(hall, path.format(key=task["key"]), "viewer")

    assert not re.search(r"data-edit\b|data-change-role|data-more|data-open|id=\"(write|add-sub|edit-form|invite)\"", page)


async def test_every_page_keeps_to_the_policy(hall: Hall) -> None:
    task = await hall.make_task()
    client = reader(hall, await hall.join("Reader", role="owner"))

    for path in [f"/t/{task['key']}", "/people", "/keys", "/account", "/audit", "/t/CH-9999", "/join/nothing"]:
        reply = await client.get(path)
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", reply.text), path
        assert "http://" not in reply.text.replace("http://localhost", ""), path


# A task ---------------------------------------------------------------------------------------------------------------


async def test_a_task_shows_its_text_as_markdown_and_its_keys_as_links(hall: Hall) -> None:
    other = await hall.make_task("The other")
    task = await hall.make_task(description=f"After **{other['key']}**, [read](https://example.test).\n\n- [x] done")

    page = await page_of(hall, f"/t/{task['key']}")

    assert f'<a href="/t/{other["key"]}" class="key" rel="noopener nofollow">' in page
    assert '<a href="https://example.test" rel="noopener nofollow">read</a>' in page
    assert '<li class="done"><span class="vh">Done: </span>done</li>' in page


async def test_a_task_has_all_its_fields_in_the_rail(hall: Hall) -> None:
    task = await hall.make_task(
        assignee_id="me", repository="gate", project="Offline", tags=["late", "loud"], estimate_minutes=150, due_at="2026-12-24T10:00:00Z"
    )  # fmt: skip

    page = await page_of(hall, f"/t/{task['key']}")

    assert FIELDS == set(re.findall(r'class="prop"[^>]* data-field="(\w+)"', page))
    for shown in ("2 h 30 min", "Thu 24 Dec", '<span class="tag">late</span>', "Offline", "robin"):
        assert shown in page


async def test_a_change_is_one_line_and_a_comment_a_card(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.move(task, "blocked", comment="No paint left")
    await hall.call("add_task_comment", task_id=task["key"], comment="Paint *ordered*")

    page = await page_of(hall, f"/t/{task['key']}")

    assert re.search(r"set status.*<s>Not started</s>.*<b>Blocked</b>", page)
    assert "No paint left" in page
    assert "Paint <em>ordered</em>" in page
    assert "agent of Olive" in page


async def test_tabs_are_addresses(hall: Hall) -> None:
    task = await hall.make_task()

    page = await page_of(hall, f"/t/{task['key']}?show=history")

    assert 'data-show="history"' in page
    assert re.search(r'data-tab="history" aria-current="true"', page)


@pytest.mark.parametrize("wrong", ["?show=nonsense", "?other=1", "?show="])
async def test_an_unknown_tab_is_the_first(hall: Hall, wrong: str) -> None:
    task = await hall.make_task()

    assert 'data-show=""' in await page_of(hall, f"/t/{task['key']}{wrong}")


async def test_hostile_text_stays_text_everywhere(hall: Hall) -> None:
    task = await hall.make_task(HOSTILE, description=HOSTILE, repository=HOSTILE[:200], project=HOSTILE[:200], tags=[HOSTILE[:30]])
    await hall.call("add_task_comment", task_id=task["key"], comment=HOSTILE)
    await hall.call("update_task", task_id=task["key"], title=HOSTILE + "!", description="other", comment=HOSTILE)
    await hall.make_task(HOSTILE, parent_id=task["key"])
    await hall.join(HOSTILE)
    client = reader(hall, await hall.join("Reader", role="owner"))

    for path in [f"/t/{task['key']}", "/people", "/keys", "/audit", f"/audit?subject={HOSTILE}", f"/t/{HOSTILE.replace('/', '')}"]:
        page = (await client.get(path)).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path


async def test_a_key_in_small_letters_or_an_id_leads_to_the_address_that_people_copy(hall: Hall) -> None:
    task = await hall.make_task()
    client = reader(hall, await hall.join("Reader"))

    replies = [await client.get(f"/t/{reference}") for reference in (task["key"].lower(), task["id"])]

    assert [(303, f"/t/{task['key']}")] * 2 == [(reply.status_code, reply.headers["location"]) for reply in replies]


async def test_an_unknown_key_offers_those_that_look_like_it(hall: Hall) -> None:
    task = await hall.make_task()

    page = await page_of(hall, f"/t/{task['key']}7", status=404)

    assert f'href="/t/{task["key"]}"' in page


async def test_another_organisations_task_is_unknown(hall: Hall, world: Any) -> None:
    task = await hall.make_task("ours alone")
    outsider = await Hall.open(world, hall.app)

    page = await page_of(outsider, f"/t/{task['id']}", status=404)

    assert "ours alone" not in page


async def test_a_deleted_task_can_be_brought_back_by_those_who_may(hall: Hall) -> None:
    task = await hall.make_task("Not needed")
    await hall.call("delete_task", task_id=task["key"])

    member = await page_of(hall, f"/t/{task['key']}", status=410)
    viewer = await page_of(hall, f"/t/{task['key']}", "viewer", status=404)

    assert (True, True) == ('id="restore"' in member, "Not needed" in member)
    assert (False, False) == ('id="restore"' in viewer, "Not needed" in viewer)


async def test_who_may_change_a_comment_finds_its_buttons(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.call("add_task_comment", task_id=task["key"], comment="The robin's")

    own = await reader(hall, hall.founded.api_key).get(f"/t/{task['key']}")
    others = {role: await page_of(hall, f"/t/{task['key']}", role) for role in ("member", "admin", "viewer")}

    assert 'aria-label="Edit your comment"' in own.text
    assert {"member": False, "admin": True, "viewer": False} == {role: "data-edit-comment" in page for role, page in others.items()}


def test_a_change_of_a_date_or_a_duration_is_told_in_words() -> None:
    task: Any = {
        "comments": [],
        "history": [_change("due_at", None, "2026-12-24T10:00:00+00:00"), _change("estimate_minutes", "30", "150")],
    }

    due, estimate = [entry.line for entry in feed_of(task, {})]

    assert due is not None
    assert estimate is not None
    assert ("set due date", "none") == (due.verb, due.old and due.old.word)
    assert "Thu 24 Dec" == weekday(due.new.instant) if due.new and due.new.instant else False
    assert ("30 min", "2 h 30 min") == (estimate.old and estimate.old.word, estimate.new and estimate.new.word)


@pytest.mark.parametrize("value", ["nonsense", "99999-01-01", ""])
def test_a_date_that_is_none_stays_what_it_is(value: str) -> None:
    task: Any = {"comments": [], "history": [_change("due_at", None, value)]}

    line = feed_of(task, {})[0].line

    assert line is not None
    assert line.new is not None
    assert (value or "none", None) == (line.new.word, line.new.instant)


def _change(field: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {
        "version": 2, "field_changed": field, "old_value": old, "new_value": new, "changed_by": "Ines", "changed_by_id": None,
        "on_behalf_of": None, "client": "web", "comment": None, "changed_at": datetime(2026, 11, 21, tzinfo=UTC),
    }  # fmt: skip


# Inbox ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "place"), [("integration", "/integrations"), ("webhook_disabled", "/webhooks"), ("claim_lost", "/people")]
)
async def test_news_of_no_task_leads_to_what_it_is_about(hall: Hall, kind: str, place: str) -> None:
    owner = await hall.owner()
    async with hall.world.database.connection() as db:
        await db.execute(
            "insert into notifications (id, organisation_id, user_id, position, kind, title, entity_type, created_at)"
            " values ($1, $2, $3, 1, $4, 'Slack fails', 'integration', now())",
            uuid4(), owner.actor.organisation_id, owner.actor.id, kind,
        )  # fmt: skip

    page = (await reader(hall, owner.token).get("/notifications")).text

    assert f'href="{place}">Slack fails</a>' in page


# People, keys, account, audit -----------------------------------------------------------------------------------------


async def test_people_shows_members_agents_and_for_whom_they_work(hall: Hall) -> None:
    await hall.make_task(assignee_id="me")

    page = await page_of(hall, "/people")

    assert "Olive Owner" in page
    assert "agent of Olive" in page
    assert re.search(r"/board\?assignee=[0-9a-f-]{36}\">1 task<", page)


@pytest.mark.parametrize(("role", "roles"), [("owner", {"owner", "admin", "member", "viewer"}), ("admin", {"admin", "member", "viewer"})])
async def test_nobody_gives_more_than_they_have(hall: Hall, role: str, roles: set[str]) -> None:
    page = await page_of(hall, "/people", role)

    assert roles == set(re.findall(r'name="role" value="(\w+)"', page))


async def test_an_admin_finds_no_menu_beside_an_owner(hall: Hall) -> None:
    page = await page_of(hall, "/people", "admin")

    row = page.partition(f'data-id="{hall.founded.owner_id}"')[2].partition("</li>")[0]
    assert "Olive Owner" in row
    assert "data-more" not in row
    assert "data-change-role" not in row


async def test_open_invitations_are_for_those_who_may_invite(hall: Hall) -> None:
    owner = await hall.owner()
    await owner.rest.post("/api/v1/invitations", json={"role": "member", "email": "ada@example.test"})

    admin, member = await page_of(hall, "/people", "admin"), await page_of(hall, "/people")

    assert (True, False) == ("ada@example.test" in admin, "ada@example.test" in member)


async def test_a_key_is_listed_by_its_hint_and_never_whole(hall: Hall) -> None:
    page = await page_of(hall, "/keys", "owner")

    assert hall.founded.api_key[:9] in page
    assert hall.founded.api_key not in page


async def test_a_viewer_is_told_who_makes_keys(hall: Hall) -> None:
    assert "Ask one of them" in await page_of(hall, "/keys", "viewer", status=403)


async def test_the_audit_trail_is_a_table_for_owners_and_admins(hall: Hall) -> None:
    task = await hall.make_task()

    page = await page_of(hall, "/audit", "admin")

    assert f'href="/t/{task["key"]}"' in page
    assert "create_task" in page
    assert 'href="/api/v1/audit/export"' in page


@pytest.mark.parametrize("role", ["member", "viewer"])
async def test_others_are_told_whom_to_ask_for_the_audit_trail(hall: Hall, role: str) -> None:
    page = await page_of(hall, "/audit", role, status=403)

    assert "Only an owner or an admin can see this" in page
    assert "Ask Olive Owner" in page
    assert "create_task" not in page


async def test_filters_of_the_trail_are_chips_in_the_address(hall: Hall) -> None:
    task = await hall.make_task()
    await hall.make_task("Another")

    page = await page_of(hall, f"/audit?capability=create_task&subject={task['key']}", "owner")

    assert 1 == len(re.findall(r"<tr>", page.partition("<tbody")[2]))
    assert 'href="/audit?capability=create_task" aria-label="Without About' in page
    assert f"/api/v1/audit/export?capability=create_task&amp;subject={task['key']}" in page


@pytest.mark.parametrize("query", ["since=nonsense", "actor=Nobody+Here", "cursor=nonsense", "actor=%3Cscript%3E"])
async def test_a_filter_that_is_none_is_said_on_the_page(hall: Hall, query: str) -> None:
    reply = await reader(hall, await hall.join("Reader", role="owner")).get(f"/audit?{query}")

    assert reply.status_code in {400, 404, 422}
    assert 'role="alert"' in reply.text
    assert "<script>" not in reply.text


async def test_older_lines_are_a_page_further(hall: Hall) -> None:
    for number in range(101):
        await hall.call("create_task", title=f"Plank {number}")
    client = reader(hall, await hall.join("Reader", role="owner"))

    first = (await client.get("/audit?capability=create_task")).text
    older = re.search(r'href="(/audit\?capability=create_task&amp;cursor=[^"]+)"', first)
    assert older is not None
    second = (await client.get(older[1].replace("&amp;", "&"))).text

    assert (100, 1) == (len(re.findall("<tr>", first)) - 1, len(re.findall("<tr>", second)) - 1)


async def test_the_account_page_marks_this_session(hall: Hall) -> None:
    person = await hall.person()

    page = (await reader(hall, person.token).get("/account")).text

    assert 1 == page.count("This one")
    assert person.email in page


# Joining --------------------------------------------------------------------------------------------------------------


async def invitation(hall: Hall, **fields: Any) -> str:
    made = await (await hall.owner()).rest.post("/api/v1/invitations", json={"role": "member"} | fields)
    assert 201 == made.status_code, made.text
    return str(made.json()["token"])


async def test_an_invited_person_joins_without_script_and_is_logged_in(hall: Hall) -> None:
    token, client = await invitation(hall), hall.rest_as(None)

    form = await client.get(f"/join/{token}")
    given = {"name": "Ada", "email": "ada.joins@example.test", "password": PASSWORD}
    joined = await client.post(f"/join/{token}", data=given, headers=FORM)
    board = await reader(hall, joined.headers["set-cookie"].partition("=")[2].partition(";")[0]).get("/board")

    assert "Olive Owner" in form.text
    assert (303, "/board") == (joined.status_code, joined.headers["location"])
    assert "Ada" in board.text


async def test_a_form_with_mistakes_keeps_what_was_typed_and_says_them(hall: Hall) -> None:
    token = await invitation(hall)

    reply = await hall.rest_as(None).post(
        f"/join/{token}", data={"name": "<b>Ada", "email": "x@example.test", "password": "short"}, headers=FORM
    )

    assert 422 == reply.status_code
    assert "A password has 12 characters or more." in reply.text
    assert 'value="&lt;b&gt;Ada"' in reply.text
    assert "short" not in reply.text


@pytest.mark.parametrize("token", ["nonsense", "%00", "a" * 300, "%3Cscript%3E"])
async def test_a_link_that_opens_nothing_says_what_to_do(hall: Hall, token: str) -> None:
    reply = await hall.rest_as(None).get(f"/join/{token}")

    assert 404 == reply.status_code
    assert "Ask whoever sent it for a new one" in reply.text


async def test_an_invitation_is_good_once(hall: Hall) -> None:
    token, client = await invitation(hall), hall.rest_as(None)
    given = {"name": "Ada", "email": "ada.once@example.test", "password": PASSWORD}

    first = await client.post(f"/join/{token}", data=given, headers=FORM)
    second = await client.post(f"/join/{token}", data=given | {"email": "eve@example.test"}, headers=FORM)

    assert (303, 404) == (first.status_code, second.status_code)


def test_what_is_refused_besides_values_is_said_as_it_is() -> None:
    assert "Somebody was quicker" == _sentence(Conflict("Somebody was quicker"))
    assert "A password has 12 characters or more." == _sentence(ValidationFailed("x", fields=[{"field": "password", "message": "y"}]))


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (150, "2 h 30 min"), (6000, "100 h")])
def test_a_duration_in_words(minutes: int, words: str) -> None:
    assert words == duration(minutes)


def test_an_instant_in_words() -> None:
    at = datetime(2026, 11, 17, 8, 15, tzinfo=UTC)

    assert ("Tue 17 Nov", "Tue 17 Nov, 08:15") == (weekday(at), moment(at))
    assert "Wed 18 Nov" == weekday(at + timedelta(days=1))


@pytest.mark.parametrize(("text", "key"), [("CH-12", True), ("deploy script", False), ("UTF-8", True), ("CH-0", False), ("ch-1", False)])
def test_what_looks_like_a_key(text: str, key: bool) -> None:
    assert key is is_key(text)
