"""Pages besides the board in a browser: edited in place, live, two people at once, by keys alone, for everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from crewhall.faces.web.frame import Frame
from tests.harness.browser import Visit, browser, live, visit
from tests.harness.hall import PASSWORD, Hall
from tests.harness.look import SHIFT, fits_sideways, kept_snapshot, snapshot_of, violations

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"
TEXT = """When a gate scanner has no network, the queue in `gate-app` is trimmed. See CH-1 and https://example.test.

- [x] No scan leaves the device before an acknowledgement
- [ ] Twelve hours offline fit in 20 MB

| scanner | MB |
|---|--:|
| old | 9.1 |

```
queue.trim(keep=600)
```
![a picture](https://elsewhere.test/spy.png)
"""


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


async def furnish(hall: Hall) -> dict[str, Any]:
    """A task with a text, a sub-task, a blocker, history and comments of a person and of an agent."""
    task = await hall.make_task(
        "Gate app loses scans after ten minutes offline", description=TEXT, repository="gate-app", project="Offline gates",
        priority="critical", complexity="high", assignee_id="me", tags=["offline"], estimate_minutes=480, due_at="2030-12-24T10:00:00Z",
    )  # fmt: skip
    await hall.make_task("Show the wind limit", parent_id=task["key"])
    await hall.move(task, "in_progress", comment="Picked up")
    await hall.call("add_task_comment", task_id=task["key"], comment="The trim is in `queue.trim()`.")
    owner = await hall.owner()
    await hall.call("add_task_comment", owner.actor, task_id=task["key"], comment="Keep the old format.")
    await link(hall, task, "blocked_by", await hall.make_task("Order new phones"))
    return task


async def link(hall: Hall, task: dict[str, Any], kind: str, other: dict[str, Any]) -> None:
    await hall.call("link_tasks", task_id=task["key"], kind=kind, other_task_id=other["key"])


async def enter(person: Visit, hall: Hall, path: str, *, role: str = "member", name: str = "Ines Duarte") -> Page:
    return await person.enter((await hall.person(role, name)).token, path)


def field(page: Page, name: str) -> Locator:
    return page.locator(f'.prop[data-field="{name}"]')


async def fill(page: Page, name: str, text: str) -> None:
    await field(page, name).locator("[data-edit]").click()
    await field(page, name).locator("input").fill(text)
    await page.keyboard.press("Enter")


def said(page: Page) -> Locator:
    return page.locator("#said")


# For everybody -------------------------------------------------------------------------------------------------------

PAGES = ["/t/{key}", "/people", "/keys", "/webhooks", "/account", "/audit", "/t/CH-9999"]  # projects, issues, the inbox: test_work_pages.py


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_has_nothing_to_say(hall: Hall, address: str, chrome: Browser, theme: Any, width: int) -> None:
    task = await furnish(hall)
    found: dict[str, list[str]] = {}
    async with visit(chrome, address, width=width, color_scheme=theme) as person:
        page = await enter(person, hall, "/board", role="owner")
        for path in PAGES:
            await page.goto(address + path.format(key=task["key"]))
            await live(page)
            found[path] = await violations(page)
        await page.goto(f"{address}/t/{task['key']}")
        await page.keyboard.press("s")
        found["status menu"] = await violations(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        found["editor"] = await violations(page)
        await page.goto(f"{address}/keys")
        await page.get_by_role("button", name="New key").click()
        found["new key"] = await violations(page)
        await page.goto(f"{address}/people")
        await page.get_by_role("button", name="Invite").click()
        found["invite"] = await violations(page)

    assert {} == {state: broken for state, broken in found.items() if broken}
    assert ([], []) == (person.foreign, [error for error in person.errors if "404" not in error])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", "/join/{token}", "/join/nothing"])
async def test_axe_has_nothing_to_say_at_the_door(hall: Hall, address: str, chrome: Browser, path: str, theme: Any) -> None:
    made = await (await hall.owner()).rest.post("/api/v1/invitations", json={})
    async with visit(chrome, address, width=390, color_scheme=theme) as person:
        page = await person.open(path.format(token=made.json()["token"]))

        assert [] == await violations(page)
        assert await fits_sideways(page)


@pytest.mark.parametrize("width", [320, 800])
async def test_no_page_scrolls_sideways(hall: Hall, address: str, chrome: Browser, width: int) -> None:
    task = await furnish(hall)
    wide = await hall.make_task("W" * 400, description="x" * 400, tags=["y" * 50], repository="z" * 200, project="p" * 200)
    async with visit(chrome, address, width=width) as person:
        page = await enter(person, hall, "/board", role="owner")
        for path in [*PAGES, f"/t/{wide['key']}"]:
            await page.goto(address + path.format(key=task["key"]))
            assert await fits_sideways(page), path


async def test_no_page_jumps_while_it_loads(hall: Hall, address: str, chrome: Browser) -> None:
    task = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/board", role="owner")
        await person.context.add_init_script(SHIFT)
        for path in PAGES:
            await page.goto(address + path.format(key=task["key"]))
            await live(page)
            assert await page.evaluate("window.shift") <= 0.05, path


@pytest.mark.parametrize("name", ["task", "people", "keys", "webhooks", "account", "audit"])
async def test_a_screen_reader_finds_what_it_found_before(hall: Hall, address: str, chrome: Browser, name: str) -> None:
    task = await furnish(hall)
    path = f"/t/{task['key']}" if name == "task" else f"/{name}"
    async with visit(chrome, address) as person:
        page = await person.enter((await hall.owner()).token, path)
        found = await snapshot_of(page)

    assert kept_snapshot(name, found) == found


async def test_pages_read_without_script(hall: Hall, address: str, chrome: Browser) -> None:
    task = await furnish(hall)
    owner = await hall.owner()
    async with visit(chrome, address, java_script_enabled=False) as person:
        await person.context.add_cookies([{"name": "crewhall_session", "value": owner.token, "url": address}])
        page = await person.open(f"/t/{task['key']}")
        await expect(page.get_by_text("Keep the old format.")).to_be_visible()
        await expect(field(page, "status")).to_contain_text("In progress")
        await expect(page.get_by_role("button", name="Comment")).to_have_count(0)
        await page.get_by_role("link", name="History").click()
        await expect(page.get_by_text("Keep the old format.")).to_be_hidden()
        await page.goto(f"{address}/people")
        await expect(page.get_by_text("agent of Olive")).to_be_visible()
        await page.goto(f"{address}/audit?capability=create_task")
        await expect(page.locator("tbody tr")).to_have_count(3)


# A task --------------------------------------------------------------------------------------------------------------


async def test_fields_are_saved_on_leaving_them(hall: Hall, address: str, chrome: Browser) -> None:
    parent, task = await hall.make_task("The whole"), await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await field(page, "priority").get_by_role("button").click()
        await page.get_by_role("menuitemradio", name="Critical").click()
        await expect(said(page)).to_have_text("Priority saved")
        for name, text in [
            ("project", "Offline"),
            ("tags", "Late, loud"),
            ("estimate_minutes", "1:30"),
            ("progress_percentage", "40%"),
            ("parent_id", parent["key"]),
        ]:
            await fill(page, name, text)
            await expect(said(page)).to_have_text(f"{await field(page, name).get_attribute('data-name')} saved")
        await field(page, "repository").locator("[data-edit]").click()
        await page.keyboard.type("gate-app")
        await page.keyboard.press("Tab")
        await expect(said(page)).to_have_text("Repository saved")
        await fill(page, "due_at", "2030-12-24")
        await expect(field(page, "due_at")).to_contain_text("24 Dec 2030")
        await expect(field(page, "estimate_minutes")).to_contain_text("1 h 30 min")
        await expect(field(page, "progress_percentage")).to_contain_text("40 %")
        await expect(page.locator(".crumbs")).to_contain_text(parent["key"])
        await field(page, "type").get_by_role("button").click()
        await page.get_by_role("menuitemradio", name="Bug").click()
        await expect(said(page)).to_have_text("Type saved")

    now = await hall.call("get_task", task_id=task["key"])
    assert ("critical", "Offline", ["late", "loud"], 90) == tuple(now[name] for name in ("priority", "project", "tags", "estimate_minutes"))
    assert ("bug", 40) == (now["type"], now["progress_percentage"])
    assert (parent["key"], "gate-app", "2030-12-24T23:59:00+00:00") == (now["parent_key"], now["repository"], now["due_at"].isoformat())
    assert ([], []) == (person.errors, person.foreign)


async def test_what_is_refused_is_said_at_the_field_and_what_was_there_stays(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task(estimate_minutes=60)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await fill(page, "estimate_minutes", "soon")
        await expect(field(page, "estimate_minutes")).to_contain_text("Write it as 2 h 30 min")
        await page.keyboard.press("Escape")
        await expect(field(page, "estimate_minutes")).to_contain_text("1 h")
        await fill(page, "parent_id", "CH-9999")
        await expect(field(page, "parent_id")).to_contain_text("There is no task CH-9999")
        await expect(field(page, "parent_id").locator(".val:visible")).to_have_text("None")


async def test_who_takes_work_out_of_a_reviewed_project_says_why(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    task = await hall.make_task("Paint the gate", project="Gate works")
    await hall.call("update_project", owner.actor, project_id="Gate works", review_required=True)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await fill(page, "project", "Elsewhere")
        dialog = page.get_by_role("dialog", name=f"Why does {task['key']} leave its project?")
        await dialog.get_by_role("button", name="Leave it there").click()
        await expect(field(page, "project").locator("[data-edit]")).to_have_text("Gate works")
        await fill(page, "project", "Elsewhere")
        await dialog.get_by_label("Why").fill("It was filed in the wrong place")
        await dialog.get_by_role("button", name="Take it out").click()
        await expect(said(page)).to_have_text("Project saved")
        await expect(field(page, "project").locator("[data-edit]")).to_have_text("Elsewhere")
        await expect(page.locator(".because")).to_have_text("It was filed in the wrong place")

    assert "Elsewhere" == (await hall.call("get_task", task_id=task["key"]))["project"]


@pytest.mark.parametrize("text", ["101", "-1", "4e1", "half"])
async def test_progress_is_a_number_from_nothing_to_all(hall: Hall, address: str, chrome: Browser, text: str) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await fill(page, "progress_percentage", text)
        await expect(field(page, "progress_percentage").locator(".field-trouble")).to_have_text("Write a number from 0 to 100")
        await field(page, "progress_percentage").locator("input").fill("0")
        await page.keyboard.press("Enter")
        await expect(field(page, "progress_percentage").locator("[data-edit]")).to_have_text("0 %")

    assert 0 == (await hall.call("get_task", task_id=task["key"]))["progress_percentage"]


async def test_people_are_chosen_from_a_menu_the_first_is_responsible(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        for name in ("robin", "Ines Duarte"):
            await field(page, "assignees").get_by_role("button").click()
            await page.get_by_role("menuitemcheckbox", name=name).click()
            await expect(field(page, "assignees").locator(".val:visible")).to_contain_text(name)
            await expect(said(page)).to_have_text("Assignee saved")
            await page.evaluate("document.querySelector('#said').textContent = ''")
        both = await hall.call("get_task", task_id=task["key"])
        await field(page, "assignees").get_by_role("button").click()
        await page.get_by_role("menuitem", name="Nobody").click()
        await expect(field(page, "assignees").locator(".val:visible")).to_contain_text("Nobody")

    assert [("robin", True), ("Ines Duarte", False)] == [(one["name"], one["is_primary"]) for one in both["assignees"]]


async def test_two_people_change_different_fields_and_both_stand(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await field(page, "project").locator("[data-edit]").click()
        await hall.call("update_task", task_id=task["key"], priority="low")
        await expect(field(page, "priority")).to_contain_text("Low")
        await page.keyboard.type("Mine")
        await page.keyboard.press("Enter")
        await expect(said(page)).to_have_text("Project saved")

    now = await hall.call("get_task", task_id=task["key"])
    assert ("Mine", "low") == (now["project"], now["priority"])


async def test_what_the_page_shows_from_its_start_is_no_news(
    hall: Hall, address: str, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub is a poll behind its database, so the stream may bring once more what the page was made with."""
    behind = str(hall.world.hub.cursor)
    monkeypatch.setattr(Frame, "cursor", lambda _: behind)
    async with visit(chrome, address) as person:
        task = await hall.make_task()
        page = await enter(person, hall, f"/t/{task['key']}")
        await hall.call("update_task", task_id=task["key"], project="Theirs")
        await expect(said(page)).to_have_text("robin changed project")


@pytest.mark.parametrize("choice", ["Keep Theirs", "Set Mine"])
async def test_two_people_change_one_field_and_the_second_is_asked(hall: Hall, address: str, chrome: Browser, choice: str) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await field(page, "project").locator("[data-edit]").click()
        await page.keyboard.type("Mine")
        await hall.call("update_task", task_id=task["key"], project="Theirs")
        await expect(said(page)).to_have_text("robin changed project")
        await expect(field(page, "project").locator("input")).to_have_value("Mine")
        await page.keyboard.press("Enter")
        box = page.get_by_role("group", name="Project: two changes")
        await expect(box).to_contain_text("robin set Theirs")
        await expect(box).to_contain_text("Keep theirs or set Mine?")
        await expect(box.get_by_role("button", name="Keep Theirs")).to_be_focused()
        assert [] == await violations(page)
        await box.get_by_role("button", name=choice).click()
        await expect(field(page, "project").locator(".val:visible")).to_have_text(choice.split()[1])
        await expect(box).to_have_count(0)
        await expect(said(page)).to_have_text("Project saved" if choice == "Set Mine" else "Project stays Theirs")

    assert choice.split()[1] == (await hall.call("get_task", task_id=task["key"]))["project"]


async def test_a_text_that_both_changed_is_shown_beside(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task(description="As it was")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.keyboard.press("e")
        await page.get_by_role("textbox", name="Text, in Markdown").fill("Mine")
        await hall.call("update_task", task_id=task["key"], description="Theirs, *better*")
        await expect(said(page)).to_have_text("robin changed text")
        await page.keyboard.press("Control+Enter")
        box = page.get_by_role("group", name="Two changes")
        await expect(box).to_contain_text("robin changed the text")
        await box.get_by_text("Read theirs").click()
        await expect(box.get_by_role("region", name="Their text")).to_have_text("Theirs, *better*")
        await box.get_by_role("button", name="Set mine").click()
        await expect(page.locator(".task-main .prose").first).to_have_text("Mine")

    assert "Mine" == (await hall.call("get_task", task_id=task["key"]))["description"]


async def test_what_somebody_else_does_arrives_and_is_said(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await hall.move(task, "blocked")
        await expect(field(page, "status")).to_contain_text("Blocked")
        await expect(said(page)).to_have_text("robin changed status")
        await hall.call("add_task_comment", task_id=task["key"], comment="See **this**")
        await expect(page.locator(".say strong")).to_have_text("this")
        await expect(said(page)).to_have_text("robin commented")
        await expect(page.get_by_role("link", name="Comments 1")).to_be_visible()
        await hall.make_task("A part", parent_id=task["key"])
        await expect(page.get_by_role("region", name="Sub-tasks")).to_contain_text("A part")
        await hall.call("delete_task", task_id=task["key"])
        await expect(page.get_by_role("heading", name=f"{task['key']} is deleted")).to_be_visible()

    assert [] == [error for error in person.errors if "410" not in error]


async def test_a_task_by_keys_alone(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.keyboard.press("s")
        await page.keyboard.press("3")
        await expect(field(page, "status")).to_contain_text("Blocked")
        await expect(page.locator("#v-status")).to_be_focused()
        await page.keyboard.press("a")
        await page.keyboard.type("r")
        await page.keyboard.press("Enter")
        await expect(field(page, "assignees")).to_contain_text("robin")
        await page.keyboard.press("e")
        await page.keyboard.press("End")
        await page.keyboard.type(", twice")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Paint the gate, twice")
        await page.keyboard.press("c")
        await page.keyboard.type("Done by keys")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".say")).to_contain_text("Done by keys")
        await expect(said(page)).to_have_text("Comment added")
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Paint the gate, twice")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Set status")

    now = await hall.call("get_task", task_id=task["key"])
    assert ("blocked", "robin", "Paint the gate, twice") == (now["status"], now["assignee_name"], now["title"])
    assert ([], []) == (person.errors, person.foreign)


async def test_a_comment_of_ones_own_is_edited_and_deleted(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.get_by_role("textbox", name="Comment").fill("Frist")
        await page.get_by_role("button", name="Comment").click()
        await page.locator(".say").hover()
        await page.get_by_role("button", name="Edit your comment").click()
        await page.locator(".edit-comment textarea").fill("First")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".say .prose")).to_have_text("First")
        await expect(page.locator(".say")).to_contain_text("edited")
        await page.get_by_role("button", name="Delete your comment").click()
        await page.get_by_role("button", name="Delete comment").click()
        await expect(page.locator(".say")).to_have_count(0)
        await expect(said(page)).to_have_text("Comment deleted")


