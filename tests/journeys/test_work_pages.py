"""Projects, issues, the inbox, who holds what, and the command menu over all of them, in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.harness.browser import Visit, browser, live, visit
from tests.harness.hall import Hall, Person
from tests.harness.look import SHIFT, fits_sideways, kept_snapshot, snapshot_of, violations
from tests.harness.notified import hearing

pytestmark = [pytest.mark.journey, pytest.mark.chromium, pytest.mark.timeout(60)]

HOSTILE = "<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>"
PAGES = [
    "/projects",
    "/projects?show=archived",
    "/projects/{project}",
    "/reports",
    "/reports?project={project}",
    "/reports/rows",
    "/reports/time",
    "/issues",
    "/issues?show=settled",
    "/notifications",
    "/people",
]


@pytest.fixture(scope="module")
async def chrome(chromium: str) -> AsyncIterator[Browser]:
    async with browser(chromium) as running:
        yield running


def said(page: Page) -> Any:
    return page.locator("#said")


def waiting(page: Page) -> Any:
    """The count beside the inbox, in the navigation."""
    return page.locator('.nav [data-waiting="inbox"]')


async def make_project(hall: Hall, owner: Person, name: str = "Winter readiness", **fields: Any) -> str:
    made = await hall.call("create_project", owner.actor, name=name, description="No scan is lost.", plan=False, **fields)
    return str(made["id"])


async def furnish(hall: Hall) -> tuple[Person, str]:
    """The owner, and a project of hers with an epic, tasks in several states, a task that is late, issues, and a claim."""
    owner = await hall.owner()
    project = await make_project(hall, owner)
    epic = await hall.make_task("Gates without a network", type="epic", project="Winter readiness")
    done = await hall.make_task("Keep the queue on disk", project="Winter readiness", parent_id=epic["key"])
    late = await hall.make_task(
        "Try it at the ramp", project="Winter readiness", assignee_id="me", due_at="2020-01-01T00:00:00Z", priority="critical"
    )  # fmt: skip
    await hall.make_task("Tell the ramp crew", project="Winter readiness", due_at="2030-12-24T10:00:00Z")
    await hall.move(done, "completed")
    await hall.call("claim_task", task_id=late["key"])
    await hall.call("report_issue", project_id=project, title="Staging is down", issue_type="blocker", priority="critical")
    await hall.call("report_issue", project_id=project, title="Cents are lost", issue_type="bug", description="`12,50`")
    old = await hall.call("report_issue", project_id=project, title="Which ramp?", issue_type="question")
    await hall.call("resolve_issue", owner.actor, issue_id=old["key"], resolution="The north one.")
    return owner, project


async def tell(hall: Hall, owner: Person) -> dict[str, Any]:
    """A comment that mentions the owner, heard of before this returns."""
    task = await hall.make_task("Paint the gate")
    async with hearing(hall, owner.actor) as ear:
        await hall.call("add_task_comment", task_id=task["key"], comment=f"Can you look, @{owner.actor.username}?")
        while (await ear.next())["notification"]["kind"] != "mentioned":  # what was told before comes first
            pass
    return task


async def enter(person: Visit, hall: Hall, path: str, *, role: str = "member", name: str = "Ines Duarte") -> Page:
    return await person.enter((await hall.person(role, name)).token, path)


# For everybody -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_has_nothing_to_say(hall: Hall, address: str, chrome: Browser, theme: Any, width: int) -> None:
    owner, project = await furnish(hall)
    await tell(hall, owner)
    found: dict[str, list[str]] = {}
    async with visit(chrome, address, width=width, color_scheme=theme) as person:
        page = await person.enter(owner.token, "/projects")
        for path in PAGES:
            await page.goto(address + path.format(project=project))
            await live(page)
            found[path] = await violations(page)
        for path, button in {
            "/projects#new-project": "Cancel", "/issues#report": "Cancel", f"/projects/{project}": "Settings of this project",
            "/notifications": "What you are told of",
        }.items():  # fmt: skip
            await page.goto(address + path)
            await page.get_by_role("button", name=button).first.focus()
            await page.keyboard.press("Enter") if button != "Cancel" else None
            await expect(page.locator("dialog[open]")).to_have_count(1)
            found[f"{path}, open"] = await violations(page)

    assert {} == {state: broken for state, broken in found.items() if broken}
    assert ([], []) == (person.foreign, person.errors)


@pytest.mark.parametrize("width", [320, 800])
async def test_no_page_scrolls_sideways(hall: Hall, address: str, chrome: Browser, width: int) -> None:
    owner, project = await furnish(hall)
    await tell(hall, owner)
    wide = await make_project(hall, owner, "W" * 200)
    task = await hall.make_task("x" * 400, project="W" * 200, repository="r" * 200)
    await hall.call("claim_task", task_id=task["key"])
    await hall.call("report_issue", project_id=wide, title="y" * 400)
    async with visit(chrome, address, width=width) as person:
        page = await person.enter(owner.token, "/projects")
        for path in [*PAGES, f"/projects/{wide}", f"/issues?project={'W' * 200}"]:
            await page.goto(address + path.format(project=project))
            assert await fits_sideways(page), path
        await page.goto(f"{address}/issues#report")
        assert await fits_sideways(page)


async def test_no_page_jumps_while_it_loads(hall: Hall, address: str, chrome: Browser) -> None:
    owner, project = await furnish(hall)
    await tell(hall, owner)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/board")
        await person.context.add_init_script(SHIFT)
        for path in PAGES:
            await page.goto(address + path.format(project=project))
            await live(page)
            assert await page.evaluate("window.shift") <= 0.05, path


@pytest.mark.parametrize("name", ["projects", "project", "issues", "inbox", "holding"])
async def test_a_screen_reader_finds_what_it_found_before(hall: Hall, address: str, chrome: Browser, name: str) -> None:
    owner, project = await furnish(hall)
    await tell(hall, owner)
    paths = {"project": f"/projects/{project}", "inbox": "/notifications", "holding": "/people"}
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, paths.get(name, f"/{name}"))
        found = await snapshot_of(page)

    assert kept_snapshot(name, found) == found


async def test_pages_read_without_script(hall: Hall, address: str, chrome: Browser) -> None:
    owner, _ = await furnish(hall)
    await tell(hall, owner)
    async with visit(chrome, address, java_script_enabled=False) as person:
        await person.context.add_cookies([{"name": "crewhall_session", "value": owner.token, "url": address}])
        page = await person.open("/projects")
        await page.get_by_role("link", name="Winter readiness").click()
        await expect(page.get_by_text("overdue (50)")).to_be_visible()
        await page.goto(f"{address}/issues")
        await page.get_by_role("combobox", name="Kind").select_option("bug")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.locator(".list-of-issues > li")).to_have_count(1)
        await page.goto(f"{address}/notifications")
        await expect(page.get_by_role("link", name="robin mentioned you")).to_be_visible()
        await page.goto(f"{address}/people")
        await expect(page.locator(".list-of-claims")).to_contain_text("Try it at the ramp")


async def test_hostile_text_stays_text(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    name = HOSTILE.replace(",", "")
    project = await make_project(hall, owner, name)
    await hall.call("report_issue", project_id=project, title=HOSTILE, issue_type="question", description=HOSTILE)
    task = await hall.make_task(HOSTILE, project=name, type="epic")
    await hall.call("claim_task", task_id=task["key"])
    stranger = await hall.world.access.actor_of(await hall.join(HOSTILE))
    async with hearing(hall, owner.actor) as ear:
        await hall.call("add_task_comment", stranger, task_id=task["key"], comment=f"@{owner.actor.username} {HOSTILE}")
        await ear.next()
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/projects")
        for path in [*PAGES, f"/issues?project={name}"]:
            await page.goto(address + path.format(project=project))
            await live(page)
        await page.goto(f"{address}/issues")
        await page.get_by_role("button", name="Assignee of").click()
        await expect(page.get_by_role("menuitemradio", name=HOSTILE)).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("/")
        await page.keyboard.type("alert(1)")
        for group in ("Projects", "People"):
            await expect(page.get_by_role("group", name=group).get_by_role("option", name="<img src=x")).to_be_visible()

    assert ([], []) == (person.errors, person.foreign)


async def test_a_viewer_reads_and_is_offered_no_change(hall: Hall, address: str, chrome: Browser) -> None:
    _, project = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/projects", role="viewer")
        for path in [*PAGES, "/projects#new-project", "/issues#report", "/board#new-task"]:
            await page.goto(address + path.format(project=project))
            await live(page)
            for key in ("c", "e", "a"):
                await page.keyboard.press(key)
            await expect(page.locator("dialog[open], :popover-open")).to_have_count(0)
            offered = page.locator("main :is([data-settle], [data-assign], [data-remove], #add-member, .btn.primary)")
            await expect(offered).to_have_count(0)
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("option", name="Go to").or_(page.get_by_role("option", name="Issues"))).to_be_visible()
        for action in ("New task", "New project", "Report an issue", "Invite somebody", "New key"):
            await expect(page.get_by_role("option", name=action)).to_have_count(0)

    assert [] == person.errors


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/projects", "No project yet"),
        ("/projects?show=archived", "No project is archived."),
        ("/issues", "An issue belongs to a project, and there is none yet."),
        ("/notifications", "Nothing yet."),
        ("/notifications?show=unread", "Everything is read."),
        ("/people", "Nobody holds a task at the moment."),
    ],
)
async def test_where_nothing_is_the_page_says_what_will_be(hall: Hall, address: str, chrome: Browser, path: str, words: str) -> None:
    async with visit(chrome, address) as person:
        page = await enter(person, hall, path)

        await expect(page.locator("main")).to_contain_text(words)
        assert [] == await violations(page)


# Projects ------------------------------------------------------------------------------------------------------------


async def test_a_project_is_made_of_a_goal_with_a_plan(hall: Hall, address: str, chrome: Browser) -> None:
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/projects")
        await page.locator(".empty").get_by_role("button", name="New project").click()
        dialog = page.get_by_role("dialog", name="New project")
        await dialog.get_by_role("button", name="Create project").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("say what shall be reached")
        await dialog.get_by_role("textbox", name="Goal").fill("Launch a web shop for ferry tickets. It takes cards.")
        await dialog.get_by_label("A plan").check()
        await dialog.get_by_role("button", name="Create project").click()
        await page.wait_for_url("**/projects/*-*")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Launch a web shop for ferry tickets")
        await expect(page.get_by_role("heading", name="Epics")).to_be_visible()
        await expect(page.locator(".list-of-open li").first).to_be_visible()

    assert ([], []) == ([error for error in person.errors if "422" not in error], person.foreign)


async def test_what_happens_in_a_project_is_seen_on_its_pages(hall: Hall, address: str, chrome: Browser) -> None:
    owner, project = await furnish(hall)
    async with visit(chrome, address) as person:
        lists = await person.enter(owner.token, "/projects")
        page = await person.open(f"/projects/{project}")
        await live(page)
        await expect(lists.locator("li", has_text="Winter readiness")).to_contain_text("2 of 6")
        await expect(page.locator(".far-line")).to_contain_text("33 %")
        task = await hall.make_task("One more", project="Winter readiness")
        await hall.move(task, "completed")
        await expect(lists.locator("li", has_text="Winter readiness")).to_contain_text("3 of 7")
        await expect(page.locator(".far-line")).to_contain_text("42 %")
        await hall.call("report_issue", project_id=project, title="The ramp is iced")
        await expect(page.locator('[data-part="issues"]')).to_contain_text("The ramp is iced")
        await hall.make_task("Skippers see the ice", type="story", project="Winter readiness")
        await expect(page.get_by_role("region", name="Outside of epics")).to_contain_text("Skippers see the ice")

    assert [] == person.errors


async def test_the_risk_of_a_task_is_explained_point_by_point(hall: Hall, address: str, chrome: Browser) -> None:
    owner, project = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, f"/projects/{project}")
        row = page.locator(".list-of-risks li", has_text="Try it at the ramp")
        await expect(row).to_contain_text("overdue (50), begun, and less than 25 % done (15), begun, and no progress is noted (20)")
        await expect(row).to_contain_text("High, 85")


async def test_a_project_becomes_private_and_lets_people_in_and_out(hall: Hall, address: str, chrome: Browser) -> None:
    owner, project = await furnish(hall)
    tom = await hall.person("member", "Tom Lind")
    async with visit(chrome, address) as person, visit(chrome, address) as other:
        page = await person.enter(owner.token, f"/projects/{project}")
        await page.keyboard.press("e")
        settings = page.get_by_role("dialog", name="Winter readiness")
        await settings.get_by_label("Lead").select_option(label="Olive Owner")
        await settings.get_by_label("Its members and the owners").check()
        await settings.get_by_label("Work is reviewed").check()
        await settings.get_by_role("button", name="Save").click()
        await expect(page.locator(".far-line")).to_contain_text("Private")
        await expect(page.locator(".far-line")).to_contain_text("Reviewed")
        theirs = await other.enter(tom.token, "/projects")
        await expect(theirs.locator("main")).not_to_contain_text("Winter readiness")

        await page.get_by_role("button", name="Add", exact=True).click()
        await page.get_by_role("menuitem", name="Tom Lind").click()
        await expect(page.locator(".team")).to_contain_text("Tom Lind")
        await theirs.goto(f"{address}/projects/{project}")
        await expect(theirs.get_by_role("heading", level=1)).to_have_text("Winter readiness")
        await expect(theirs.get_by_role("button", name="Add", exact=True)).to_have_count(0)

        await page.get_by_role("button", name="Take Tom Lind out").click()
        await page.get_by_role("dialog", name="Take out?").get_by_role("button", name="Take out").click()
        await expect(page.locator(".team")).not_to_contain_text("Tom Lind")
        await theirs.reload()
        await expect(theirs.locator("body")).to_contain_text("There is no project")

    assert ([], []) == (person.errors, person.foreign)


# Issues --------------------------------------------------------------------------------------------------------------


async def test_an_issue_is_reported_given_and_settled(hall: Hall, address: str, chrome: Browser) -> None:
    await make_project(hall, await hall.owner())
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/issues")
        await page.keyboard.press("c")
        report = page.get_by_role("dialog", name="Report an issue")
        await report.get_by_label("What is wrong").fill("The ramp is iced")
        await report.get_by_label("Blocker").check()
        await report.get_by_role("button", name="Report").click()
        row = page.locator(".list-of-issues li", has_text="The ramp is iced")
        await expect(row).to_contain_text("Blocker in Winter readiness")
        await row.get_by_role("button", name="Assignee of").click()
        await page.get_by_role("menuitemradio", name="Ines Duarte (you)").click()
        await expect(row.get_by_role("button", name="Ines Duarte")).to_be_focused()
        await row.get_by_role("button", name="Settle").click()
        await page.get_by_label("What was done about it").fill("Salted.")
        await page.get_by_role("dialog").get_by_role("button", name="Settle").click()
        await expect(row).to_have_count(0)
        await page.get_by_role("link", name="Settled").click()
        await expect(row).to_contain_text("Salted.")

    assert ([], []) == (person.errors, person.foreign)


async def test_issues_are_filtered_by_choosing_and_the_address_says_so(hall: Hall, address: str, chrome: Browser) -> None:
    owner, _ = await furnish(hall)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/issues")
        rows = page.locator(".list-of-issues > li")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("Staging is down")
        await page.get_by_role("combobox", name="Kind").select_option("bug")
        await page.wait_for_url("**/issues?type=bug")
        await expect(rows).to_have_count(1)
        await page.get_by_role("combobox", name="Whose").select_option("me")
        await page.wait_for_url("**/issues?type=bug&assignee=me")
        await expect(page.locator("main")).to_contain_text("No issue fits the filter.")
        await page.get_by_role("link", name="Remove the filter Whose is Mine").click()
        await page.wait_for_url("**/issues?type=bug")
        await hall.call("report_issue", project_id="Winter readiness", title="Euros are lost")
        await expect(page.locator("main")).to_contain_text("Euros are lost")
        await page.go_back()
        await page.wait_for_url("**assignee=me")


async def test_what_is_refused_is_said_where_it_was_asked_for(hall: Hall, address: str, chrome: Browser) -> None:
    owner, _ = await furnish(hall)
    refusal = {"error": {"code": "conflict", "message": "Somebody was quicker", "details": {}}}
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/issues")
        await page.route("**/api/v1/issues/**", lambda route: route.fulfill(status=409, json=refusal))
        await page.get_by_role("button", name="Settle").first.click()
        dialog = page.get_by_role("dialog", name="Settle")
        await dialog.get_by_label("What was done about it").fill("Nothing")
        await dialog.get_by_role("button", name="Settle").click()
        await expect(dialog.get_by_role("alert")).to_have_text("Somebody was quicker")
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Assignee of").first.click()
        await page.get_by_role("menuitemradio", name="robin").click()
        await expect(page.get_by_role("alert")).to_have_text("Somebody was quicker")


# The inbox -----------------------------------------------------------------------------------------------------------


async def test_what_is_told_arrives_and_counts_until_it_is_read(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/notifications")
        elsewhere = await person.open("/issues")
        await live(elsewhere)
        task = await tell(hall, owner)
        row = page.locator(".list-of-news li", has_text="robin mentioned you")
        await expect(row).to_contain_text(task["key"])
        await expect(waiting(page)).to_have_text("1")
        await expect(waiting(elsewhere)).to_have_text("1")
        await expect(said(elsewhere)).to_contain_text("robin mentioned you")
        await page.keyboard.press("j")
        await page.keyboard.press("e")
        await expect(row.get_by_role("button", name="Mark as read")).to_have_count(0)
        await expect(waiting(page)).to_be_hidden()
        await expect(waiting(elsewhere)).to_be_hidden()
        await row.get_by_role("button", name="Mark as unread").click()
        await expect(waiting(elsewhere)).to_have_text("1")
        await tell(hall, owner)
        await page.get_by_role("button", name="Mark all read").click()
        await expect(said(page)).to_have_text("Everything is read")
        await expect(waiting(page)).to_be_hidden()

    assert ([], []) == (person.errors, person.foreign)


async def test_opening_what_it_is_about_reads_it(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    task = await tell(hall, owner)
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/notifications")
        await page.get_by_role("link", name="robin mentioned you").click()
        await page.wait_for_url(f"**/t/{task['key']}")
        await expect(waiting(page)).to_be_hidden()

    assert 0 == (await hall.call("get_unread_count", owner.actor))["unread"]


async def test_a_tasks_page_reads_what_was_told_of_it_and_every_tab_hears_that(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    task, other = await tell(hall, owner), await tell(hall, owner)
    async with visit(chrome, address) as person:
        board = await person.enter(owner.token, "/board")
        await expect(waiting(board)).to_have_text("2")
        page = await person.open(f"/t/{task['key']}")
        for tab in (page, board):
            await expect(waiting(tab)).to_have_text("1")

    (left,) = (await hall.call("get_notifications", owner.actor, unread_only=True))["notifications"]
    assert other["key"] == left["task_key"]
    assert [] == person.errors


async def test_what_one_does_not_want_to_hear_of_is_not_told(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/notifications")
        await page.get_by_role("button", name="What you are told of").click()
        await page.get_by_role("checkbox", name="Mentioned").uncheck()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)

    kept = {one["kind"]: one["enabled"] for one in (await hall.call("get_notification_preferences", owner.actor))["preferences"]}
    assert {"mentioned"} == {kind for kind, enabled in kept.items() if not enabled}


# Who is here, who holds what -------------------------------------------------------------------------------------------


async def test_whoever_takes_and_gives_back_a_task_is_seen_holding_it(hall: Hall, address: str, chrome: Browser) -> None:
    task = await hall.make_task("Paint the gate")
    async with visit(chrome, address) as person:
        page = await enter(person, hall, "/people")
        await expect(page.locator("li", has_text="Ines Duarte")).to_contain_text("here now")
        claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
        row = page.locator(".list-of-claims li", has_text="Paint the gate")
        await expect(row).to_contain_text("robin")
        await expect(row).to_contain_text("10 min left")
        await hall.call("release_claim", task_id=task["key"], fencing_token=claim["fencing_token"])
        await expect(row).to_have_count(0)

    assert ([], []) == (person.errors, person.foreign)


async def test_a_few_claims_stand_above_the_people_and_the_others_are_folded(hall: Hall, address: str, chrome: Browser) -> None:
    tasks = [await hall.make_task(f"Paint gate {number}") for number in range(7)]
    claims = [await hall.call("claim_task", task_id=task["key"]) for task in tasks]
    async with visit(chrome, address, width=390) as person:
        page = await enter(person, hall, "/people")
        shown = page.locator(".list-of-claims > li:visible")
        await expect(shown).to_have_count(5)
        await page.get_by_text("2 more").click()
        await expect(shown).to_have_count(7)
        await hall.call("release_claim", task_id=tasks[0]["key"], fencing_token=claims[0]["fencing_token"])
        await expect(shown).to_have_count(6)

    assert ([], []) == (person.errors, person.foreign)


# The command menu and the keys -----------------------------------------------------------------------------------------


async def test_the_command_menu_reaches_everything_from_everywhere(hall: Hall, address: str, chrome: Browser) -> None:
    owner, project = await furnish(hall)
    await hall.join("Tom Lind")
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/audit")
        find = page.get_by_role("combobox", name="Find a task, project, person or action")

        async def choose(words: str, group: str, option: str) -> None:
            await page.keyboard.press("Control+k")
            await find.fill(words)
            await page.get_by_role("group", name=group).get_by_role("option", name=option).click()

        await choose("readi", "Projects", "Winter readiness")
        await page.wait_for_url(f"**/projects/{project}")
        await choose("lind tom", "People", "Tom Lind")
        await page.wait_for_url("**/board?assignee=*")
        await choose("report", "Actions", "Report an issue")
        await expect(page.get_by_role("dialog", name="Report an issue")).to_be_visible()
        assert page.url == f"{address}/issues"
        await page.keyboard.press("Escape")
        await choose("new proj", "Actions", "New project")
        await expect(page.get_by_role("dialog", name="New project")).to_be_visible()
        await page.keyboard.press("Escape")
        await choose("new task", "Actions", "New task")
        await expect(page.get_by_role("dialog", name="New task")).to_be_visible()
        await page.keyboard.press("Escape")
        await choose("ramp crew", "Tasks", "Tell the ramp crew")
        await page.wait_for_url("**/t/*")
        await page.keyboard.press("Control+k")
        await expect(page.get_by_role("option", name="Inbox")).to_be_visible()
        found = await violations(page)

    assert [] == found
    assert ([], []) == (person.errors, person.foreign)


async def test_g_and_a_letter_go_to_every_page_and_the_question_mark_lists_them(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    leads = {
        "i": "notifications", "v": "approvals", "b": "board", "s": "issues", "p": "projects", "m": "people", "k": "keys", "w": "webhooks",
        "a": "audit",
    }  # fmt: skip
    async with visit(chrome, address) as person:
        page = await person.enter(owner.token, "/account")
        for letter, place in leads.items():
            await page.keyboard.press("g")
            await page.keyboard.press(letter)
            await page.wait_for_url(f"**/{place}")
            await live(page)
        await page.keyboard.press("?")
        listed = page.get_by_role("dialog", name="Keys")
        for place in ("Inbox", "Approvals", "Board", "Issues", "Projects", "People", "Keys", "Webhooks", "Audit trail"):
            await expect(listed.get_by_text(f"Go to {place}", exact=True)).to_be_visible()
        assert [] == await violations(page)


async def test_a_phone_reaches_every_page_from_its_dock(hall: Hall, address: str, chrome: Browser) -> None:
    owner = await hall.owner()
    async with visit(chrome, address, width=390, height=844, has_touch=True) as person:
        await person.context.add_cookies([{"name": "crewhall_session", "value": owner.token, "url": address}])
        page = await person.open("/projects")
        await page.get_by_role("navigation", name="Quick").get_by_role("link", name="Inbox").tap()
        await page.wait_for_url("**/notifications")
        for place in ("Issues", "Projects", "Approvals", "People"):
            await page.get_by_role("navigation", name="Quick").get_by_role("link", name="More").tap()
            await page.get_by_role("navigation", name="Pages").get_by_role("link", name=place).tap()
            await page.wait_for_url(f"**/{place.lower()}")
            assert await fits_sideways(page)
