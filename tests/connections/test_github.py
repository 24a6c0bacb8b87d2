"""What GitHub does unlike others."""

from __future__ import annotations

import time

import pytest

from crewhall.demo.twins import Fault
from crewhall.demo.twins.github import OTHERS, REPOSITORY, SILENT
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run


async def test_pull_requests_are_not_taken_for_issues(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "github", twins["github"].keys())

    page = (await run(outer_hall, "github_list_issues", repository=REPOSITORY)).json()

    assert [5, 4, 3, 2, 1] == [one["number"] for one in page["issues"]]


async def test_issues_that_are_switched_off_are_told_as_such(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "github", twins["github"].keys())

    off = await run(outer_hall, "github_list_issues", repository=SILENT)
    nowhere = await run(outer_hall, "github_get_issue", repository=REPOSITORY, number=404)

    assert (422, True) == (off.status_code, "switched off" in off.text)
    assert (422, True) == (nowhere.status_code, "does not see it" in nowhere.text)


async def test_what_github_dropped_without_a_word_is_said(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "github", twins["github"].keys())
    given = {"title": "It squeaks", "labels": ["Bug"], "assignees": ["ada"]}

    with_right = await run(outer_hall, "github_create_issue", repository=REPOSITORY, **given)
    without = await run(outer_hall, "github_create_issue", repository=OTHERS, **given)

    assert [] == with_right.json()["dropped"]
    assert ["label Bug", "assignee ada"] == without.json()["dropped"]


IN_TEN_MINUTES = "an instant, which a test has to say when it runs"


@pytest.mark.parametrize(
    ("status", "headers", "least", "most"),
    [
        (403, {"retry-after": "90"}, 89, 90),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_TEN_MINUTES}, 500, 600),
        (429, {"retry-after": "70"}, 69, 70),
    ],
)
async def test_a_limit_is_waited_for_whatever_its_status(
    outer_hall: Hall, twins: Twins, status: int, headers: dict[str, str], least: int, most: int
) -> None:
    made = await connect_with(outer_hall, "github", twins["github"].keys())
    told = {name: str(int(time.time()) + 600) if value is IN_TEN_MINUTES else value for name, value in headers.items()}
    twins["github"].faults.append(Fault("/user/repos", status=status, headers=told))

    reply = await run(outer_hall, "github_list_repositories")

    assert (503, "platform_busy") == (reply.status_code, reply.json()["error"]["code"])
    assert least <= int(reply.headers["retry-after"]) <= most
    assert (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}/health")).json()["is_healthy"]


async def test_a_right_that_is_missing_ends_no_connection(outer_hall: Hall, twins: Twins) -> None:
    made = await connect_with(outer_hall, "github", twins["github"].keys())
    twins["github"].faults.append(Fault("/user/repos", "code", code="Resource not accessible by personal access token"))

    reply = await run(outer_hall, "github_list_repositories")

    assert "missing_platform_scope" == reply.json()["error"]["code"]
    assert "connected" == (await outer_hall.rest.get(f"/api/v1/integrations/{made['id']}")).json()["status"]


@pytest.mark.parametrize("repository", ["../user", "acme/..", "acme/.", "acme", "acme/gate/issues", "a b/c", "acme/gate?x", "/acme/gate"])
async def test_a_repository_leads_nowhere_else(outer_hall: Hall, twins: Twins, repository: str) -> None:
    await connect_with(outer_hall, "github", twins["github"].keys())
    before = len(twins["github"].exchanges)

    reply = await run(outer_hall, "github_list_issues", repository=repository)

    assert (422, before) == (reply.status_code, len(twins["github"].exchanges))