async def test_a_task_is_deleted_after_a_question_and_brought_back(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task("Not needed")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Delete this task").click()
        await page.get_by_role("button", name="Keep it").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.reload()
        await page.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name="Delete this task").click()
        await page.get_by_role("button", name="Delete task").click()
        await page.get_by_role("button", name="Restore").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Not needed")


async def test_a_task_is_watched_and_muted_at_its_bell(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        board = await person.open("/board")
        await live(board)
        news = board.locator('.nav [data-waiting="inbox"]')
        await expect(news).to_be_hidden()
        await page.get_by_role("button", name="Watch or mute this task").click()
        await page.get_by_role("menuitemradio", name="Watch every comment").click()
        await expect(page.get_by_role("button", name="You watch this task")).to_be_focused()
        await hall.call("add_task_comment", task_id=task["key"], comment="Two coats.")
        await expect(news).to_have_text("1")
        await page.reload()
        await page.get_by_role("button", name="You watch this task").click()
        await page.get_by_role("menuitemradio", name="Mute").click()
        await expect(page.get_by_role("button", name="You muted this task")).to_be_visible()
        assert [] == await violations(page)


async def test_a_sub_task_is_added_in_place(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task(repository="gate-app")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.get_by_role("textbox", name="Title of a new sub-task").fill("A part")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="A part")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Title of a new sub-task")).to_be_focused()

    parts = await hall.call("get_tasks", parent=task["key"])
    assert [("A part", "gate-app")] == [(part["title"], part["repository"]) for part in parts["tasks"]]


async def test_a_task_is_linked_by_a_key_and_by_words_and_a_ring_is_explained(hall: Hall, address: str, chrome: Browser) -> None:
    task, first, second = [await hall.make_task(title) for title in ("Ship it", "Paint the gate", "Sand the fence")]
    await link(hall, task, "blocks", second)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        other = page.get_by_role("combobox", name="The other task")
        await other.fill(first["key"].lower())
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("list", name="Blocked by").get_by_role("link", name="Paint the gate")).to_be_visible()
        await expect(page.locator("#links h2")).to_contain_text("Waits for another task")
        await expect(said(page)).to_have_text(f"Linked: Blocked by {first['key']}")
        await expect(page.locator(".feed")).to_contain_text(f"linked this task: blocked by {first['key']}")

        await other.fill("fence")
        await expect(page.locator(f'#list-links option[value="{second["key"]}"]')).to_have_count(1)
        await other.fill(second["key"])
        await page.keyboard.press("Enter")
        ring = f"{second['key']} blocks {task['key']} blocks {second['key']}"
        await expect(page.locator("#add-link").get_by_role("alert")).to_contain_text(ring)

        await page.get_by_role("button", name=f"Remove: Blocked by {first['key']}").click()
        await expect(page.get_by_role("list", name="Blocked by")).to_have_count(0)
        await expect(other).to_be_focused()
        assert [] == person.errors[1:], "but for the refusal, which a browser notes by itself"

    assert [("blocks", second["key"])] == [(one["kind"], one["key"]) for one in (await hall.call("get_task", task_id=task["key"]))["links"]]


