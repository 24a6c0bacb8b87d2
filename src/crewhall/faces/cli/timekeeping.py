"""`crewhall time ...`: your timer, time that is over, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crewhall.faces.cli import client, output, task_view, wording
from crewhall.faces.cli.output import AsJson, Column, note, say, text
from crewhall.faces.cli.tasks import Key, path_of, read_instant, read_span
from crewhall.faces.cli.trouble import Misused

if TYPE_CHECKING:
    from rich.text import Text

app = typer.Typer(help="Your timer, time that you log, and your week.", no_args_is_help=True)

TIMER, ENTRIES, SHEET = "/api/v1/timer", "/api/v1/time-entries", "/api/v1/timesheet"
EVERYBODY = "everybody"
LARGEST_PAGE = 500
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Note = Annotated[str | None, typer.Option("--note", "-m", help="What was done.")]
Whose = Annotated[str | None, typer.Option("--who", help="Whose: me, a name, an e-mail; everybody.")]
Project = Annotated[str | None, typer.Option("--project", help="Only of this project.")]
Period = Annotated[str, typer.Option("--period", help="today, this_week, last_week, this_month, 2026-11-02 ...")]


@app.command("start")
def start_timer(key: Key, what: Note = None, as_json: AsJson = False) -> None:
    """Start your timer on a task; one that runs on another task is stopped, and kept.

    Example: crewhall time start CH-12
    """
    with client.open_hub() as hub:
        reply = hub.call("POST", path_of(key, "timer"), body=_given(note=what))
    if as_json:
        output.json_of(reply)
        return
    started = reply.json()
    if started["stopped"]:
        note(f"Stopped {_spent(started['stopped'])}")
    say(f"Your timer runs on {started['entry']['key']}  {started['entry']['title']}")


@app.command("stop")
def stop_timer(
    at: Annotated[str | None, typer.Option("--at", help="When you stopped, if it was earlier: 2026-11-28T17:30.")] = None,
    what: Note = None,
    as_json: AsJson = False,
) -> None:
    """Stop your timer and keep what it counted."""
    ended_at = read_instant(at, end=False) if at else None
    with client.open_hub() as hub:
        reply = hub.call("POST", f"{TIMER}/stop", body=_given(ended_at=ended_at, note=what))
    if as_json:
        output.json_of(reply)
    else:
        say(f"Stopped {_spent(reply.json())}")


@app.command("log")
def log_time(
    key: Key,
    length: Annotated[str, typer.Argument(help="How long it was: 90, 2h or 1h30m.", show_default=False)],
    day: Annotated[str | None, typer.Option("--day", help="On which day (2026-11-27); without it, it ended just now.")] = None,
    what: Note = None,
    as_json: AsJson = False,
) -> None:
    """Write down time that you spent on a task.

    Example: crewhall time log CH-12 1h30m --note "the hinges"
    """
    minutes = read_span(length)
    if not minutes:
        raise Misused(f"{length!r} is no time at all", "It looks like 90, 2h or 1h30m")
    with client.open_hub() as hub:
        reply = hub.call("POST", path_of(key, "time"), body=_given(minutes=minutes, started_at=day, note=what))
    if as_json:
        output.json_of(reply)
        return
    logged = reply.json()
    say(f"Logged {_spent(logged['entry'])}")
    for other in logged["overlaps"]:
        note(f"At the same time: {_spent(other)}")


@app.command("list")
def list_entries(
    key: Annotated[str | None, typer.Option("--task", "-t", help="Only of this task.")] = None,
    who: Whose = None,
    project: Project = None,
    period: Period = "this_week",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=LARGEST_PAGE, help="How many at the most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What you logged, the last first; of a task, what everybody did.

    Example: crewhall time list --task CH-12 --period this_month
    """
    whose = who or (EVERYBODY if key else "me")
    query = {"task_id": key, "user_id": _person(whose), "project": project, "period": period, "limit": limit}
    with client.open_hub() as hub:
        reply = hub.call("GET", ENTRIES, query=query)
    if as_json:
        output.json_of(reply)
        return
    found = reply.json()
    if not found["entries"]:
        note("No time was logged. crewhall time start KEY starts your timer")
        return
    columns = [
        Column("Task"),
        Column("Title", gives_way=True),
        Column("Who"),
        Column("Began"),
        Column("Time"),
        Column("Note", gives_way=True),
    ]
    output.table(columns, [_line(entry) for entry in found["entries"]])
    note(_sum_of(found))


