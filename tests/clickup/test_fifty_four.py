"""The fifty-four tools of the ClickUp project, each called by a real MCP client: what they tell is what ClickUp has.

Every number is compared with one that `truth` counts in the twin's own rows. An answer may have 8,000 tokens; there is no tokenizer
among what the tests need, so a token is taken for four bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client

from crewhall.demo.twins import ClickUpTwin
from crewhall.demo.twins.clickup import TEAM
from tests.clickup.conftest import Mirrored
from tests.clickup.test_writing import noted, place, send
from tests.clickup.truth import (
    DAY,
    MINUTE,
    STAGES,
    Part,
    Row,
    Truth,
    is_done,
    is_open,
    judged,
    midnight,
    names,
)
from tests.harness.hall import text_of

MOST_BYTES = 8_000 * 4
FOLDER = "Operations Quay"
TOOLSETS = {
    "workspace_structure": "get_workspaces get_spaces get_space get_folders get_folder get_lists get_folderless_lists get_list "
    "invalidate_cache",
    "task_management": "get_tasks get_task create_task update_task search_tasks get_project_tasks get_list_progress get_workload "
    "get_overdue_tasks",
    "pm_analytics": "get_progress_since get_time_tracking_report get_task_time_breakdown get_estimation_accuracy get_at_risk_tasks "
    "get_stale_tasks get_untracked_tasks get_inactive_assignees get_status_summary",
    "project_intelligence": "get_workspace_folderless_lists get_list_defined_statuses get_project_statuses get_project_health_score "
    "get_project_daily_standup get_project_time_tracking get_project_blockers get_project_at_risk get_project_weekly_digest "
    "get_project_team_workload",
    "project_configuration": "discover_projects add_project list_projects remove_project refresh_projects get_project_status "
    "get_all_projects_status",
    "sync_mapping": "discover_hierarchy map_project list_mapped_projects get_mapped_project refresh_project unmap_project "
    "get_sync_status list_spaces clear_sync prune_cache",
}
NAMES = {name for names_of in TOOLSETS.values() for name in names_of.split()}


def enrich(twin: ClickUpTwin) -> None:
    """What the twin's own tasks are not: blocked, waiting for others, late today, parts of parts, finished yesterday and this week."""
    blocked = {"id": "l_blocked", "status": "blocked", "type": "custom", "orderindex": 9, "color": "#aa0000"}
    ideas = next(one for one in twin.lists if one["name"] == "Operations Ideas")
    ideas["statuses"] = [*ideas["statuses"], blocked]
    quay = [one for one in twin.tasks.values() if one["folder"]["name"] == FOLDER and not one["archived"]]
    for one in [one for one in twin.tasks.values() if one["list"]["id"] == ideas["id"] and not one["archived"]][:4]:
        twin.touch(one["id"], status=dict(blocked), date_done=None, date_closed=None)
    waiting = [one for one in quay if is_open(one)]
    for one, other in ((waiting[0], waiting[1]), (waiting[2], waiting[3]), (waiting[4], next(one for one in quay if is_done(one)))):
        rows = [{"task_id": one["id"], "depends_on": other["id"], "type": 1, "chain_id": None, "userid": "1"}]
        twin.touch(one["id"], dependencies=rows)
    now = twin.now_ms()
    for number, one in enumerate(waiting[5:11]):
        twin.touch(one["id"], due_date=str(midnight(now) + DAY - MINUTE if number < 3 else midnight(now) - 2 * DAY))
    for days, one in enumerate(one for one in quay if is_done(one)):
        if days < 9:
            at = str(midnight(now, days) - MINUTE if days else now - MINUTE)
            one.update(date_done=at, date_closed=at if one["date_closed"] else None, date_updated=str(now - MINUTE))
    child = next(one for one in quay if one["parent"])
    grandchild = next(one for one in quay if one["list"] == child["list"] and one["parent"] is None and _has_no_parts(twin, one))
    twin.touch(grandchild["id"], parent=child["id"])
    for one in (child, grandchild, twin.tasks[child["parent"]]):
        twin.log(one["id"], twin.people[2], now - 3 * DAY, 95 * MINUTE + 30_000)


def _has_no_parts(twin: ClickUpTwin, task: Row) -> bool:
    return all(one["parent"] != task["id"] for one in twin.tasks.values())