async def test_what_becomes_of_a_blocker_is_seen_where_others_wait_for_it(hall: Hall, address: str, chrome: Browser) -> None:
    task, blocker = await hall.make_task("Ship it"), await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        board = await person.open("/board")
        await live(board)
        card = board.locator(f'[data-task][data-key="{task["key"]}"]')
        await expect(card.locator(".waits")).to_be_hidden()

        await link(hall, blocker, "blocks", task)
        await expect(card.locator(".waits")).to_have_text("Waits for another task")
        await expect(page.get_by_role("list", name="Blocked by")).to_contain_text("Not started")

        await hall.move(blocker, "completed")
        await expect(page.get_by_role("list", name="Blocked by")).to_contain_text("Completed")
        await expect(page.locator("#links .waits")).to_have_count(0)
        await expect(card.locator(".waits")).to_be_hidden()
        await expect(card).to_contain_text("robin unblocked this just now")
        assert [] == person.errors


async def test_a_duplicate_says_that_it_closes_the_task_and_does(hall: Hall, address: str, chrome: Browser) -> None:
    task, kept = await hall.make_task("The gate sticks again"), await hall.make_task("The gate sticks")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        hint = page.locator("#add-link").get_by_text("Closes this task")
        await expect(hint).to_be_hidden()
        await page.get_by_label("What this task is to the other one").select_option("duplicates")
        await expect(hint).to_be_visible()
        await page.get_by_role("combobox", name="The other task").fill(kept["key"])
        await page.keyboard.press("Enter")

        await expect(said(page)).to_have_text(f"Linked: Duplicates {kept['key']}. {task['key']} is closed")
        await expect(page.locator(".feed")).to_contain_text(f"linked this task: duplicates {kept['key']}")
        assert [] == person.errors

    assert "deprecated" == (await hall.call("get_task", task_id=task["key"]))["status"]


