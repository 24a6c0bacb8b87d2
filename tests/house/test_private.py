"""The promise of private projects, asked of every capability there is: who is not in one reads nothing of it and writes nothing into it.

A capability that is new is asked by itself. A parameter that names a thing in a way that is new here is added to NAMES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from crewhall.app import ROOMS
from crewhall.kit.capability import Actor, Capability, Registry
from crewhall.kit.errors import CrewhallError
from crewhall.kit.json import dumps
from tests.harness.hall import Hall, Person, text_of
from tests.harness.notified import hearing
from tests.harness.stream import Heard, listen
from tests.house.test_promises import NOTHING, _given

GUARDED = [capability for capability in Registry(ROOMS) if capability.scope is not None]
READS = [capability for capability in GUARDED if not capability.writes]
WRITES = [capability for capability in GUARDED if capability.writes]
WORDS = (
    "quillvault", "zephyrine", "obsidian", "marmalade", "krakatoa", "umbrageous", "vermilion", "periwinkle", "sarsaparilla", "gossamer",
)  # fmt: skip
"""One for each place where a project is written about. They mean nothing, so that nothing else says them."""

# Which thing of the private project each parameter can name.
NAMES = {
    "task_id": "task", "issue_id": "issue", "task_ids": "task", "parent": "task", "parent_id": "task", "before": "task", "after": "task",
    "other_task_id": "task", "other_id": "task", "blocked_by": "task", "project": "project", "project_id": "project", "projects": "project",
    "list_id": "project",
    "comment_id": "comment", "approval_id": "approval", "notification_id": "notification", "entry_id": "entry",
}  # fmt: skip
LISTED = {"task_ids", "projects"}
# What an input can carry further inside.
INSIDE: dict[str, Callable[[dict[str, str]], list[dict[str, Any]]]] = {
    "create_tasks": lambda ids: [
        {"tasks": [{"title": "T", "project": ids["project"]}]},
        {"tasks": [{"title": "T", "project": "Harbour", "parent_id": ids["task"]}]},
    ],
    "update_tasks": lambda ids: [{"changes": {"project": ids["project"]}}, {"changes": {"parent_id": ids["task"]}}],
    "import_tasks": lambda ids: [
        {"content": dumps([{"title": "T", "id": "1", "project": ids["project"]}]).decode()},
        {"content": dumps([{"title": "T", "id": "1", "project": "Harbour", "parent_id": ids["task"]}]).decode()},
    ],
}
PAGES = (
    "/board", "/board?q={word}", "/board?project=Quillvault", "/t/{key}", "/t/{open}", "/notifications", "/approvals", "/issues",
    "/issues?project=Quillvault", "/issues?project=Harbour", "/projects", "/projects?archived=true", "/projects/{project}",
    "/projects/Quillvault", "/people", "/keys", "/account", "/audit",
)  # fmt: skip


@dataclass
class Vault:
    """A private project with everything that one can have, an open one beside it, and people who are not in the private one.

    `ids` are the things of the private project, `hidden` everything that tells of it; `before` is a place in the log from before it was
    made private.
    """

    hall: Hall
    owner: Person
    insider: Person
    member: Person
    admin: Person
    limited: str
    before: str
    ids: dict[str, str]
    keys: list[str]
    open_task: dict[str, Any]
    hidden: list[str] = field(default_factory=list)

    async def outsiders(self) -> dict[str, Actor]:
        """Who may not see it: a member and an admin who are not in it, and an owner's key that opens another project."""
        limited = await self.hall.world.access.actor_of(self.limited)
        return {"member": self.member.actor, "admin": self.admin.actor, "limited key": limited}

    def told_in(self, text: str, given: object = "") -> list[str]:
        """What of the private project a text tells that whoever asked has not said themselves."""
        said, low = str(given).lower(), text.lower()
        words = [word for word in (*WORDS, *self.hidden) if word in low and word not in said]
        return words + [key for key in self.keys if re.search(rf"\b{key}\b", text) and key.lower() not in said]