def _line(entry: Mapping[str, Any]) -> list[Text]:
    length = wording.span(int(entry["minutes"]))
    shown = text(f"{length}, runs", "yellow") if entry["running"] else text(length)
    return [
        text(entry["key"] or "", "bold"), text(entry["title"] or ""), text(entry["user_name"]), text(wording.exactly(entry["started_at"])),
        shown, text(entry["note"] or "", task_view.QUIET),
    ]  # fmt: skip


def _sum_of(found: Mapping[str, Any]) -> str:
    shown, all_of = len(found["entries"]), found["total_entries"]
    more = f"; {shown} of {all_of} entries are shown, --limit shows more" if shown < all_of else ""
    return f"{wording.span(int(found['total_minutes']))} in all{more}"


@app.command("sheet")
def show_sheet(
    who: Whose = "me",
    project: Project = None,
    period: Period = "this_week",
    as_json: AsJson = False,
) -> None:
    """Hours by task and day; of everybody, by person and day.

    Example: crewhall time sheet --period last_week
    """
    by_task = who != EVERYBODY
    query = {"user_id": _person(who), "project": project, "period": period, "by_task": "true" if by_task else None}
    with client.open_hub() as hub:
        reply = hub.call("GET", SHEET, query=query)
    if as_json:
        output.json_of(reply)
        return
    _print_sheet(reply.json(), by_task=by_task)


def _print_sheet(sheet: Mapping[str, Any], *, by_task: bool) -> None:
    rows = sheet["tasks"] if by_task else sheet["people"]
    if not rows:
        note(f"No time from {sheet['days'][0]} to {sheet['days'][-1]}")
        return
    names = [Column("Task"), Column("Title", gives_way=True)] if by_task else [Column("Who")]
    columns = [*names, *(Column(_day(day)) for day in sheet["days"]), Column("Sum")]
    output.table(columns, [*(_row(row, by_task=by_task) for row in rows), _last_row(sheet, by_task=by_task)])
    running = ", a timer that runs counted until now" if sheet["running_minutes"] else ""
    note(f"Days are those of {sheet['time_zone']}{running}")


def _row(row: Mapping[str, Any], *, by_task: bool) -> list[Text]:
    names = [text(row["key"] or "", "bold"), text(row["title"] or "")] if by_task else [text(row["user_name"])]
    return [*names, *map(_hours, row["by_day"]), _hours(row["minutes"], "bold")]


def _last_row(sheet: Mapping[str, Any], *, by_task: bool) -> list[Text]:
    names = [text("All", "bold"), *([text("")] if by_task else [])]
    return [*names, *(_hours(minutes, "bold") for minutes in sheet["by_day"]), _hours(sheet["minutes"], "bold")]


def _hours(minutes: float, style: str = "") -> Text:
    """`1:30`; a day without any stays empty."""
    return text(f"{int(minutes) // 60}:{int(minutes) % 60:02d}" if minutes >= 1 else "", style)


def _day(day: str) -> str:
    at = date.fromisoformat(day)
    return f"{DAYS[at.weekday()]} {at.day}"


def _person(who: str | None) -> str | None:
    return None if who == EVERYBODY else who


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _spent(entry: Mapping[str, Any]) -> str:
    """`1 h 30 min on CH-12  Paint the gate`; of a task that this credential does not open, only how long."""
    on = f" on {entry['key']}  {entry['title']}" if entry["key"] else ""
    return f"{wording.span(int(entry['minutes']))}{on}"
