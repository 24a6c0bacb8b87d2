"""A twin of ClickUp: one workspace with spaces, folders, lists, tasks of every kind, comments and time entries of several people.

It pages, limits and answers as ClickUp does, with what ClickUp leaves out left out. Its content comes from a number, so that two of
the same size are the same; `touch`, `delete` and the like are what people do there meanwhile.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin

TEAM = "9015000001"
PAGE, COMMENTS = 100, 25
BUSINESS_PLUS = 1000
"""Requests in a minute on such a plan; most others have 100."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ECODES = {"invalid_auth": "OAUTH_019", "token_revoked": "OAUTH_025", "token_expired": "OAUTH_025"}
STATUS_OF = {"ITEM_013": 404, "LIST_NOT_FOUND": 404}

NAMES = ("Ada Lindqvist", "Kofi Mensah", "Mei Tanaka", "Bruno Silva", "Ines Carvalho", "Tariq Aziz", "Lena Vogt", "Otto Brandt")
VERBS = ("Paint", "Mend", "Plan", "Measure", "Ship", "Test", "Draw", "Move", "Count", "Sort")
THINGS = ("the pier", "berth {n}", "the booking page", "invoice {n}", "the tide table", "crane {n}", "the harbour map", "gate {n}")
TAGS = ("harbour", "urgent", "paint", "backend", "customer", "safety")
SPACES = ("Operations", "Product")
STATUSES = (("to do", "open", "#87909e"), ("in progress", "custom", "#4194f6"), ("review", "custom", "#f8ae00"),
            ("shipped", "done", "#008844"), ("Closed", "closed", "#6bc950"))  # fmt: skip
OWN_STATUSES = (("backlog", "open", "#87909e"), ("drafting", "custom", "#b660e0"), ("published", "closed", "#008844"))
CUSTOMER = {
    "id": "cf-customer", "name": "Customer", "type": "short_text", "type_config": {}, "date_created": "0", "hide_from_guests": False,
    "required": False,
}  # fmt: skip
ASKED = (
    "Which colour did the harbour master agree to?", "Can you send me the measurements by Friday?", "Who tells the customer?",
    "Please look over the plan before we order.", "Is the old crane still insured?",
)  # fmt: skip
KEPT = ("started_ms", "people", "spaces", "folders", "lists", "tasks", "comments", "entries", "hooks", "_made", "_tasks_made")
"""What a workspace is, for a twin that is to have it after a restart as well."""
PRIORITIES = (("1", "urgent", "#f50000"), ("2", "high", "#f8ae00"), ("3", "normal", "#6fddff"), ("4", "low", "#d8d8d8"))


def _consent() -> Consent:
    return Consent(
        "ClickUp", "/api", "/api/v2/oauth/token", None, {"clickup-client": "clickup-secret"}, rotates=False, life=None, prefix="ck-",
        token_auth=("post",), pkce=False, says_scope=False,
    )  # fmt: skip