@pytest.fixture
async def vault(hall: Hall) -> Vault:
    owner, insider = await hall.owner(), await hall.person(name="Inga Inside")
    member, admin = await hall.person(name="Otto Outside"), await hall.person("admin", "Ada Admin")
    before = (await hall.call("changes_since"))["next_cursor"]
    await hall.call("create_project", owner.actor, name="Quillvault", description="About gossamer.", plan=False)
    await hall.call("create_project", owner.actor, name="Harbour", plan=False)
    made = await _fill(hall, insider, member)
    await hall.call("update_project", owner.actor, project_id="Quillvault", visibility="private")
    await hall.call("add_project_member", owner.actor, project_id="Quillvault", member=str(insider.actor.id))
    keys = await _fill_in_private(hall, insider)
    open_task = await hall.make_task("Paint the pier", project="Harbour")
    for kind, other in (("blocked_by", made["key"]), ("relates", keys[0]), ("duplicates", keys[1])):
        await hall.call("link_tasks", insider.actor, task_id=open_task["key"], kind=kind, other_task_id=other)
    key = await owner.rest.post("/api/v1/api-keys", json={"name": "for the harbour", "projects": ["Harbour"]})
    assert 201 == key.status_code, key.text
    task = await hall.call("get_task", insider.actor, task_id=made["key"])
    project = await hall.call("get_project_details", owner.actor, project_id="Quillvault")
    ids = {
        "task": str(task["id"]), "project": str(project["id"]), "comment": str(task["comments"][0]["id"]), "issue": made["issue"],
        "approval": made["approval"], "notification": made["notification"], "entry": made["entry"],
    }  # fmt: skip
    return Vault(
        hall, owner, insider, member, admin, key.json()["key"], before, ids, [made["key"], *keys], open_task, list(ids.values())
    )  # fmt: skip


async def _fill(hall: Hall, insider: Person, member: Person) -> dict[str, str]:
    """What there is while the project is still open; the member has a part in it, hears of it and gives it back."""
    async with hearing(hall, member.actor) as ear:
        task = await hall.call(
            "create_task", insider.actor, title="A zephyrine plan", description="All obsidian.", project="Quillvault", tags=["umbrageous"],
            assignee_id=str(member.actor.id), repository="sarsaparilla", due_at="2020-01-01T00:00Z",
        )  # fmt: skip
        told = await ear.next()
    await hall.call("add_task_comment", insider.actor, task_id=task["key"], comment=f"Marmalade, @{member.actor.username}!")
    await hall.call("add_evidence", insider.actor, task_id=task["key"], kind="branch", value="krakatoa")
    issue = await hall.call("report_issue", insider.actor, project_id="Quillvault", title="A vermilion bug", issue_type="bug")
    asked = await hall.call("ask_human", task_id=task["key"], question="Periwinkle or not?")
    spent = await hall.call("log_time", insider.actor, task_id=task["key"], minutes=5, note="Marmalade again.")
    await hall.call("update_task", insider.actor, task_id=task["key"], assignee_id=str(insider.actor.id))
    return {
        "key": task["key"], "task": str(task["id"]), "issue": str(issue["id"]), "approval": str(asked["id"]),
        "notification": told["notification"]["id"], "entry": str(spent["entry"]["id"]),
    }  # fmt: skip


async def _fill_in_private(hall: Hall, insider: Person) -> list[str]:
    """What comes after: a task with a part, one that was deleted, and one that is claimed; their keys."""
    whole = await hall.call("create_task", insider.actor, title="Zephyrine, whole", project="Quillvault", type="epic")
    part = await hall.call("create_task", insider.actor, title="Zephyrine, part", project="Quillvault", parent_id=whole["key"])
    gone = await hall.call("create_task", insider.actor, title="Zephyrine, gone", project="Quillvault")
    await hall.call("delete_task", insider.actor, task_id=gone["key"])
    await hall.call("claim_task", insider.actor, task_id=part["key"])
    return [whole["key"], part["key"], gone["key"]]