class Tools:
    """Calls tools as a model does, in few words, and again for the whole of what they say. It keeps what differs, and how long it was."""

    def __init__(self, client: Client[Any], ids: Mapping[str, str]) -> None:
        self._client = client
        self.ids = ids
        self.bytes: dict[str, int] = {}
        self.differs: dict[str, Any] = {}

    async def __call__(self, name: str, /, **given: Any) -> Any:
        """The whole of an answer; what asks first is told yes."""
        if name not in WRITES:
            await self._say(name, given)
        return json.loads(await self._say(name, given | {"format": "detailed"}))

    async def _say(self, name: str, given: dict[str, Any]) -> str:
        result = await self._client.call_tool(name, given, raise_on_error=False)
        if "confirm_token=" in text_of(result):
            token = text_of(result).partition("confirm_token=")[2].split()[0].rstrip(".,)\"'")
            result = await self._client.call_tool(name, given | {"confirm_token": token}, raise_on_error=False)
        assert not result.is_error, f"{name}: {text_of(result)}"
        self.bytes[name] = max(self.bytes.get(name, 0), len(text_of(result).encode()))
        return text_of(result)

    async def refused(self, name: str, /, **given: Any) -> str:
        result = await self._client.call_tool(name, given, raise_on_error=False)
        return text_of(result) if result.is_error else ""

    async def pages(self, name: str, rows: str, /, **given: Any) -> tuple[Any, list[Any]]:
        """The first page, and the rows of all."""
        first = page = await self(name, **given)
        found = list(first.get(rows, []))
        while page.get("next_cursor"):
            page = await self(name, **given, cursor=page["next_cursor"])
            found += page[rows]
        return first, found

    def same(self, name: str, /, **pairs: tuple[Any, Any]) -> None:
        """Note where what is told is not the truth."""
        for part, (truth, told) in pairs.items():
            if truth != told:
                self.differs[f"{name}.{part}"] = {"truth": truth, "told": told}

    def known(self, rows: Iterable[Row]) -> set[str]:
        """The keys here of ClickUp's rows."""
        return {self.ids[one["id"]] for one in rows}

    def shown(self, name: str, truth: Iterable[Row], told: Iterable[Row], limit: int = 20) -> None:
        """The rows that are shown are of those there are, and as many as fit."""
        wanted, got = self.known(truth), [one["key"] for one in told]
        self.same(name, rows=(min(limit, len(wanted)), len(got)), others=(set(), set(got) - wanted), twice=(len(set(got)), len(got)))


WRITES = frozenset(["create_task", "update_task", "add_project", "remove_project", "map_project", "unmap_project", "clear_sync"])