async def test_who_may_only_read_sees_links_and_no_way_to_change_them(hall: Hall, address: str, chrome: Browser) -> None:
    task = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}", role="viewer")
        await expect(page.get_by_role("list", name="Blocked by").get_by_role("link", name="Order new phones")).to_be_visible()
        assert 0 == await page.locator("#add-link, [data-unlink]").count()
        assert [] == person.errors


async def test_tabs_show_their_part_and_stand_in_the_address(hall: Hall, address: str, chrome: Browser) -> None:
    task = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}")
        await page.get_by_role("link", name="History").click()
        await expect(page.locator(".is-say").first).to_be_hidden()
        assert page.url.endswith("?show=history")
        await page.reload()
        await expect(page.locator(".is-say").first).to_be_hidden()
        await expect(page.locator(".is-line").first).to_be_visible()


async def test_hostile_text_stays_text(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task(HOSTILE, description=HOSTILE, project=HOSTILE, tags=[HOSTILE[:40]])
    await hall.call("add_task_comment", task_id=task["key"], comment=HOSTILE)
    await hall.join(HOSTILE)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}", role="owner")
        await hall.call("update_task", task_id=task["key"], title=HOSTILE + "2", project=HOSTILE + "2")
        await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE + "2")
        await page.keyboard.press("a")
        await expect(page.get_by_role("menuitemcheckbox", name=HOSTILE)).to_be_visible()
        for path in ("/people", "/audit", f"/audit?subject={HOSTILE}"):
            await page.goto(address + path)
            await live(page)

    assert ([], []) == (person.errors, person.foreign)