async def said(hall: Hall, capability: Capability, actor: Actor, given: dict[str, Any]) -> tuple[str, str]:
    """What a call answers, as text: ok or the code of the refusal, and all that it says."""
    try:
        value = await hall.call(capability.name, actor, **given)
    except CrewhallError as refusal:
        return refusal.code, dumps([refusal.message, refusal.details]).decode()
    return "ok", dumps(value).decode()


def named_by(capability: Capability) -> list[tuple[str, str]]:
    """The parameters that can name a thing of the private project, and which; not those that take an instant."""
    properties = capability.input.model_json_schema().get("properties", {})
    return [(name, thing) for name, thing in NAMES.items() if name in properties and "date-time" not in str(properties[name])]


def questions(capability: Capability, vault: Vault) -> Iterator[dict[str, Any]]:
    """Inputs of a capability that reads: the house's own, each filter that could find something, and every name that could open it."""
    fields = capability.input.model_fields
    most = capability.input.model_json_schema().get("properties", {}).get("limit", {}).get("maximum")
    wide = {"limit": min(100, most)} if most else {}
    base: dict[str, Any] = _given(capability, vault.open_task["key"]) | wide
    if "project_id" in fields:
        base["project_id"] = "Harbour"
    yield base
    if "cursor" in fields and capability.name == "changes_since":
        yield base | {"cursor": vault.before}
    found = {
        "q": WORDS, "tag": ["umbrageous"], "repository": ["sarsaparilla"], "subject": [*vault.keys, "Quillvault"], "deleted": [True],
        "assignee": [str(vault.insider.actor.id)], "status": ["not_started", "pending"], "archived": [True],
        "order": ["rank", "due", "updated"],
    }  # fmt: skip
    for name, values in found.items():
        if name in fields:
            yield from (base | {name: value} for value in values)
    for name, thing in named_by(capability):
        words = {"task": vault.keys, "project": ["Quillvault", "quillvaul"]}.get(thing, [])
        yield from (base | {name: word} for word in (vault.ids[thing], *words))


async def leaks_of(vault: Vault, actor: Actor) -> dict[str, list[str]]:
    """What each capability that reads tells this actor of the private project."""
    found: dict[str, list[str]] = {}
    for capability in READS:
        if capability.scope in actor.scopes:
            for given in questions(capability, vault):
                _, text = await said(vault.hall, capability, actor, given)
                if told := vault.told_in(text, given):
                    found.setdefault(capability.name, []).append(f"{given}: {told}")
    return found


@pytest.mark.timeout(60)
async def test_no_capability_that_reads_tells_of_a_private_project(vault: Vault) -> None:
    for who, actor in (await vault.outsiders()).items():
        assert {} == await leaks_of(vault, actor), who


@pytest.mark.timeout(30)
async def test_whoever_is_in_a_private_project_reads_of_it_everywhere(vault: Vault) -> None:
    """Or the test above would see nothing because there is nothing."""
    shown = await leaks_of(vault, vault.insider.actor)

    wanted = {
        "changes_since", "get_tasks", "get_task", "get_task_history", "get_task_comments", "get_task_facets", "search_tasks", "my_work",
        "list_approvals", "list_projects", "get_project_details", "get_project_epics", "get_project_risks", "list_tasks", "list_issues",
        "list_project_members", "export_tasks", "list_time_entries",
    }  # fmt: skip
    assert not wanted - shown.keys()


