"""What in Git belongs to which tasks, without a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from crewhall.integrations.connectors.github.connector import is_trusted, state_of
from crewhall.kit.text import seen

Kind = Literal["branch", "commit", "pull_request"]
MOST_KEYS = 20
LONGEST_TEXT, LONGEST_LINE, LONGEST_NAME = 20_000, 300, 250
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}")
HASH = re.compile(r"[0-9a-f]{40,64}")
ADDRESS = re.compile(r"https://[^\s/?#@]+/[^\s]{1,1900}")
HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Thing:
    """A branch, commit or pull request as it was seen: `facts` are what is shown of it, all of it foreign text but the state.

    `keys` are the tasks that it names; empty: none any more. `changed_at` is by the platform's clock.
    """

    name: str
    kind: Kind
    keys: tuple[str, ...]
    facts: Mapping[str, Any]
    changed_at: datetime


def keys_in(prefix: str, *texts: str | None) -> tuple[str, ...]:
    """The keys that texts name, in their order: CH-12, also in small letters and within a branch's name; never as a part of a word."""
    pattern = re.compile(rf"(?<![^\W_]){re.escape(prefix)}-([1-9][0-9]{{0,8}})(?![^\W_])(?!\.[0-9])", re.IGNORECASE)
    numbers = [found for text in texts if text for found in pattern.findall(text[:LONGEST_TEXT])]
    return tuple(dict.fromkeys(f"{prefix}-{number}" for number in numbers))[:MOST_KEYS]


def one_line(text: Any, most: int = LONGEST_LINE) -> str:
    """The first line of somebody's words, without what nobody sees."""
    lines = seen(str(text or "")).strip().splitlines()
    return " ".join(lines[0].split())[:most] if lines else ""


def _address(said: Any) -> str | None:
    return str(said) if isinstance(said, str) and ADDRESS.fullmatch(said) else None


def instant(said: Any) -> datetime:
    """ValueError when it is none."""
    found = datetime.fromisoformat(str(said))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def repository_of(said: Any) -> str:
    """Owner and name; ValueError when it cannot be that."""
    if not isinstance(said, str) or not REPOSITORY.fullmatch(said):
        raise ValueError("no repository")
    return said


def branch(prefix: str, repository: str, name: str, state: str, at: datetime, link: str | None) -> Thing:
    url = _address(f"{link}/tree/{quote(name, safe='/')}") if link and state == "open" else None
    facts = {"value": one_line(name, LONGEST_NAME), "url": url, "state": state, "repository": repository}
    return Thing(f"github:{repository.lower()}:branch:{name[:LONGEST_NAME]}", "branch", keys_in(prefix, name), facts, at)


def commit(prefix: str, repository: str, sha: Any, message: Any, author: Any, at: datetime, link: Any) -> Thing:
    if not isinstance(sha, str) or not HASH.fullmatch(sha):
        raise ValueError("no commit")
    facts = {
        "value": sha, "url": _address(link), "title": one_line(message), "author": one_line(author, 100), "repository": repository,
    }  # fmt: skip
    return Thing(f"github:{repository.lower()}:commit:{sha}", "commit", keys_in(prefix, str(message or "")), facts, at)


def pull_request(prefix: str, repository: str, one: Mapping[str, Any]) -> Thing:
    """As GitHub sends it. Of a stranger's, which anybody on the internet can open, nothing is believed before somebody has merged it."""
    number, trusted = int(one["number"]), is_trusted(one)
    keys = keys_in(prefix, str(one["title"]), one["head"]["ref"], one.get("body")) if trusted else ()
    facts = facts_of_pull_request(
        repository, number, one.get("html_url"), one["title"], state_of(one), (one.get("user") or {}).get("login"), one["head"]["ref"],
        one["head"]["sha"],
    )  # fmt: skip
    return Thing(pull_request_name(repository, number), "pull_request", keys, facts, instant(one["updated_at"]))


def facts_of_pull_request(
    repository: str, number: int, link: Any, title: Any, state: str, author: Any, branch_name: Any, head: Any
) -> dict[str, Any]:  # fmt: skip
    return {
        "value": f"{repository}#{number}", "url": _address(link), "title": one_line(title), "state": state, "author": one_line(author, 100),
        "branch": one_line(branch_name, LONGEST_NAME), "repository": repository, "head": str(head)[:64],
    }  # fmt: skip


def pull_request_name(repository: str, number: int) -> str:
    return f"github:{repository.lower()}:pull_request:{number}"


def of_push(prefix: str, payload: Mapping[str, Any], now: datetime) -> list[Thing]:
    """A branch and its new commits. Tags are of no interest."""
    repository, ref = repository_of(payload["repository"]["full_name"]), str(payload["ref"])
    if not ref.startswith(HEADS):
        return []
    state = "deleted" if payload.get("deleted") else "open"
    things = [branch(prefix, repository, ref.removeprefix(HEADS), state, now, _address(payload["repository"].get("html_url")))]
    for one in payload.get("commits") or []:
        author = one.get("author") or {}
        things.append(
            commit(
                prefix, repository, one["id"], one.get("message"), author.get("username") or author.get("name"),
                instant(one["timestamp"]), one.get("url"),
            )
        )  # fmt: skip
    return things


def of_ref(prefix: str, payload: Mapping[str, Any], now: datetime, state: str) -> list[Thing]:
    """A branch that was made or deleted."""
    if payload["ref_type"] != "branch":
        return []
    repository = repository_of(payload["repository"]["full_name"])
    return [branch(prefix, repository, str(payload["ref"]), state, now, _address(payload["repository"].get("html_url")))]


PASSED = frozenset({"success", "neutral", "skipped"})
FAILED = frozenset({"failure", "timed_out", "startup_failure"})


def checks_of(payload: Mapping[str, Any]) -> tuple[str, str, list[int], str] | None:
    """Repository, commit, pull requests, and passed or failed, of a round of checks; None when it says nothing about either."""
    suite = payload["check_suite"]
    ended = suite.get("conclusion")
    if ended not in PASSED | FAILED:
        return None
    numbers = [int(one["number"]) for one in suite.get("pull_requests") or []]
    repository = repository_of(payload["repository"]["full_name"])
    return repository, str(suite["head_sha"]), numbers, "passed" if ended in PASSED else "failed"


def relevant(things: Iterable[Thing]) -> list[Thing]:
    """The last of each, in the order in which they are locked."""
    return sorted({one.name: one for one in things}.values(), key=lambda one: one.name)