async def test_a_viewer_reads_and_no_key_changes_anything(hall: Hall, address: str, chrome: Browser) -> None:
    task = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, f"/t/{task['key']}", role="viewer")
        for key in ("s", "a", "e", "c", "p"):
            await page.keyboard.press(key)
        await expect(page.locator(":popover-open, textarea, dialog[open]")).to_have_count(0)
        await hall.move(task, "blocked")
        await expect(field(page, "status")).to_contain_text("Blocked")
        assert [] == await violations(page)
    assert [] == person.errors


# People, keys, account, audit -----------------------------------------------------------------------------------------


async def test_an_invitation_is_shown_once_used_once_and_can_be_revoked(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address) as person, visit(chrome, address) as guest:
        page = await enter(person, hall, "/people", role="owner")
        await page.get_by_role("button", name="Invite").click()
        await page.get_by_role("radio", name="Viewer").check()
        await page.get_by_role("button", name="Make a link").click()
        await expect(page.locator("#invite-link")).to_contain_text("/join/")
        link = await page.locator("#invite-link").inner_text()
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator(".list-of-invitations")).to_contain_text("as viewer")
        assert "" == await page.locator("#invite-link").text_content()

        door = await guest.open(link[link.index("/join/") :])
        await expect(door.locator(".whose")).to_contain_text("Ines Duarte invites you to join as viewer.")
        await door.get_by_label("Your name").fill("Greta Guest")
        await door.get_by_label("E-mail").fill(f"greta.{link[-6:].lower()}@example.test")
        await door.get_by_label("Password").fill(PASSWORD)
        await door.get_by_role("button", name="Join").click()
        await live(door)
        await page.reload()
        await expect(page.locator('[data-part="people"]')).to_contain_text("Greta Guest")

        await page.get_by_role("button", name="Invite").click()
        await page.get_by_label("E-mail").fill("ada@example.test")
        await page.get_by_role("button", name="Make a link").click()
        await page.get_by_role("button", name="Done").click()
        await page.get_by_role("button", name="Revoke the invitation of ada@example.test").click()
        await page.get_by_role("button", name="Revoke", exact=True).click()
        await expect(page.locator(".list-of-invitations")).to_contain_text("No invitation is open")

    assert ([], [], [], []) == (person.errors, person.foreign, guest.errors, guest.foreign)


