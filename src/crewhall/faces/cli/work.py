"""`crewhall work ...`: what to take up next, what is yours, and holding a task so that nobody else takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crewhall.faces.cli import client, output, task_view, wording
from crewhall.faces.cli.output import AsJson, Column, note, say, text, words
from crewhall.faces.cli.tasks import Key, path_of

if TYPE_CHECKING:
    from rich.text import Text

app = typer.Typer(help="What is next, what is yours; claim a task so that nobody else takes it.", no_args_is_help=True)

NEXT, MINE = "/api/v1/work/next", "/api/v1/work/mine"
MOST = 20

Lease = Annotated[int | None, typer.Option("--lease", min=1, max=86_400, help="How many seconds it lasts after each of your writes.")]
Why = Annotated[str | None, typer.Option("--why", "-m", help="Why; kept in the history, and the holder reads it.")]


@app.command("next")
def show_next(
    claim: Annotated[bool, typer.Option("--claim", help="Claim the first one for you.")] = False,
    skills: Annotated[str | None, typer.Option("--skills", help="What you are good at, with commas between: sql,css.")] = None,
    repository: Annotated[str | None, typer.Option("--repository", "-r", help="Only of this repository.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Only of this project.")] = None,
    complexity: Annotated[str | None, typer.Option("--complexity", help="The most complex that you take on.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="How many at the most.")] = 5,
    lease: Lease = None,
    as_json: AsJson = False,
) -> None:
    """What can be taken up now, the best first, and why it stands there.

    Example: crewhall work next --skills sql --claim
    """
    given = {
        "skills": skills, "repository": repository, "project": project, "complexity": complexity, "limit": limit, "claim": claim,
        "lease_seconds": lease,
    }  # fmt: skip
    with client.open_hub() as hub:
        reply = hub.call("POST", NEXT, body={name: value for name, value in given.items() if value is not None})
    if as_json:
        output.json_of(reply)
    else:
        _print_next(reply.json())


def _print_next(found: Mapping[str, Any]) -> None:
    if found["claim"]:
        _print_claim(found["claim"])
    if not found["tasks"]:
        _print_none(found["passed_over"])
        return
    columns = [Column("Key"), Column("Title", gives_way=True), Column("Why", gives_way=True)]
    output.table(columns, [_offered(one) for one in found["tasks"]])


def _offered(one: Mapping[str, Any]) -> list[Text]:
    return [task_view.key_of(one["task"]), task_view.title_with_priority(one["task"]), text("; ".join(one["reasons"]), task_view.QUIET)]


WHY_NOT = {
    "blocked": "blocked", "claimed": "claimed", "given": "given to others", "later": "to be started later", "kind": "epics or questions",
    "in_parts": "done in their parts", "too_complex": "more complex than you take on", "elsewhere": "ready elsewhere",
    "taken": "just being taken",
}  # fmt: skip


def _print_none(passed_over: Sequence[Mapping[str, Any]]) -> None:
    why = ", ".join(f"{one['tasks']} {WHY_NOT.get(one['reason'], one['reason'])}" for one in passed_over)
    note(f"Nothing is ready for you{f': {why}' if why else ': there is no unfinished task'}")


def _print_claim(claim: Mapping[str, Any]) -> None:
    taken = f", taken over from {claim['taken_from']}" if claim["taken_from"] else ""
    say(f"You hold {claim['key']}  {claim['title']}")
    note(f"Until {wording.exactly(claim['expires_at'])} unless you write on it before; token {claim['fencing_token']}{taken}")
    for remark in claim["remarks"]:
        note(remark)


@app.command("mine")
def show_mine(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="How many of each kind.")] = 5, as_json: AsJson = False
) -> None:
    """Where you stand: what you hold, what is yours to do, what you asked and have not read, what is ready."""
    with client.open_hub() as hub:
        reply = hub.call("GET", MINE, query={"limit": limit})
    if as_json:
        output.json_of(reply)
        return
    mine = reply.json()
    parts = [part for part in _parts(mine) if part[1]]
    for head, lines in parts:
        _print_part(head, lines)
    if not parts:
        note("Nothing is yours and nothing is ready")


def _parts(mine: Mapping[str, Any]) -> list[tuple[str, list[Text]]]:
    return [
        ("You hold", [_held(task, mine["now"]) for task in mine["claims"]]),
        ("Yours no more, and nobody else's", [task_view.headline(task) for task in mine["lapsed"]]),
        ("Unread", [words(one["title"]) for one in mine["unread"]]),
        ("You asked", [_asked(one) for one in mine["asked"]]),
        ("Assigned to you", [task_view.headline(task) for task in mine["assigned"]]),
        ("Ready for anybody", [task_view.headline(one["task"]) for one in mine["ready"]]),
    ]


def _print_part(head: str, lines: Sequence[Text]) -> None:
    screen = output.console()
    screen.print(words(head, "bold"))
    for line in lines:
        screen.print(words("  ") + line)


def _held(task: Mapping[str, Any], now: str) -> Text:
    seconds = (wording.read_instant(task["claim"]["expires_at"]) - wording.read_instant(now)).total_seconds()
    return task_view.headline(task) + words(f"  {wording.left(seconds)}, token {task['claim']['fencing_token']}", "yellow")


def _asked(one: Mapping[str, Any]) -> Text:
    answer = f"{one['answered_by']}: {one['answer']}" if one["answered_by"] else one["status"]
    return words(one["task_key"], "bold") + words(f"  {one['question']}  ", task_view.QUIET) + words(answer)


@app.command("claim")
def claim_task(
    key: Key,
    lease: Lease = None,
    take_over: Annotated[bool, typer.Option("--take-over", help="From whoever holds it now; people only, with --why.")] = False,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Hold a task so that nobody else takes it.

    Example: crewhall work claim CH-12 --lease 3600
    """
    given = {"lease_seconds": lease, "override": take_over or None, "reason": why}
    with client.open_hub() as hub:
        reply = hub.call("POST", path_of(key, "claim"), body={name: value for name, value in given.items() if value is not None})
    if as_json:
        output.json_of(reply)
    else:
        _print_claim(reply.json())


@app.command("release")
def release_claim(
    key: Key,
    end: Annotated[bool, typer.Option("--end", help="The claim of somebody else; people only, with --why.")] = False,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """Give a task back, so that it is ready for others at once."""
    given = {"override": end or None, "reason": why}
    with client.open_hub() as hub:
        reply = hub.call("DELETE", path_of(key, "claim"), body={name: value for name, value in given.items() if value is not None})
    if as_json:
        output.json_of(reply)
    else:
        task = reply.json()
        say(f"{'Gave back' if task['released'] else 'Nobody held'} {task['key']}  {task['title']}")
