"""`crewhall doctor`: what works between here and the hall, and what to do about what does not."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import typer

from crewhall import __version__
from crewhall.faces.cli import client, output, profiles, wording
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.output import AsJson
from crewhall.faces.cli.stream import PATH as STREAM
from crewhall.faces.cli.trouble import NotAllowed, Trouble

OLDEST_PYTHON = (3, 11)
CLOCK_SECONDS = 5.0
STREAM_SECONDS = 20.0  # one heartbeat comes every fifteen
SOON_DAYS = 2
PROTOCOL = "2025-11-25"
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": {"name": "crewhall doctor", "version": __version__}},
}  # fmt: skip


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


STATES = {"ok": Verdict.OK, "degraded": Verdict.WARN}
STYLES = {Verdict.OK: ("✓", "green"), Verdict.WARN: ("△", "yellow"), Verdict.FAIL: ("✕", "bold red")}


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, and what to do when it does not."""

    name: str
    verdict: Verdict
    detail: str
    fix: str | None = None


def run_checks(as_json: AsJson = False) -> None:
    """Check everything between here and the hall; each line that is not well says how to mend it. Exit code 1 when one fails."""
    checks = []
    for check in all_checks():
        checks.append(check)
        if not as_json:
            _print(check)
    if as_json:
        output.print_json({"checks": [asdict(check) for check in checks]})
    if any(check.verdict is Verdict.FAIL for check in checks):
        raise typer.Exit(1)


def _print(check: Check) -> None:
    shape, style = STYLES[check.verdict]
    screen = output.console()
    screen.print(
        output.words(f"{shape} {check.verdict:<4}  ", style) + output.words(f"{check.name:<12}", "bold") + output.words(f" {check.detail}")
    )
    if check.fix:
        screen.print(output.words(f"                     {check.fix}"))


def all_checks() -> Iterator[Check]:
    """In the order in which one depends on another; what cannot be asked any more is left out."""
    yield python()
    try:
        yield profile_file()
        where = profiles.target()
    except Trouble as trouble:
        yield failed("profile", trouble)
        return
    with client.open_target(where) as hub:
        yield from _of_hub(hub)


def _of_hub(hub: Hub) -> Iterator[Check]:
    reachable = guarded("address", lambda: address(hub))
    yield reachable
    if reachable.verdict is Verdict.FAIL:
        return
    for name, check in (("clock", clock), ("version", version)):
        yield guarded(name, lambda check=check: check(hub))  # type: ignore[misc]
    yield from ready(hub)
    signed_in = guarded("credential", lambda: credential(hub))
    yield signed_in
    if signed_in.verdict is not Verdict.FAIL:
        yield guarded("mcp", lambda: mcp(hub))
        yield guarded("stream", lambda: stream(hub))


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """The check, or the Trouble that it ended in as a failure with its hints."""
    try:
        return check()
    except Trouble as trouble:
        return failed(name, trouble)


def failed(name: str, trouble: Trouble) -> Check:
    return Check(name, Verdict.FAIL, trouble.message, ". ".join(trouble.hints) or None)


# Here -------------------------------------------------------------------------------------------------------------


def python() -> Check:
    detail = f"{platform.python_version()}, crewhall {__version__}"
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", Verdict.FAIL, detail, "Crewhall needs Python 3.11 or newer")
    return Check("python", Verdict.OK, detail)


def profile_file() -> Check:
    """Looked at before it is read: reading repairs its rights."""
    path = profiles.profiles_path()
    if not path.exists():
        return Check("profiles", Verdict.OK, f"none yet ({path})")
    if profiles.too_open(path):
        profiles.load()
        return Check("profiles", Verdict.WARN, f"{path} could be read by others; now only by you", "Log in anew if others use this machine")
    return Check("profiles", Verdict.OK, f"{len(profiles.load().profiles)} in {path}, readable by you alone")


# The hall ---------------------------------------------------------------------------------------------------------


def address(hub: Hub) -> Check:
    hub.get("/health")
    detail = f"{hub.target.address} answers ({hub.target.source})"
    if hub.target.address.startswith("http:") and not profiles.is_loopback(hub.target.address):
        return Check("address", Verdict.WARN, f"{detail}, not encrypted", "Put it behind https: anyone on the way can read the credential")
    return Check("address", Verdict.OK, detail)