async def test_a_role_is_changed_and_a_member_hands_over_and_comes_back(hall: Hall, address: str, chrome: Browser) -> None:
    key = await hall.join("Kofi Mensah")
    kofi = await hall.world.access.actor_of(key)
    task = await hall.make_task(assignee_id=str(kofi.id))
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/people", role="owner")
        row = page.locator("li", has_text="Kofi Mensah")
        await row.get_by_role("button", name="Role of Kofi Mensah").click()
        await page.get_by_role("menuitemradio", name="Admin").click()
        await expect(row).to_have_attribute("data-role", "admin")
        await expect(said(page)).to_have_text("Kofi Mensah is Admin now")
        await row.get_by_role("button", name="More about Kofi Mensah").click()
        await page.get_by_role("menuitem", name="Deactivate").click()
        dialog = page.get_by_role("dialog", name="Deactivate Kofi Mensah?")
        await expect(dialog).to_contain_text("1 open task to hand over. Who gets it?")
        await dialog.get_by_role("combobox").select_option(label="robin")
        await dialog.get_by_role("button", name="Deactivate").click()
        await expect(dialog).to_have_count(0)
        await expect(page.locator('[data-part="gone"]')).to_contain_text("Kofi Mensah")
        await expect(page.locator(":focus")).to_be_visible()  # the row that had it is gone
        handed = await hall.call("get_task", task_id=task["key"])
        await page.get_by_role("button", name="Reactivate Kofi Mensah").click()
        await page.get_by_role("button", name="Reactivate", exact=True).click()
        await expect(page.locator('[data-part="people"]')).to_contain_text("Kofi Mensah")

    assert "robin" == handed["assignee_name"]
    assert ([], []) == (person.errors, person.foreign)