def at(answer: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(answer["as_of"])


def drop_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


# Where tasks are kept --------------------------------------------------------------------------------------------------------


async def look_at_places(tools: Tools, truth: Truth) -> None:
    space, folder = truth.spaces[0], next(one for one in truth.folders if one["name"] == FOLDER)
    everything = truth.tasks.values()
    workspaces = {one["workspace_id"]: one for one in (await tools("get_workspaces"))["workspaces"]}
    tools.same(
        "get_workspaces", team=(("Tidewater", len(truth.twin.people)), (workspaces[TEAM]["name"], workspaces[TEAM]["members_count"]))
    )
    spaces = (await tools("get_spaces", workspace_id=TEAM))["spaces"]
    tools.same(
        "get_spaces",
        spaces=(
            {one["id"]: (one["name"], len(one["statuses"])) for one in truth.spaces},
            {one["space_id"]: (one["name"], one["status_count"]) for one in spaces},
        ),
    )
    whole = await tools("get_space", space_id=space["id"])
    inside = truth.of(space)
    tools.same(
        "get_space",
        statuses=(_words(space["statuses"]), _words(whole["statuses"], "name")),
        team=(TEAM, whole["team_id"]),
        counts=((2, len(truth.lists_in(space)), len(inside.tasks)), (whole["folder_count"], whole["list_count"], whole["task_count"])),
    )
    folders = (await tools("get_folders", space_id=space["id"]))["folders"]
    tools.same(
        "get_folders",
        folders=(
            {
                one["id"]: {two["id"] for two in truth.lists_in(one) if not two["archived"]}
                for one in truth.folders
                if one["space"]["id"] == space["id"]
            },
            {one["folder_id"]: {two["list_id"] for two in one["lists_summary"]} for one in folders},
        ),
        list_count=([len(one["lists_summary"]) for one in folders], [one["list_count"] for one in folders]),
    )
    whole = await tools("get_folder", folder_id=folder["id"])
    tools.same("get_folder", lists=(_counts(truth, truth.lists_in(folder)), _told(whole["lists"])), space=(space["id"], whole["space_id"]))
    yard = truth.folders[1]
    lists = (await tools("get_lists", folder_id=yard["id"]))["lists"]
    tools.same("get_lists", lists=(_counts(truth, [one for one in truth.lists_in(yard) if not one["archived"]]), _told(lists)))
    loose = (await tools("get_folderless_lists", space_id=space["id"]))["lists"]
    tools.same("get_folderless_lists", lists=(_counts(truth, truth.loose(space)), _told(loose)))
    one = truth.loose(space)[1]
    found = await tools("get_list", list_id=one["id"])
    tools.same(
        "get_list",
        counts=(_counts(truth, [one]), _told([found])),
        statuses=(_words(one["statuses"]), _words(found["statuses"], "name")),
        kept=("list", found["statuses_from"]),
        space=(space["name"], found["space_name"]),
    )
    (mirrored,) = (await tools("invalidate_cache", type="all"))["mirrored"]
    newest = max(int(one["date_updated"]) for one in everything)
    tools.same(
        "invalidate_cache",
        counts=((len(truth.lists), len(truth.tasks)), (mirrored["lists"], mirrored["tasks"])),
        newest=(newest, round(datetime.fromisoformat(mirrored["newest_change"]).timestamp() * 1000)),
    )


def _words(statuses: Iterable[Row], name: str = "status") -> list[tuple[str, str]]:
    return [(one[name].lower(), one["type"]) for one in statuses]


def _counts(truth: Truth, lists: Iterable[Row]) -> dict[str, tuple[str, int, int]]:
    return {one["id"]: (one["name"], len(truth.of(one).tasks), len(truth.of(one).open)) for one in lists}


def _told(lists: Iterable[Row]) -> dict[str, tuple[str, int, int]]:
    return {one["list_id"]: (one["name"], one["task_count"], one["open_count"]) for one in lists}


# Tasks -----------------------------------------------------------------------------------------------------------------------


async def look_at_tasks(tools: Tools, truth: Truth) -> None:
    folder = next(one for one in truth.folders if one["name"] == FOLDER)
    one = truth.lists_in(folder)[0]
    part, quay = truth.of(one), truth.of(folder)
    for name, given, wanted in (
        ("get_tasks", {"list_id": one["id"]}, part.open),
        ("get_tasks", {"list_id": one["id"], "include_closed": True}, part.tasks),
        ("get_project_tasks", {"project": FOLDER}, quay.open),
        ("get_project_tasks", {"project": FOLDER, "include_closed": True}, quay.tasks),
    ):
        page, rows = await tools.pages(name, "tasks", **given)
        by_status = Counter(task["status"]["status"] for task in wanted)
        label = f"{name}({len(given)})"
        tools.same(
            label,
            total=(len(wanted), page["total_tasks"]),
            statuses=(dict(by_status), page["status_counts"]),
            keys=(sorted(tools.known(wanted)), sorted(task["key"] for task in rows)),
        )
    busy = next(task for task in part.open if task["status"]["status"] == "in progress" and task["assignees"])
    mine = busy["assignees"][0]
    page = await tools("get_tasks", list_id=one["id"], assignees=[mine["id"]], statuses=["in progress", "shipped"])
    wanted = [task for task in part.tasks if mine["username"] in names(task)]
    counts = Counter(task["status"]["status"] for task in wanted)
    tools.same("get_tasks", requested=({word: counts[word] for word in ("in progress", "shipped")}, page["requested_status_counts"]))

    found, hits = await tools.pages("search_tasks", "hits", project=FOLDER, query="paint crane", include_closed=False)
    lists = {one["id"] for one in truth.lists_in(folder)}  # what was put away is found, too
    wanted = [one for one in truth.tasks.values() if one["list"]["id"] in lists and is_open(one) and one["name"].startswith("Paint crane")]
    tools.same(
        "search_tasks", keys=(tools.known(wanted), {hit["task"]["key"] for hit in found["hits"]} | {hit["task"]["key"] for hit in hits})
    )
    whole = max(truth.tasks.values(), key=lambda task: len(truth.below(task["id"])) if task["parent"] is None else 0)
    await look_at_one(tools, truth, whole)
    await look_at_one(tools, truth, next(task for task in quay.tasks if _depth(truth, task) == 2))


def _depth(truth: Truth, task: Row) -> int:
    return 1 + _depth(truth, truth.tasks[task["parent"]]) if task["parent"] else 0


async def look_at_one(tools: Tools, truth: Truth, task: Row) -> None:
    key, below = tools.ids[task["id"]], truth.below(task["id"])
    told = await tools("get_task", task_id=task["id"])
    own, parts = truth.logged_on([task]), truth.logged_on(below[1:])
    tools.same(
        f"get_task({task['id']})",
        said=(
            (key, task["name"], task["status"]["status"], task["status"]["type"]),
            (told["key"], told["title"], told["status_name"], told["status_type"]),
        ),
        people=(sorted(names(task)), sorted(one["name"] for one in told.get("assignees", []))),
        place=(task["list"]["id"], told["place"]["list_id"]),
        parts=(tools.known(one for one in below if one["parent"] == task["id"]), {one["key"] for one in told.get("sub_tasks", [])}),
        time=(
            (own // MINUTE, parts // MINUTE, (own + parts) // MINUTE),
            tuple(told["time"][name] for name in ("tracked", "tracked_in_parts", "tracked_in_all")),
        ),
        fields=({one["name"]: one["value"] for one in task["custom_fields"] if "value" in one}, told.get("custom_fields", {})),
        estimate=(task["time_estimate"] and task["time_estimate"] // MINUTE, told.get("estimate_minutes")),
    )
    tree = await tools("get_task_time_breakdown", task_id=key)
    rolled = {tools.ids[one["id"]]: (truth.logged_on([one]), truth.logged_on(truth.below(one["id"]))) for one in below}
    tools.same(
        f"get_task_time_breakdown({task['id']})",
        root=((own, own + parts), (tree["own_ms"], tree["rolled_up_ms"])),
        lines=(rolled, {line["key"]: (line["own_ms"], line["rolled_up_ms"]) for line in tree["lines"]}),
        depths=(sorted(_depth(truth, one) - _depth(truth, task) for one in below), sorted(line["depth"] for line in tree["lines"])),
    )


# Reports ---------------------------------------------------------------------------------------------------------------------


async def look_at_lists(tools: Tools, truth: Truth) -> None:
    one = truth.lists_in(truth.folders[0])[1]
    told = await tools("get_list_progress", list_id=one["id"])
    part = truth.of(one, at(told))
    week = part.done_since(midnight(part.now, 6))
    same_summary(tools, "get_list_progress", part, told)
    tools.same("get_list_progress", velocity=(len(week), told["velocity_7d"]), stages=(part.by_stage, told["stage_breakdown"]))
    same_load(tools, "get_workload", truth, one, await tools("get_workload", list_id=one["id"]))
    told = await tools("get_overdue_tasks", list_id=one["id"])
    part = truth.of(one, at(told))
    tools.same("get_overdue_tasks", count=(len(part.overdue), told["count"]))
    tools.shown("get_overdue_tasks", part.overdue, told["tasks"])
    late = {tools.ids[task["id"]]: (part.now - int(task["due_date"])) // DAY for task in part.overdue}
    tools.same(
        "get_overdue_tasks", days=([late.get(task["key"]) for task in told["tasks"]], [task.get("days_overdue") for task in told["tasks"]])
    )


def same_summary(tools: Tools, name: str, part: Part, told: Any) -> None:
    tools.same(
        name,
        counts=((len(part.tasks), len(part.done), part.rate), (told["total"], told["done"], told["completion_rate"])),
        statuses=(part.by_status, told["by_status"]),
        categories=(part.by_stage, told["by_category"]),
    )


def same_load(tools: Tools, name: str, truth: Truth, place_of: Row | None, told: Any) -> None:
    part = truth.of(place_of, at(told))
    people = {one["name"]: (one["open"], one["active"], one["overdue"], one["remaining_minutes"]) for one in told["people"]}
    nobodys = part.count(lambda one: is_open(one) and not one["assignees"])
    tools.same(name, counts=((len(part.open), nobodys), (told["total"], told["unassigned"])), people=(part.load(), people))


async def look_at_reports(tools: Tools, truth: Truth, moved: int) -> None:
    folder = truth.folders[0]
    day = datetime.now(UTC) - timedelta(days=4)
    told = await tools("get_progress_since", since_date=f"{day:%Y-%m-%d}", project=FOLDER)
    part = truth.of(folder, at(told))
    done = part.done_since(midnight(part.now, 4), part.now)
    tools.same(
        "get_progress_since",
        counts=(
            (len(done), sum(one["parent"] is None for one in done), sum(one["parent"] is not None for one in done), moved),
            (told["completed"], told["main_tasks"], told["sub_tasks"], told["changes"]),
        ),
        statuses=(part.by_status, told["by_status"]),
        categories=(part.by_stage, told["by_category"]),
    )
    tools.shown("get_progress_since", done, told["tasks"])
    for name, given in (("get_time_tracking_report", {"project": FOLDER}), ("get_project_time_tracking", {"project_name": FOLDER})):
        for group in ("assignee", "status", "task"):
            same_time(tools, f"{name}({group})", truth, group, await tools(name, **given, group_by=group, limit=200))
    told = await tools("get_estimation_accuracy", project=FOLDER)
    part = truth.of(folder, at(told))
    verdicts = judged(part)
    compared = [one for verdict in ("accurate", "under", "over") for one in verdicts[verdict]]
    tools.same(
        "get_estimation_accuracy",
        counts=({verdict: len(found) for verdict, found in verdicts.items()}, {verdict: told[verdict] for verdict in verdicts}),
        minutes=(
            (
                sum(one["time_estimate"] for one in compared) // MINUTE,
                sum(map(part.own, compared)) // MINUTE,
                sum(map(part.own, verdicts["unplanned"])) // MINUTE,
            ),
            (told["estimated_minutes"], told["tracked_minutes"], told["unplanned_minutes"]),
        ),
        rate=(len(verdicts["accurate"]) * 100 // len(compared), told["accuracy"]),
    )
    same_risk(tools, "get_at_risk_tasks", truth, 5, await tools("get_at_risk_tasks", project=FOLDER, risk_days=5))
    same_risk(tools, "get_project_at_risk", truth, 5, await tools("get_project_at_risk", project_name=folder["id"], risk_days=5))
    for days in (7, 60):
        told = await tools("get_stale_tasks", project=FOLDER, stale_days=days)
        stale = truth.of(folder, at(told)).stale(days)
        tools.same("get_stale_tasks", count=(len(stale), told["count"]))
        tools.shown("get_stale_tasks", stale, told["tasks"])
    for which, stages in (("in_progress", {"active"}), ("all", {"active", "not_started"})):
        told = await tools("get_untracked_tasks", project=FOLDER, status_filter=which)
        part = truth.of(folder, at(told))
        bare = [one for one in part.open if STAGES[one["status"]["type"]] in stages and not part.own(one)]
        tools.same("get_untracked_tasks", count=(len(bare), told["count"]))
        tools.shown("get_untracked_tasks", bare, told["tasks"])
    one = truth.lists[-2]
    told = await tools("get_inactive_assignees", list_id=one["id"], inactive_days=3)
    tools.same(
        "get_inactive_assignees",
        people=(quiet(truth.of(one, at(told)), 3), {who["name"]: (who["open"], who["days"]) for who in told.get("people", [])}),
    )
    for place_of, narrower in ((None, {}), (truth.spaces[1], {"project": truth.spaces[1]["name"]})):
        told = await tools("get_status_summary", **narrower)
        same_summary(tools, "get_status_summary", truth.of(place_of, at(told)), told)


def quiet(part: Part, days: int) -> dict[str, tuple[int, int]]:
    """People with open tasks on which nothing has changed: how many, and for how many days."""
    newest: dict[str, int] = {}
    count: Counter[str] = Counter()
    for one in part.open:
        for who in names(one):
            newest[who] = max(newest.get(who, 0), int(one["date_updated"]))
            count[who] += 1
    return {who: (count[who], (part.now - last) // DAY) for who, last in newest.items() if part.now - last >= days * DAY}


def same_time(tools: Tools, name: str, truth: Truth, group: str, told: Any) -> None:
    part = truth.of(truth.folders[0])
    keys: dict[str, Callable[[Row], str]] = {
        "assignee": lambda entry: entry["user"]["username"],
        "status": lambda entry: truth.tasks[entry["task"]["id"]]["status"]["status"],
        "task": lambda entry: tools.ids[entry["task"]["id"]],
    }
    key = keys[group]
    sums, groups = part.logged(key), {one["key"]: one["tracked_ms"] for one in told["groups"]}
    tasks = {word: len({one["task"]["id"] for one in part.entries if key(one) == word}) for word in sums}
    tools.same(
        name,
        total=((part.tracked, part.running), (told["tracked_ms"], told["running"])),
        rows=(min(len(sums), 200), len(groups)),
        sums=({word: sums.get(word) for word in groups}, groups),
        tasks=({word: tasks.get(word) for word in groups}, {one["key"]: one["tasks"] for one in told["groups"]}),
    )
    if group == "status":
        estimates: Counter[str] = Counter()
        lists = {one["id"] for one in truth.lists_in(truth.folders[0])}
        for one in [one for one in truth.tasks.values() if one["list"]["id"] in lists]:
            estimates[one["status"]["status"]] += one["time_estimate"] or 0
        tools.same(name, estimates=({word: estimates[word] for word in groups}, {one["key"]: one["estimate_ms"] for one in told["groups"]}))


def same_risk(tools: Tools, name: str, truth: Truth, days: int, told: Any) -> None:
    part = truth.of(truth.folders[0], at(told))
    urgent = [one for one in part.open if (one["priority"] or {}).get("priority") == "urgent"]
    tools.same(
        name, counts=((len(part.overdue), len(part.due_within(days)), len(urgent)), (told["overdue"], told["due_soon"], told["urgent"]))
    )
    tools.shown(name, part.overdue, told.get("overdue_tasks", []))
    tools.shown(name, part.due_within(days), told.get("due_soon_tasks", []))
    tools.shown(name, urgent, told.get("urgent_tasks", []))


# Projects --------------------------------------------------------------------------------------------------------------------


async def look_at_projects(tools: Tools, truth: Truth) -> None:
    folder, ideas = truth.folders[0], next(one for one in truth.lists if one["name"] == "Operations Ideas")
    loose = (await tools("get_workspace_folderless_lists", workspace_id=TEAM))["lists"]
    tools.same(
        "get_workspace_folderless_lists",
        lists=(
            sorted((one["name"], one["space"]["name"]) for space in truth.spaces for one in truth.loose(space)),
            sorted((one["name"], one["space"]) for one in loose if one["source"] == "clickup"),
        ),
    )
    told = (await tools("get_list_defined_statuses", list_id=ideas["id"]))["statuses"]
    tools.same(
        "get_list_defined_statuses", statuses=(_defined(ideas["statuses"]), [(one["name"], one["type"], one["category"]) for one in told])
    )
    told = (await tools("get_project_statuses", project_name=FOLDER))["statuses"]
    tools.same(
        "get_project_statuses",
        statuses=(_defined(truth.statuses(truth.lists_in(folder)[0])), [(one["name"], one["type"], one["category"]) for one in told]),
    )
    await look_at_health(tools, truth)
    told = await tools("get_project_daily_standup", project_name=FOLDER)
    part = truth.of(folder, at(told))
    back = {0: 3, 6: 2}.get(datetime.fromtimestamp(part.now / 1000, UTC).weekday(), 1)
    done = part.done_since(midnight(part.now, back), midnight(part.now))
    active = part.find(lambda one: one["status"]["type"] == "custom")
    today = [one for one in part.open if one["due_date"] and midnight(part.now) <= int(one["due_date"]) < midnight(part.now) + DAY]
    tools.same(
        "get_project_daily_standup",
        counts=(
            (len(done), len(active), 0, len(today)),
            tuple(told[name] for name in ("completed", "in_progress", "blockers", "due_today")),
        ),
    )
    tools.shown("get_project_daily_standup", done, told.get("completed_tasks", []))
    tools.shown("get_project_daily_standup", today, told.get("due_today_tasks", []))
    for word, place_of in ((FOLDER, folder), (ideas["id"], ideas)):
        told = await tools("get_project_blockers", project_name=word, stale_days=5)
        part = truth.of(place_of, at(told))
        blocked = part.find(lambda one: one["status"]["status"] == "blocked")
        waiting = [one for one in part.open if any(is_open(truth.tasks[two["depends_on"]]) for two in one["dependencies"])]
        counts = tuple(told[name] for name in ("blocked", "waiting", "stale"))
        tools.same(f"get_project_blockers({word})", counts=((len(blocked), len(waiting), len(part.stale(5))), counts))
        tools.shown("get_project_blockers", waiting, told.get("waiting_tasks", []))
    told = await tools("get_project_weekly_digest", project_name=FOLDER)
    part = truth.of(folder, at(told))
    done, since = part.done_since(midnight(part.now, 6)), midnight(part.now, 6)
    week = Part(part.tasks, [one for one in part.entries if int(one["start"]) >= since], part.now)
    logged = drop_zeros(week.logged(lambda entry: entry["user"]["username"]))
    finished = Counter(who for one in done for who in names(one))
    tools.same(
        "get_project_weekly_digest",
        counts=(
            (len(done), part.by_stage["active"], len(part.overdue), week.tracked),
            tuple(told[name] for name in ("done", "active", "overdue", "tracked_ms")),
        ),
        people=(
            {who: (finished[who], logged.get(who, 0)) for who in finished.keys() | logged.keys()},
            {one["name"]: (one["done"], one["tracked_ms"]) for one in told.get("contributions", []) if one["done"] or one["tracked_ms"]},
        ),
    )
    same_load(tools, "get_project_team_workload", truth, folder, await tools("get_project_team_workload", project_name=FOLDER))


def _defined(statuses: Iterable[Row]) -> list[tuple[str, str, str]]:
    return [(one["status"], one["type"], STAGES[one["type"]]) for one in statuses]


async def look_at_health(tools: Tools, truth: Truth) -> None:
    told = await tools("get_project_health_score", project_name=FOLDER)
    part = truth.of(truth.folders[0], at(told))
    left = len(part.open)
    well = {
        "overdue": (30, left - len(part.overdue), left),
        "freshness": (20, left - len(part.stale(7)), left),
        "progress": (25, len(part.done), len(part.tasks)),
        "assignment": (15, sum(bool(one["assignees"]) for one in part.open), left),
        "estimates": (10, sum(bool(one["time_estimate"]) for one in part.open), left),
    }
    score = round(sum(weight * good / of for weight, good, of in well.values()))
    tools.same(
        "get_project_health_score",
        parts=(well, {one["name"]: (one["weight"], one["well"], one["of"]) for one in told["parts"]}),
        score=(score, told["score"]),
        grade=("A" if score >= 85 else "B" if score >= 70 else "C" if score >= 50 else "F", told["grade"]),
        counts=((len(part.tasks), len(part.done), part.rate), (told["total"], told["done"], told["completion_rate"])),
    )


# What is followed ------------------------------------------------------------------------------------------------------------


async def follow(tools: Tools, truth: Truth) -> None:
    quay, yard = truth.folders[0], truth.folders[1]
    for level, places in (
        ("space", truth.spaces),
        ("folder", truth.folders),
        ("list", [one for one in truth.lists if not one["archived"]]),
    ):
        told = await tools("discover_projects", workspace_id=TEAM, project_level=level)
        tools.same(
            f"discover_projects({level})",
            places=(
                {one["id"]: _total(truth, one) for one in places},
                {one["external_id"]: (one["total"], one["done"]) for one in told["places"]},
            ),
        )
    for archived in (False, True):
        told = await tools("discover_hierarchy", workspace_id=TEAM, show_archived=archived)
        places = [*truth.spaces, *truth.folders, *(one for one in truth.lists if archived or not one["archived"])]
        tools.same(
            "discover_hierarchy",
            places=(
                {one["id"]: _total(truth, one) for one in places},
                {one["external_id"]: (one["total"], one["done"]) for one in told["places"]},
            ),
        )
    added = await tools("add_project", name="The quay", id=quay["id"], type="folder", workspace_id=TEAM)
    tools.same(
        "add_project", counts=(_total(truth, quay), (added["total"], added["done"])), lists=(len(truth.lists_in(quay)), added["lists"])
    )
    refused = [
        await tools.refused("add_project", name="Again", id=quay["id"], type="folder"),
        await tools.refused("add_project", name="A part", id=truth.lists_in(quay)[0]["id"], type="list"),
    ]
    tools.same("add_project", refused=(2, sum("conflict" in one for one in refused)))
    mapped = await tools("map_project", id=yard["id"], type="folder", alias="The yard")
    tools.same("map_project", counts=(_total(truth, yard), (mapped["total"], mapped["done"])))
    followed = {"The quay": _total(truth, quay), "The yard": _total(truth, yard)}
    told = (await tools("list_projects"))["followed"]
    tools.same("list_projects", counts=(followed, {one["name"]: (one["tasks"], one["completed"]) for one in told}))
    told = (await tools("list_mapped_projects"))["projects"]
    tools.same("list_mapped_projects", counts=(followed, {one["name"]: (one["total"], one["done"]) for one in told}))
    told = await tools("get_mapped_project", alias="The yard")
    tools.same(
        "get_mapped_project",
        places=(
            {one["id"]: _total(truth, one) for one in (yard, *truth.lists_in(yard))},
            {one["external_id"]: (one["total"], one["done"]) for one in told["places"]},
        ),
    )
    for name, given in (("get_project_status", {"project_name": "The quay"}), ("get_all_projects_status", {})):
        told = await tools(name, **given)
        one = told if name == "get_project_status" else next(one for one in told["projects"] if one["project"] == "The quay")
        same_status(tools, name, truth.of(quay), one)
    told = await tools("get_project_health_score", project_name="The quay")
    tools.same("get_project_health_score", followed=(_total(truth, quay), (told["total"], told["done"])))
    spaces = (await tools("list_spaces", workspace_id=TEAM))["places"]
    tools.same(
        "list_spaces",
        spaces=(
            {one["id"]: (*_total(truth, one), False) for one in truth.spaces},
            {one["external_id"]: (one["total"], one["done"], one["is_mapped"]) for one in spaces},
        ),
    )
    said = (await tools("refresh_project", alias="The quay"))["message"]
    total, done = followed["The quay"]
    tools.same("refresh_project", said=(f"The quay: {len(truth.lists_in(quay))} lists, {done} of {total} tasks done", said))
    tools.same("refresh_projects", left=(["The quay", "The yard"], (await tools("refresh_projects"))["projects"]))
    tools.same("unmap_project", left=(["The quay"], (await tools("unmap_project", alias="The yard"))["projects"]))
    tools.same("remove_project", left=([], (await tools("remove_project", project_name="The quay")).get("projects", [])))
    await tools("map_project", id=quay["id"], alias="Once more")
    tools.same("clear_sync", unsure=(["Once more"], (await tools("clear_sync", confirm=False))["projects"]))
    tools.same("clear_sync", left=([], (await tools("clear_sync", confirm=True)).get("projects", [])))
    tools.same("clear_sync", followed=([], (await tools("list_mapped_projects")).get("projects", [])))
    tools.same("prune_cache", said=(True, "Nothing is cached" in (await tools("prune_cache"))["message"]))


def _total(truth: Truth, place_of: Row) -> tuple[int, int]:
    part = truth.of(place_of)
    return len(part.tasks), len(part.done)


def same_status(tools: Tools, name: str, part: Part, told: Any) -> None:
    left, late = len(part.open), len(part.overdue)
    word = "late" if late * 2 > left else "at_risk" if late * 5 > left else "on_track"
    tools.same(
        name,
        counts=((len(part.tasks), len(part.done), left, late), tuple(told[field] for field in ("total", "done", "active", "overdue"))),
        progress=(part.rate, told["progress"]),
        word=(word, told["status"]),
    )
    if name == "get_project_status":
        tools.same(name, statuses=(part.by_status, told["by_status"]))


# What is written -------------------------------------------------------------------------------------------------------------


async def write(tools: Tools, mirrored: Mirrored, truth: Truth) -> None:
    """What is made and changed here is at ClickUp afterwards."""
    twin, since = mirrored.twin, await place(mirrored)
    one, ada = truth.lists_in(truth.folders[0])[0], twin.people[0]
    made = await tools(
        "create_task",
        list_id=one["id"],
        name="Made by a tool",
        status="in progress",
        priority=2,
        assignees=[ada["id"]],
        due_date="2026-12-24",
        tags=["tool"],
    )
    changed = next(task for task in truth.of(one).open if ada["username"] in names(task) and task["status"]["status"] == "to do")
    await tools(
        "update_task",
        task_id=changed["id"],
        name="Renamed",
        status="review",
        priority=1,
        remove_assignees=[ada["id"]],
        add_assignees=[twin.people[1]["id"]],
    )
    for _ in range(3):
        await noted(mirrored, since)
        await send(mirrored)
        since = await place(mirrored)
    there = next((task for task in twin.tasks.values() if task["name"] == "Made by a tool"), None)
    tools.same(
        "create_task",
        key=(True, bool(made["key"])),
        there=(
            (one["id"], "in progress", "high", [ada["username"]], ["tool"]),
            there
            and (
                there["list"]["id"],
                there["status"]["status"],
                there["priority"]["priority"],
                names(there),
                [tag["name"] for tag in there["tags"]],
            ),
        ),
    )
    there = twin.tasks[changed["id"]]
    people = {*names(changed), twin.people[1]["username"]} - {ada["username"]}
    tools.same(
        "update_task",
        there=(
            ("Renamed", "review", "urgent", people),
            (there["name"], there["status"]["status"], there["priority"]["priority"], set(names(there))),
        ),
    )


@pytest.mark.timeout(180)
@pytest.mark.parametrize("size", [2_000])
async def test_all_fifty_four_tell_what_clickup_has(mirrored: Mirrored) -> None:
    twin = mirrored.twin
    enrich(twin)
    first = await mirrored.read()
    moving = [one for one in Truth(twin).of(twin.folders[0]).open if one["status"]["status"] == "to do"][:7]
    for one in moving:
        twin.set_status(one["id"], "review")
    last = await mirrored.read()
    truth = Truth(twin)
    ids = {row["external_id"]: row["key"] for row in await mirrored.rows(KEYS)}

    async with mirrored.hall.mcp(key=(await mirrored.hall.owner()).token) as client:
        tools = Tools(client, ids)
        await look_at_places(tools, truth)
        await look_at_tasks(tools, truth)
        await look_at_lists(tools, truth)
        await look_at_reports(tools, truth, len(moving))
        await look_at_projects(tools, truth)
        status = (await tools("get_sync_status"))["mirrors"][0]
        tools.same("get_sync_status", tasks=(len(truth.tasks), status["tasks"]), complete=(True, status["last_run"]["complete"]))
        await follow(tools, truth)
        await write(tools, mirrored, truth)

    assert ("complete", "complete") == (first.state, last.state)
    assert {} == tools.differs
    assert NAMES == set(tools.bytes)
    assert 54 == len(NAMES)
    assert {} == {name: size for name, size in tools.bytes.items() if size > MOST_BYTES}


KEYS = "select external_id, key from task_facts where organisation_id = $1 and source = 'clickup'"