def clock(hub: Hub) -> Check:
    """The header Date has whole seconds, and the way takes time: only a difference of several seconds says anything."""
    reply = hub.call("GET", "/health")
    if "date" not in reply.headers:
        return Check("clock", Verdict.OK, "the hall does not say its time")
    difference = (parsedate_to_datetime(reply.headers["date"]) - datetime.now(UTC)).total_seconds()
    if abs(difference) > CLOCK_SECONDS:
        fix = "Set both clocks by NTP: log-ins and due dates depend on them"
        return Check("clock", Verdict.WARN, f"the hall's clock differs by {difference:+.0f} s", fix)
    return Check("clock", Verdict.OK, "the same time here and there")


def version(hub: Hub) -> Check:
    try:
        theirs = str(hub.get("/openapi.json")["info"]["version"])
    except (Trouble, ValueError, KeyError, TypeError):
        return Check(
            "version", Verdict.WARN, "the hall does not describe itself at /openapi.json", "Update the hall: crewhall call needs it"
        )
    if theirs != __version__:
        fix = f"Install crewhall {theirs} here, or update the hall"
        return Check("version", Verdict.WARN, f"the hall is {theirs}, this command line {__version__}", fix)
    return Check("version", Verdict.OK, f"both {theirs}")


def ready(hub: Hub) -> Iterator[Check]:
    """The parts that the hall stands on, as `/ready` tells them; a hall without it is not blamed."""
    status, told = hub.peek("/ready")
    checks = told.get("checks") if isinstance(told, dict) else None
    if not isinstance(checks, dict):
        if status != 404:
            yield Check("ready", Verdict.WARN, f"/ready answered {status}, and not what it stands on", "Look into the hall's log")
        return
    for name, part in checks.items():
        verdict = STATES.get(str(part.get("status")), Verdict.FAIL)
        fix = None if verdict is Verdict.OK else "Look into the hall's log, and at what it stands on"
        yield Check(name, verdict, str(part.get("detail") or part.get("status")), fix)


def credential(hub: Hub) -> Check:
    if hub.target.credential is None:
        return Check("credential", Verdict.FAIL, "none for this hall", f"Sign in: crewhall login {hub.target.address}")
    try:
        me = hub.get("/api/v1/users/me")
        whose = f"{wording.person_at_length(me['name'], me['kind'])}, {me['role']}"
    except NotAllowed:
        whose = "good, but without members:read: whose it is cannot be asked"
    ends = _ends(hub)
    if ends is not None and (ends - datetime.now(UTC)).days < SOON_DAYS:
        return Check(
            "credential", Verdict.WARN, f"{whose}; ends {wording.exactly(ends.isoformat())}", f"crewhall login {hub.target.address}"
        )
    return Check("credential", Verdict.OK, whose)


def _ends(hub: Hub) -> datetime | None:
    """When the log-in of the profile in use ends."""
    for profile in profiles.load().profiles.values():
        if profile.credential == hub.target.credential and profile.expires_at:
            with suppress(ValueError):
                return wording.read_instant(profile.expires_at)
    return None


def mcp(hub: Hub) -> Check:
    headers = {"Accept": "application/json, text/event-stream"}
    answer: dict[str, Any] = hub.call("POST", "/mcp", body=INITIALIZE, headers=headers).json()
    if "result" not in answer:
        return Check("mcp", Verdict.FAIL, str(answer.get("error")), "Look into the hall's log")
    server = answer["result"]["serverInfo"]
    return Check("mcp", Verdict.OK, f"{hub.target.address}/mcp answers as {server['name']} {server['version']}")


def stream(hub: Hub) -> Check:
    """A heartbeat, not only the opening: what lies between may cut or hold back a line that says nothing for a while."""
    import httpx2

    if sys.stderr.isatty():
        output.note(f"Waiting for a heartbeat on the live stream, at most {STREAM_SECONDS:.0f} s ...")
    try:
        with hub.stream(STREAM, {}, {"Accept": "text/event-stream"}, STREAM_SECONDS) as reply:
            heard = any(said.event == "heartbeat" or said.data for said in httpx2.EventSource(reply))
    except httpx2.TransportError:
        heard = False
    if heard:
        return Check("stream", Verdict.OK, "the live stream delivers")
    fix = "A proxy may hold it back: turn off buffering for /api/tasks/stream"
    return Check("stream", Verdict.FAIL, f"nothing came on the live stream within {STREAM_SECONDS:.0f} s", fix)