async def test_what_is_refused_on_people_is_said_above_them(hall: Hall, address: str, chrome: Browser) -> None:
    await hall.join("Kofi Mensah")
    refusal = {"error": {"code": "conflict", "message": "Somebody was quicker", "details": {}}}
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/people", role="owner")
        await page.route("**/api/v1/members/*", lambda route: route.fulfill(status=409, json=refusal))
        await page.get_by_role("button", name="Role of Kofi Mensah").click()
        await page.get_by_role("menuitemradio", name="Viewer").click()
        await expect(page.get_by_role("alert")).to_have_text("Somebody was quicker")


async def test_a_key_is_shown_once_with_how_to_use_it_and_deleted_after_a_question(hall: Hall, address: str, chrome: Browser) -> None:
    project = await hall.call("create_project", name="Winter", plan=False)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/keys")
        await page.get_by_role("button", name="New key").click()
        await page.get_by_label("Name").fill("swift")
        await page.get_by_label("Only these repositories").fill("gate-app, ledger")
        await page.get_by_label("Only these projects").fill("Winter")
        await page.get_by_role("checkbox", name="Create and change tasks").uncheck()
        await page.get_by_role("button", name="Make the key").click()
        await expect(page.locator("#new-key")).to_contain_text("crew_")
        key = await page.locator("#new-key").inner_text()
        command, snippet = await page.locator("#new-command").inner_text(), await page.locator("#new-json").inner_text()
        swift = await hall.world.access.actor_of(key)
        await page.get_by_role("button", name="Done").click()
        row = page.locator("li", has_text="swift")
        await expect(row).to_contain_text("gate-app, ledger; only tasks of Winter")
        assert key not in await page.content()
        await row.get_by_role("button", name="Delete the key swift").click()
        await page.get_by_role("button", name="Delete key").click()
        await expect(row).to_have_count(0)

    assert f'claude mcp add --transport http crewhall {address}/mcp --header "Authorization: Bearer {key}"' == command
    assert f'"Authorization": "Bearer {key}"' in snippet
    assert ("agent", "swift", {"tasks:read", "members:read"}) == (swift.kind, swift.name, set(swift.scopes))
    assert (frozenset({"gate-app", "ledger"}), frozenset({project["id"]})) == (swift.repositories, swift.projects)
    assert ([], []) == (person.errors, person.foreign)