class ClickUpTwin(Twin):
    """The API below /api/v2. `size` tasks; `per_minute` requests are answered in each `window` of seconds, the rest with 429."""

    prefix = "/api/v2"
    slug = "clickup"

    def __init__(self, size: int = 60, *, now_ms: int | None = None) -> None:
        super().__init__(_consent())
        self.size = size
        self.started_ms = now_ms or int(time.time() * 1000)
        self.per_minute, self.window = 10_000, 60.0
        self.tells = 100  # the limit that answers name: what it is for most plans
        self.memory: Path | None = None
        self.fill()

    def keys(self) -> dict[str, str]:
        token = self.consent.new_token("")
        self.consent.tokens[f"pk_{token}"] = self.consent.tokens.pop(token)
        return {"access_token": f"pk_{token}"}

    def refuse(self, code: str) -> Response:
        ecode = ECODES.get(code, code)
        return JSONResponse({"err": "Said by the twin", "ECODE": ecode}, status_code=STATUS_OF.get(ecode, 401))

    def remember(self, folder: Path) -> None:
        """Begin with the workspace that lies in this folder, and keep there what becomes of it: that of the demo, where people wait for
        each other, and which counts requests against the limit that it tells."""
        self.memory = folder / "clickup-stand-in.json"
        self.tells = self.per_minute = BUSINESS_PLUS
        if self.memory.exists():
            for name, value in json.loads(self.memory.read_text("utf-8")).items():
                setattr(self, name, value)
        else:
            self.people_wait()
            self._keep()

    def people_wait(self) -> None:
        """Somebody is asked something that is not settled, tasks wait for others, and people follow what they do not do."""
        left = [one for one in self.tasks.values() if one["status"]["type"] in {"open", "custom"} and not one["archived"]]
        for number, (task, words) in enumerate(zip(left, ASKED, strict=False)):
            self.comment(task["id"], words, assignee=self.people[number % len(self.people)], touch=False)
            task["watchers"] = [_user(one) for one in self.people[number : number + 2]]
        for task, other in zip(left[1:8:2], left[2:9:2], strict=False):
            waits = {"task_id": task["id"], "depends_on": other["id"], "type": 1, "chain_id": None}
            task["dependencies"] = [{**waits, "userid": str(task["creator"]["id"])}]

    def _keep(self) -> None:
        """A file that is cut off in the middle never takes the place of a whole one."""
        if self.memory is not None:
            fresh = self.memory.with_suffix(".new")
            fresh.write_text(json.dumps({name: getattr(self, name) for name in KEPT}), "utf-8")
            fresh.replace(self.memory)

    # What is there -----------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        self.chance = random.Random(self.size)
        self.people = [_person(number, name) for number, name in enumerate(NAMES)]
        self.spaces = [_space(number, name, self.people) for number, name in enumerate(SPACES)]
        self.folders: list[dict[str, Any]] = []
        self.lists: list[dict[str, Any]] = []
        for space in self.spaces:
            self._fill_space(space)
        self.tasks: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.hooks: list[dict[str, Any]] = []
        self.other_teams: list[dict[str, Any]] = []  # workspaces that the token opens as well
        self.hidden: set[str] = set()  # in no list of tasks, though they are there
        self._made, self._tasks_made = 0, 0
        self._asked_at: list[float] = []
        for number in range(self.size):
            self._fill_task(number)

    def _fill_space(self, space: dict[str, Any]) -> None:
        for name in ("Quay", "Yard"):
            folder = _folder(len(self.folders), f"{space['name']} {name}", space)
            self.folders.append(folder)
            for part in ("Plan", "Work", "Care", "Old"):
                archived = part == "Old" and len(self.folders) == 2
                self.lists.append(_list(len(self.lists), f"{name} {part}", folder, space, archived=archived))
        for part in ("Inbox", "Ideas"):
            self.lists.append(_list(len(self.lists), f"{space['name']} {part}", None, space, own=part == "Ideas"))

    def _fill_task(self, number: int) -> None:
        chance = self.chance
        place = self.lists[number % len(self.lists)]
        siblings = [one for one in list(self.tasks.values())[-60:] if one["list"]["id"] == place["id"] and one["parent"] is None]
        parent = chance.choice(siblings)["id"] if siblings and chance.random() < 0.4 else None
        title = f"{chance.choice(VERBS)} {chance.choice(THINGS).format(n=number)}"
        # A part of them changed at one moment, as after an import.
        age = 90 * DAY if number % 13 == 0 else int(chance.random() * 175 * DAY) + HOUR
        updated = self.started_ms - age
        task = self._task(title, place, parent, updated - int(chance.random() * 20 * DAY), updated)
        task["archived"] = place["archived"] or chance.random() < 0.05
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            self.comment(task["id"], f"Seen, {number}.", touch=False)
        if number % 40 == 7:
            for again in range(60):
                self.comment(task["id"], f"Note {again} on {title}", touch=False)
        for _ in range(chance.choice((0, 1, 1, 2))):
            self.log(
                task["id"],
                chance.choice(self.people),
                self.started_ms - int(chance.random() * 170 * DAY) - HOUR,
                chance.randint(1, 480) * MINUTE + chance.randint(0, 59) * 1000,
            )
        if number % 150 == 11:
            self.log(task["id"], self.people[number % len(self.people)], self.started_ms - HOUR, None)

    def _task(self, name: str, place: Mapping[str, Any], parent: str | None, created: int, updated: int) -> dict[str, Any]:
        chance = self.chance
        self._tasks_made += 1
        number = self._tasks_made
        task_id = f"86tw{number:05}"
        statuses = self.statuses_of(place)
        status = chance.choices(statuses, [5, 4, 2, 2, 2][: len(statuses)])[0]
        ended = status["type"] in {"done", "closed"}
        priority = chance.choice((None, *PRIORITIES))
        space = next(one for one in self.spaces if one["id"] == place["space"]["id"])
        task: dict[str, Any] = {
            "id": task_id, "custom_id": None, "custom_item_id": 0, "name": name, "text_content": f"{name}, in words.",
            "description": f"{name}, in words.", "status": dict(status), "orderindex": f"{number}.0", "date_created": str(created),
            "date_updated": str(updated), "date_closed": str(updated) if status["type"] == "closed" else None,
            "date_done": str(updated) if ended else None, "archived": False, "creator": _user(chance.choice(self.people)),
            "assignees": [_user(one) for one in chance.sample(self.people, chance.choice((0, 1, 1, 2, 3)))], "watchers": [],
            "checklists": [],
            "tags": as_tags(sorted(set(chance.choices(TAGS, k=chance.choice((0, 1, 2)))))),
            "parent": parent, "priority": _priority(priority) if priority else None,
            "due_date": str(updated + chance.randint(-20, 40) * DAY) if chance.random() < 0.6 else None,
            "start_date": str(created) if chance.random() < 0.3 else None, "points": chance.choice((None, 1, 2, 3)),
            "time_estimate": chance.choice((None, 30, 60, 240)), "time_spent": 0,
            "custom_fields": [_customer(created, number)],
            "dependencies": [], "linked_tasks": [], "locations": [], "team_id": TEAM, "url": f"https://app.clickup.com/t/{task_id}",
            "permission_level": "create", "list": {"id": place["id"], "name": place["name"], "access": True},
            "project": _part(place["folder"]), "folder": _part(place["folder"]), "space": {"id": space["id"]},
        }  # fmt: skip
        if task["time_estimate"] is not None:
            task["time_estimate"] *= MINUTE
        self.tasks[task_id] = task
        self.comments[task_id] = []
        return task

    def statuses_of(self, place: Mapping[str, Any]) -> list[dict[str, Any]]:
        space: dict[str, Any] = next(one for one in self.spaces if one["id"] == place["space"]["id"])
        found: list[dict[str, Any]] = place["statuses"] if place["override_statuses"] else space["statuses"]
        return found

    # What people do there ------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return int(time.time() * 1000)

    def touch(self, task_id: str, **fields: Any) -> dict[str, Any]:
        """Somebody changed it."""
        task = self.tasks[task_id]
        task.update(fields)
        task["date_updated"] = str(max(self.now_ms(), int(task["date_updated"]) + 1))
        return task

    def set_status(self, task_id: str, name: str) -> None:
        task = self.tasks[task_id]
        place = next(one for one in self.lists if one["id"] == task["list"]["id"])
        status = next(dict(one) for one in self.statuses_of(place) if one["status"].lower() == name.lower())
        ended = str(self.now_ms()) if status["type"] in {"done", "closed"} else None
        self.touch(task_id, status=status, date_done=ended, date_closed=ended if status["type"] == "closed" else None)

    def delete(self, task_id: str) -> None:
        del self.tasks[task_id]
        for entry in [one for one in self.entries.values() if one["task"]["id"] == task_id]:
            del self.entries[entry["id"]]

    def comment(self, task_id: str, text: str, *, assignee: Mapping[str, Any] | None = None, touch: bool = True) -> dict[str, Any]:
        self._made += 1
        author, at = self.chance.choice(self.people), self.started_ms - 200 * DAY + self._made * 1000
        comment = {
            "id": f"9{self._made:08}", "comment": [{"text": text}], "comment_text": text, "user": _user(author), "resolved": False,
            "assignee": _user(assignee) if assignee else None, "assigned_by": _user(author) if assignee else None, "reactions": [],
            "date": str(at), "group_assignee": None, "reply_count": 0,
        }  # fmt: skip
        self.comments[task_id].insert(0, comment)
        if touch:
            self.touch(task_id)
        return comment

    def log(self, task_id: str, person: Mapping[str, Any], start: int, duration: int | None) -> dict[str, Any]:
        """Somebody logged time; without a duration, the timer runs."""
        self._made += 1
        task = self.tasks[task_id]
        place = next(one for one in self.lists if one["id"] == task["list"]["id"])
        entry_id = f"48{self._made:010}"
        entry = {
            "id": entry_id, "wid": TEAM, "user": _user(person), "billable": False, "start": str(start),
            "task": {"id": task_id, "custom_id": None, "name": task["name"], "status": task["status"], "custom_type": None},
            "duration": str(duration if duration is not None else -start), "description": "", "tags": [], "source": "clickup",
            "at": str(start), "task_tags": [], "task_url": task["url"],
            "task_location": _location(place),
        }  # fmt: skip
        if duration is not None:
            entry["end"] = str(start + duration)
            task["time_spent"] += duration
        self.entries[entry_id] = entry
        return entry

    # Answers -------------------------------------------------------------------------------------------------------------

    async def _sound(self, request: Request, answer: Answer, body: bytes) -> Response:
        """Within the limit of requests, which every answer tells."""
        now = time.time()
        self._asked_at = [at for at in self._asked_at if at > now - self.window]
        left = self.per_minute - len(self._asked_at) - 1
        reset = int((self._asked_at[0] if self._asked_at else now) + self.window) + 1
        told = {
            "x-ratelimit-limit": str(self.tells),
            "x-ratelimit-remaining": str(max(0, min(left, self.tells - 1))),
            "x-ratelimit-reset": str(reset),
        }
        if left < 0:
            return JSONResponse({"err": "Rate limit reached", "ECODE": "APP_002"}, status_code=429, headers=told)
        self._asked_at.append(now)
        reply = await super()._sound(request, answer, body)
        if request.method != "GET":
            self._keep()
        reply.headers.update(told)
        return reply

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/user", lambda _request, _given: {"user": self.people[0]}),
            ("GET", "/team", lambda _request, _given: {"teams": [self._team(), *self.other_teams]}),
            ("GET", "/team/{team_id}/space", self._get_spaces),
            ("GET", "/team/{team_id}/task", self._team_tasks),
            ("GET", "/team/{team_id}/time_entries", self._time_entries),
            ("GET", "/team/{team_id}/time_entries/{timer_id}", self._time_entry),
            ("GET", "/team/{team_id}/webhook", lambda _request, _given: {"webhooks": self.hooks}),
            ("POST", "/team/{team_id}/webhook", self._hook),
            ("DELETE", "/webhook/{webhook_id}", self._unhook),
            ("GET", "/space/{space_id}/folder", self._get_folders),
            ("GET", "/space/{space_id}/list", self._get_lists),
            ("GET", "/folder/{folder_id}/list", self._get_folder_lists),
            ("GET", "/list/{list_id}", self._get_list),
            ("GET", "/list/{list_id}/field", lambda _request, _given: {"fields": [CUSTOMER]}),
            ("GET", "/space/{space_id}/tag", lambda _request, _given: {"tags": as_tags(TAGS)}),
            ("GET", "/team/{team_id}/shared", lambda _request, _given: {"shared": {"tasks": [], "lists": [], "folders": []}}),
            ("GET", "/team/{team_id}/goal", lambda _request, _given: {"goals": [], "folders": []}),
            ("GET", "/team/{team_id}/task_template", lambda _request, _given: {"templates": []}),
            ("POST", "/list/{list_id}/task", self._make_task),
            ("GET", "/task/{task_id}", self._get_task),
            ("PUT", "/task/{task_id}", self._change_task),
            ("GET", "/task/{task_id}/comment", self._get_comments),
            ("POST", "/task/{task_id}/comment", self._make_comment),
            ("POST", "/task/{task_id}/tag/{tag_name}", self._tag),
            ("DELETE", "/task/{task_id}/tag/{tag_name}", self._tag),
            ("POST", "/task/{task_id}/field/{field_id}", self._set_field),
        ]

    def _team(self) -> dict[str, Any]:
        return {"id": TEAM, "name": "Tidewater", "color": "#536cfe", "avatar": "", "members": [{"user": one} for one in self.people]}

    def _get_spaces(self, request: Request, given: Mapping[str, Any]) -> Any:
        return {"spaces": [one for one in self.spaces if one["archived"] is _true(given, "archived")]}

    def _get_folders(self, request: Request, given: Mapping[str, Any]) -> Any:
        there = [one for one in self.folders if one["space"]["id"] == request.path_params["space_id"]]
        shown = [one for one in there if one["archived"] is _true(given, "archived")]
        return {
            "folders": [
                one | {"lists": [inner for inner in self.lists if (inner["folder"] or {}).get("id") == one["id"] and not inner["archived"]]}
                for one in shown
            ]
        }

    def _get_lists(self, request: Request, given: Mapping[str, Any]) -> Any:
        there = [one for one in self.lists if one["space"]["id"] == request.path_params["space_id"] and one["folder"] is None]
        return {"lists": [_shown(one) for one in there if one["archived"] is _true(given, "archived")]}

    def _get_folder_lists(self, request: Request, given: Mapping[str, Any]) -> Any:
        there = [one for one in self.lists if (one["folder"] or {}).get("id") == request.path_params["folder_id"]]
        return {"lists": [_shown(one) for one in there if one["archived"] is _true(given, "archived")]}

    def _get_list(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = next((one for one in self.lists if one["id"] == request.path_params["list_id"]), None)
        return _shown(found) | {"statuses": self.statuses_of(found)} if found else self.refuse("LIST_NOT_FOUND")

    def _team_tasks(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = [one for one in self.tasks.values() if one["archived"] is _true(given, "archived") and one["id"] not in self.hidden]
        if not _true(given, "subtasks"):
            found = [one for one in found if one["parent"] is None]
        if not _true(given, "include_closed"):
            found = [one for one in found if one["status"]["type"] != "closed"]
        found = [one for one in found if int(one["date_updated"]) > int(given.get("date_updated_gt", 0))]
        order = "date_updated" if given.get("order_by") == "updated" else "date_created"
        found.sort(key=lambda one: (int(one[order]), one["id"]), reverse=not _true(given, "reverse"))
        page = int(given.get("page", 0))
        rows = found[page * PAGE : (page + 1) * PAGE]
        return {"tasks": rows, "last_page": (page + 1) * PAGE >= len(found)}

    def _time_entries(self, request: Request, given: Mapping[str, Any]) -> Any:
        """Only one's own, and only those of the last 30 days, unless it is said otherwise."""
        people = [int(word) for word in str(given.get("assignee", self.people[0]["id"])).split(",")]
        start, end = int(given.get("start_date", self.now_ms() - 30 * DAY)), int(given.get("end_date", self.now_ms()))
        return {"data": [one for one in self.entries.values() if one["user"]["id"] in people and start <= int(one["start"]) <= end]}

    def _time_entry(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.entries.get(request.path_params["timer_id"])
        return {"data": found} if found else JSONResponse({"err": "Time entry not found", "ECODE": "TIMEENTRY_001"}, status_code=404)

    def _get_task(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self.tasks.get(request.path_params["task_id"]) or self.refuse("ITEM_013")

    def _make_task(self, request: Request, given: Mapping[str, Any]) -> Any:
        place = next((one for one in self.lists if one["id"] == request.path_params["list_id"]), None)
        if place is None:
            return self.refuse("LIST_NOT_FOUND")
        task = self._task(str(given["name"]), place, given.get("parent"), self.now_ms(), self.now_ms())
        first = self.statuses_of(place)[0]["status"]
        task.update(assignees=[], tags=as_tags(given.get("tags") or []))
        task.update(priority=None, due_date=None, start_date=None, time_estimate=None, points=None, custom_fields=[])
        return self._apply(task["id"], {"status": first} | dict(given) | {"assignees": {"add": given.get("assignees") or [], "rem": []}})

    def _change_task(self, request: Request, given: Mapping[str, Any]) -> Any:
        if request.path_params["task_id"] not in self.tasks:
            return self.refuse("ITEM_013")
        return self._apply(request.path_params["task_id"], given)

    def _apply(self, task_id: str, given: Mapping[str, Any]) -> Any:
        task = self.tasks[task_id]
        place = next(one for one in self.lists if one["id"] == task["list"]["id"])
        if "status" in given:
            if str(given["status"]).lower() not in {one["status"].lower() for one in self.statuses_of(place)}:
                return JSONResponse({"err": "Status does not exist", "ECODE": "ITEM_114"}, status_code=400)
            self.set_status(task_id, str(given["status"]))
        people = given.get("assignees") or {}
        held = [one for one in task["assignees"] if one["id"] not in people.get("rem", [])]
        joined = [_user(one) for one in self.people if one["id"] in people.get("add", []) and one["id"] not in {two["id"] for two in held}]
        fields = {name: given[name] for name in ("name", "archived", "time_estimate", "points", "parent") if name in given}
        fields |= {name: str(given[name]) if given[name] else None for name in ("due_date", "start_date") if name in given}
        if "description" in given:
            fields |= {"description": given["description"], "text_content": given["description"]}
        if "priority" in given:
            fields["priority"] = next((_priority(one) for one in PRIORITIES if one[0] == str(given["priority"])), None)
        return self.touch(task_id, assignees=[*held, *joined], **fields)

    def _get_comments(self, request: Request, given: Mapping[str, Any]) -> Any:
        """Newest first; `start` and `start_id` are those of the oldest one that is known."""
        held = self.comments.get(request.path_params["task_id"])
        if held is None or request.path_params["task_id"] not in self.tasks:
            return self.refuse("ITEM_013")
        if "start_id" in given:
            place = next((number for number, one in enumerate(held) if one["id"] == given["start_id"]), len(held))
            held = held[place + 1 :]
        return {"comments": held[:COMMENTS]}

    def _make_comment(self, request: Request, given: Mapping[str, Any]) -> Any:
        if request.path_params["task_id"] not in self.tasks:
            return self.refuse("ITEM_013")
        made = self.comment(request.path_params["task_id"], str(given["comment_text"]))
        made["date"] = str(self.now_ms())
        return {"id": made["id"], "hist_id": f"h{made['id']}", "date": int(made["date"])}

    def _tag(self, request: Request, given: Mapping[str, Any]) -> Any:
        task, name = self.tasks.get(request.path_params["task_id"]), request.path_params["tag_name"]
        if task is None:
            return self.refuse("ITEM_013")
        others = [one for one in task["tags"] if one["name"] != name]
        self.touch(task["id"], tags=[*others, *as_tags([name])] if request.method == "POST" else others)
        return {}

    def _set_field(self, request: Request, given: Mapping[str, Any]) -> Any:
        task, field_id = self.tasks.get(request.path_params["task_id"]), request.path_params["field_id"]
        if task is None:
            return self.refuse("ITEM_013")
        if field_id not in {one["id"] for one in task["custom_fields"]}:
            return JSONResponse({"err": "Custom field not found", "ECODE": "FIELD_011"}, status_code=404)
        fields = [one | {"value": given["value"]} if one["id"] == field_id else one for one in task["custom_fields"]]
        self.touch(task["id"], custom_fields=fields)
        return {}

    def _hook(self, request: Request, given: Mapping[str, Any]) -> Any:
        self._made += 1
        hook = {
            "id": f"hook-{self._made}", "userid": self.people[0]["id"], "team_id": int(TEAM), "endpoint": given["endpoint"],
            "client_id": "CLIENT", "events": given["events"], "task_id": None, "list_id": None, "folder_id": None, "space_id": None,
            "health": {"status": "active", "fail_count": 0}, "secret": f"SECRET{self._made:06}",
        }  # fmt: skip
        self.hooks.append(hook)
        return {"id": hook["id"], "webhook": hook}

    def _unhook(self, request: Request, given: Mapping[str, Any]) -> Any:
        self.hooks = [one for one in self.hooks if one["id"] != request.path_params["webhook_id"]]
        return {}


# Rows as ClickUp sends them ------------------------------------------------------------------------------------------------


def _true(given: Mapping[str, Any], name: str) -> bool:
    return str(given.get(name, "false")).lower() == "true"


def _person(number: int, name: str) -> dict[str, Any]:
    first = name.split(maxsplit=1)[0].lower()
    return {
        "id": 81000001 + number, "username": name, "email": f"{first}@tidewater.example", "color": "#536cfe", "profilePicture": None,
        "initials": "".join(word[0] for word in name.split()), "role": 1 if number == 0 else 3, "week_start_day": 1,
    }  # fmt: skip


def _user(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("id", "username", "email", "color", "initials", "profilePicture")}


def _statuses(rows: Sequence[tuple[str, str, str]], mark: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{mark}_{place}", "status": name, "type": kind, "orderindex": place, "color": colour}
        for place, (name, kind, colour) in enumerate(rows)
    ]


def _space(number: int, name: str, people: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    on = {"enabled": True}
    features = dict.fromkeys(("time_tracking", "tags", "time_estimates", "checklists", "custom_fields", "portfolios"), on)
    features |= {"due_dates": on | {"start_date": True, "remap_due_dates": False, "remap_closed_due_date": False}}
    return {
        "id": f"9015{number:07}", "name": name, "private": False, "color": "#8300ff", "avatar": None, "admin_can_manage": True,
        "archived": False, "statuses": _statuses(STATUSES, f"p{number}"), "multiple_assignees": True, "features": features,
    }  # fmt: skip


def _folder(number: int, name: str, space: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"9016{number:07}", "name": name, "orderindex": number, "override_statuses": False, "hidden": False,
        "space": {"id": space["id"], "name": space["name"], "access": True}, "task_count": "0", "archived": False, "statuses": [],
        "permission_level": "create",
    }  # fmt: skip


def _list(
    number: int, name: str, folder: Mapping[str, Any] | None, space: Mapping[str, Any], *, archived: bool = False, own: bool = False
) -> dict[str, Any]:
    return {
        "id": f"9017{number:08}", "name": name, "orderindex": number, "content": "", "status": None, "priority": None, "assignee": None,
        "task_count": None, "due_date": None, "start_date": None, "archived": archived, "override_statuses": own,
        "folder": {"id": folder["id"], "name": folder["name"], "hidden": False, "access": True} if folder else None,
        "space": {"id": space["id"], "name": space["name"], "access": True}, "permission_level": "create",
        "statuses": _statuses(OWN_STATUSES, f"l{number}") if own else [],
    }  # fmt: skip


def _part(folder: Mapping[str, Any] | None) -> dict[str, Any]:
    """Lists outside folders are in a hidden one."""
    if folder is None:
        return {"id": "901690000000", "name": "hidden", "hidden": True, "access": True}
    return {name: folder[name] for name in ("id", "name", "hidden", "access")}


def _shown(place: Mapping[str, Any]) -> dict[str, Any]:
    return dict(place) | {"folder": _part(place["folder"])}


def _priority(one: tuple[str, str, str]) -> dict[str, Any]:
    return {"id": one[0], "priority": one[1], "color": one[2], "orderindex": one[0]}


def as_tags(names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": name, "tag_fg": "#000000", "tag_bg": "#ffffff"} for name in names]


def _customer(created: int, number: int) -> dict[str, Any]:
    """A custom field; on a third of the tasks it is filled in."""
    return CUSTOMER | {"date_created": str(created)} | ({"value": f"Customer {number % 7}"} if number % 3 == 0 else {})


def _location(place: Mapping[str, Any]) -> dict[str, Any]:
    folder, space = _part(place["folder"]), place["space"]
    ids = {"list_id": int(place["id"]), "folder_id": int(folder["id"]), "space_id": int(space["id"])}
    return ids | {"list_name": place["name"], "folder_name": folder["name"], "space_name": space["name"]}
