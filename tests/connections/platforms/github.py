"""GitHub, tried. What the specification beside us leaves out is checked by the names of its parameters."""

from __future__ import annotations

import re

from crewhall.demo.twins import Exchange
from crewhall.demo.twins.github import REPOSITORY
from tests.connections.platforms import Judge, Tried
from tests.harness.specification import Specification

BEYOND = {
    "pulls": {"state", "head", "base", "sort", "direction", "per_page", "page"},
    "commits": {"sha", "path", "author", "committer", "since", "until", "per_page", "page"},
    "branches": {"protected", "per_page", "page"},
}


def judge() -> Judge:
    specification = Specification.of("github")

    def faults(exchange: Exchange) -> list[str]:
        found = [] if exchange.headers.get("x-github-api-version") == "2022-11-28" else ["says no version"]
        beyond = re.fullmatch(r"/repos/[^/]+/[^/]+/(pulls|commits|branches)", exchange.path)
        if beyond is None:
            return found + specification.faults(exchange, exchange.path)
        return found + [f"no parameter {name}" for name, _ in exchange.query if name not in BEYOND[beyond[1]]]

    return faults


TRIED = Tried(
    slug="github",
    twin="github",
    judge=judge,
    calls=(
        ("list_repositories", {"limit": 2}),
        ("list_branches", {"repository": REPOSITORY}),
        ("list_commits", {"repository": REPOSITORY, "branch": "main", "since": "2026-11-20T00:00:00Z"}),
        ("list_pull_requests", {"repository": REPOSITORY, "state": "all"}),
        ("list_issues", {"repository": REPOSITORY, "labels": ["bug"], "since": "2026-11-01T00:00:00Z", "limit": 2}),
        ("get_issue", {"repository": REPOSITORY, "number": 1}),
        ("list_issue_comments", {"repository": REPOSITORY, "number": 1}),
        ("search_issues", {"query": "hinge repo:tidewater/gate", "limit": 3}),
        ("create_issue", {"repository": REPOSITORY, "title": "It squeaks", "body": "Loudly", "labels": ["bug"], "assignees": ["ada"]}),
        ("add_issue_comment", {"repository": REPOSITORY, "number": 1, "body": "Oil it"}),
    ),
    lists=(
        ("list_repositories", {"limit": 2}, 3),
        ("list_issues", {"repository": REPOSITORY, "limit": 2}, 5),
        ("list_issue_comments", {"repository": REPOSITORY, "number": 1, "limit": 2}, 3),
        ("list_pull_requests", {"repository": REPOSITORY, "limit": 2}, 3),
        ("list_commits", {"repository": REPOSITORY, "limit": 2}, 3),
        ("list_branches", {"repository": REPOSITORY, "limit": 1}, 2),
        ("search_issues", {"query": "hinge", "limit": 4}, 11),
    ),
    read="list_repositories",
    path="/user/repos",
)