async def test_a_webhook_is_made_tried_replayed_and_deleted(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/webhooks", role="owner")
        await page.get_by_role("button", name="New webhook").click()
        await page.get_by_label("Name").fill("Build server")
        await page.get_by_label("Address").fill("https://10.0.0.1/hook")
        await page.get_by_role("button", name="Make the webhook").click()
        await expect(page.locator("#make .trouble")).to_contain_text("private network")
        await page.get_by_label("Address").fill("https://hooks.example.test/crewhall")
        await page.get_by_role("checkbox", name="A task is completed").check()
        await page.get_by_role("button", name="Make the webhook").click()
        await expect(page.locator("#new-secret")).to_contain_text("whsec_")
        secret = await page.locator("#new-secret").inner_text()
        await page.locator("#make").get_by_role("button", name="Done").click()
        await page.get_by_role("link", name="Build server", exact=True).click()
        await expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
        await page.get_by_role("button", name="Send a test").click()
        await expect(page.locator(".list-of-deliveries li")).to_contain_text("ping")
        assert [] == await violations(page)
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Switch on")).to_be_visible()
        await expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
        await page.get_by_role("button", name="New secret").click()
        await page.get_by_role("button", name="Make it").click()
        await expect(page.locator("#next-secret")).to_contain_text("whsec_")
        assert secret != await page.locator("#next-secret").inner_text()
        await page.locator("#rotate").get_by_role("button", name="Done").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await page.get_by_role("button", name="Delete webhook").click()
        await expect(page.get_by_text("No webhook yet.")).to_be_visible()

    assert ([], []) == (person.foreign, [error for error in person.errors if "400" not in error and "422" not in error])


@pytest.mark.parametrize("role", ["member", "viewer"])
async def test_webhooks_are_no_business_of_members(hall: Hall, address: str, chrome: Browser, role: str) -> None:
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/board", role=role)
        await expect(page.get_by_role("link", name="Webhooks")).to_have_count(0)
        await page.goto(f"{address}/webhooks")
        await expect(page.get_by_text("Webhooks are kept by owners and admins.")).to_be_visible()


async def test_ones_name_and_password_are_changed_and_other_sessions_end(hall: Hall, address: str, chrome: Browser) -> None:
    someone = await hall.person("member", "Ines Duarte")
    other = await hall.log_in(someone.email, PASSWORD)
    async with visit(chrome, address) as person:
        page = await person.enter(someone.token, "/account")
        await page.get_by_label("Name", exact=True).fill("Ines D.")
        await page.get_by_role("button", name="Save").click()
        await expect(said(page)).to_have_text("Saved")
        await expect(page.locator(".me-name")).to_contain_text("Ines D.")
        await page.get_by_label("The one you have").fill("wrong")
        await page.get_by_label("The new one").fill("another horse entirely")
        await page.get_by_role("button", name="Change password").click()
        await expect(page.locator("#password .trouble")).to_be_visible()
        await page.get_by_label("The one you have").fill(PASSWORD)
        await page.get_by_role("button", name="Change password").click()
        await expect(page.locator('[data-part="sessions"] li')).to_have_count(1)
        await page.get_by_role("button", name="Dark", exact=True).click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    assert 401 == (await other.rest.get("/users/me")).status_code
    assert [] == person.foreign


async def test_a_session_is_ended_from_the_list(hall: Hall, address: str, chrome: Browser) -> None:
    someone = await hall.person()
    await hall.log_in(someone.email, PASSWORD)
    async with visit(chrome, address) as person:
        page = await person.enter(someone.token, "/account")
        await page.get_by_role("button", name="End the session").click()
        await expect(page.locator('[data-part="sessions"] li')).to_have_count(1)
        await expect(said(page)).to_have_text("Session ended")


async def test_a_log_out_ends_the_session_and_the_stream_of_every_tab(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task()
    someone = await hall.person()
    async with visit(chrome, address) as person:
        page = await person.enter(someone.token, "/account")
        other = await person.open(f"/t/{task['key']}")
        await live(other)
        await page.get_by_role("main").get_by_role("button", name="Log out").click()
        await page.wait_for_url("**/login")
        await other.wait_for_url("**/login")

    async with asyncio.timeout(5):
        while (await someone.rest.get("/users/me")).status_code != 401:  # a log-in is trusted for two seconds
            await asyncio.sleep(0.05)


async def test_the_trail_is_filtered_by_choosing_and_grows_at_its_end(hall: Hall, address: str, chrome: Browser) -> None:
    for number in range(105):
        await hall.call("create_task", title=f"Plank {number}")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/audit", role="owner")
        await page.get_by_role("combobox", name="By whom").select_option(label="robin")
        await page.wait_for_url("**/audit?actor=*")
        await expect(page.locator("tbody tr")).to_have_count(100)
        await page.get_by_role("link", name="Show older lines").click()
        await expect(page.locator("tbody tr")).to_have_count(105)
        await page.get_by_role("link", name="Without By robin").click()
        await page.wait_for_url("**/audit")
    assert ([], []) == (person.errors, person.foreign)