def attempts(capability: Capability, vault: Vault) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Inputs that name a thing of the private project, each with its twin that names a thing that there is not."""
    base: dict[str, Any] = _given(capability, vault.open_task["key"])
    if "project_id" in capability.input.model_fields:
        base["project_id"] = "Harbour"
    for name, thing in named_by(capability):
        real, none = vault.ids[thing], NOTHING
        yield base | {name: [real] if name in LISTED else real}, base | {name: [none] if name in LISTED else none}
    if capability.name in INSIDE:
        nothing = dict.fromkeys(vault.ids, NOTHING)
        for inside, twin in zip(INSIDE[capability.name](vault.ids), INSIDE[capability.name](nothing), strict=True):
            yield base | inside, base | twin


@pytest.mark.timeout(60)
@pytest.mark.parametrize("who", ["member", "admin", "limited key"])
async def test_what_names_a_thing_of_a_private_project_is_answered_as_if_there_were_none(vault: Vault, who: str) -> None:
    actor = (await vault.outsiders())[who]
    differing: list[Any] = []
    for capability in [one for one in GUARDED if one.scope in actor.scopes]:
        for real, none in attempts(capability, vault):
            met, twin = await said(vault.hall, capability, actor, real), await said(vault.hall, capability, actor, none)
            if anonymous(vault, met) != anonymous(vault, twin):
                differing.append((capability.name, real, met, twin))

    assert [] == differing


CHANGING = re.compile(r"(\d{4}-\d{2}-\d{2}T[\d:.]+(Z|\+00:00)|[0-9a-f]{8}-[0-9a-f-]{27}|\w+:\d+:\d+:[\d,]*:?[\d:,]*|crew_\w+|\bCH-\d+|\d+)")


def anonymous(vault: Vault, answer: tuple[str, str]) -> tuple[str, str]:
    """An answer without what differs from call to call: ids, instants, places in the log, numbers."""
    code, text = answer
    for one in (*vault.ids.values(), NOTHING):
        text = text.replace(one, "-")
    return code, CHANGING.sub("-", text)


async def test_nothing_in_a_private_project_was_changed_by_who_is_not_in_it(vault: Vault) -> None:
    before = await vault.hall.call("export_tasks", vault.insider.actor, project="Quillvault")
    for actor in (await vault.outsiders()).values():
        for capability in [one for one in WRITES if one.scope in actor.scopes]:
            for real, _ in attempts(capability, vault):
                await said(vault.hall, capability, actor, real)

    assert before == await vault.hall.call("export_tasks", vault.insider.actor, project="Quillvault")


async def test_the_live_stream_tells_nothing_also_of_the_time_before_it_was_private(vault: Vault, address: str) -> None:
    hall = vault.hall
    credentials = {"member": vault.member.token, "admin": vault.admin.token, "limited key": vault.limited}
    for who, credential in credentials.items():
        async with listen(address, credential, last_event_id=vault.before) as stream:
            await stream.opened()
            await hall.call("add_task_comment", vault.insider.actor, task_id=vault.keys[0], comment="More marmalade.")
            await hall.call("add_task_comment", vault.insider.actor, task_id=vault.open_task["key"], comment="The last word.")
            heard: list[Heard] = []
            while not heard or "The last word." not in str(heard[-1].data):
                heard.append(await stream.next())
        assert [] == vault.told_in(str([one.data for one in heard])), who


@pytest.mark.parametrize("uri", ["hub://tasks/{key}", "hub://tasks/{task}", "hub://projects/{project}", "hub://projects/Quillvault"])
async def test_a_resource_of_a_private_project_is_not_there(vault: Vault, uri: str) -> None:
    where = uri.format(key=vault.keys[0], **vault.ids)
    for credential in (vault.member.token, vault.limited):
        async with vault.hall.mcp(key=credential) as client:
            with pytest.raises(Exception, match="There is no") as refusal:
                await client.read_resource(where)
        assert [] == vault.told_in(str(refusal.value), where)


async def test_tools_in_few_words_tell_nothing(vault: Vault) -> None:
    for credential in (vault.member.token, vault.limited):
        async with vault.hall.mcp(key=credential) as client:
            for name in ("get_tasks", "next_work", "my_work", "list_projects", "get_notifications", "get_task_facets", "list_approvals"):
                text = text_of(await client.call_tool(name, {}, raise_on_error=False))
                assert [] == vault.told_in(text), name


async def test_no_page_shows_a_private_project(vault: Vault) -> None:
    for person in (vault.member, vault.admin):
        page = vault.hall.rest_as(person.token)
        for path in PAGES:
            where = path.format(key=vault.keys[0], open=vault.open_task["key"], word=WORDS[1], **vault.ids)
            reply = await page.get(where)
            assert [] == vault.told_in(reply.text, where), where
