"""GitHub. Lists come bare, with the next page in a header; a limit that is reached can be a 403."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from crewhall.integrations.connectors.github import models as m
from crewhall.integrations.connectors.github.manifest import MANIFEST, REPO, VERSION
from crewhall.integrations.kit import Ask, Connector, ConnectorError, PlatformBusy, operation
from crewhall.integrations.kit.wire import retry_after, within_reason
from crewhall.kit.capability import Kind

HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": VERSION}
CODES = {
    301: "moved", 307: "moved", 308: "moved", 401: "bad_credentials", 404: "not_found", 410: "issues_off", 422: "invalid", 451: "blocked",
}  # fmt: skip
NEXT = re.compile(r'<([^>]*)>;\s*rel="next"')
TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""How an author stands to a repository. Anybody else may open a pull request to a public one, too."""


class GitHub(Connector):
    """Repositories, their issues, pull requests and commits."""

    manifest = MANIFEST
    shapes = (dict, list)

    def proof(self, token: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {token}", **HEADERS}

    def read(self, reply: httpx2.Response) -> Any:
        """A list becomes `{"rows", "next"}`; so does a search, whose answer is an object."""
        if reply.status_code in {301, 307, 308}:
            raise self.trouble(reply.status_code, "moved", {}, reply)
        body = super().read(reply)
        after = _next_page(reply)
        return {"rows": body, "next": after} if isinstance(body, list) else body | {"next": after}

    def error_of(self, status: int, body: Any) -> str | None:
        return CODES.get(status)

    def trouble(self, status: int, code: str | None, body: Any, reply: httpx2.Response) -> ConnectorError:
        """Too much at once is a 403 or a 429; a 403 without such a sign is a right that is missing."""
        if status in {403, 429} and _is_limit(body, reply):
            wait = self._wait(reply)
            words = f"GitHub wants to be left alone for {wait} s"
            return PlatformBusy(words, retry_after_seconds=wait, status_code=status, platform=self.manifest.slug)
        return super().trouble(status, code, body, reply)

    def _wait(self, reply: httpx2.Response) -> int:
        """Retry-After where it is said (secondary limits), else until the hour's budget is new."""
        usual = self.manifest.limit.usual_wait
        reset = reply.headers.get("x-ratelimit-reset", "")
        if "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") != "0" or not reset.isdigit():
            return retry_after(reply, usual)
        return max(1, within_reason(int(reset) - datetime.now(UTC).timestamp(), usual))

    async def whoami(self) -> dict[str, Any]:
        who = await self.get("user")
        return {"id": who["id"], "name": who["login"], "login": who["login"]}

    async def _list(self, path: str, wanted: Any, **query: Any) -> Any:
        return await self.get(path, {"per_page": wanted.limit, "page": wanted.cursor, **query})

    # Repositories ----------------------------------------------------------------------------------------------------------

    @operation(
        scopes=REPO,
        aliases=("github_repos", "our_repositories"),
        questions=("Which GitHub repositories do we have?", "Is the gate repository on GitHub?", "Which repository was pushed to last?"),
    )
    async def list_repositories(self, wanted: m.RepositoriesWanted) -> m.RepositoryPage:
        """The repositories that this connection sees, the last pushed to first."""
        page = await self._list("user/repos", wanted, sort="pushed")
        return m.RepositoryPage(repositories=[_repository(one) for one in page["rows"]], next_cursor=page["next"])

    @operation(
        scopes=REPO,
        aliases=("github_branches",),
        questions=("Which branches has the gate repository?", "Is there a branch for CH-12?", "List the branches on GitHub."),
    )
    async def list_branches(self, wanted: m.BranchesWanted) -> m.BranchPage:
        """The branches of a repository."""
        page = await self._list(f"repos/{wanted.repository}/branches", wanted)
        branches = [m.Branch(name=one["name"], sha=one["commit"]["sha"], protected=bool(one.get("protected"))) for one in page["rows"]]
        return m.BranchPage(branches=branches, next_cursor=page["next"])

    @operation(
        scopes=REPO,
        aliases=("github_commits", "git_log"),
        questions=("What was committed today?", "Show the last commits of the gate repository.", "Who committed to main lately?"),
    )
    async def list_commits(self, wanted: m.CommitsWanted) -> m.CommitPage:
        """Commits of a repository or branch, the newest first."""
        page = await self._list(f"repos/{wanted.repository}/commits", wanted, sha=wanted.branch, since=_instant(wanted.since))
        return m.CommitPage(commits=[_commit(one) for one in page["rows"]], next_cursor=page["next"])

    @operation(
        scopes=REPO,
        aliases=("github_pull_requests", "github_prs", "open_prs"),
        questions=("Which pull requests are open?", "Was the pull request merged?", "List the PRs of the gate repository."),
    )
    async def list_pull_requests(self, wanted: m.PullRequestsWanted) -> m.PullRequestPage:
        """Pull requests of a repository, the last changed first."""
        page = await self._list(f"repos/{wanted.repository}/pulls", wanted, state=wanted.state, sort="updated", direction="desc")
        return m.PullRequestPage(pull_requests=[_pull_request(one) for one in page["rows"]], next_cursor=page["next"])

    # Issues ----------------------------------------------------------------------------------------------------------------

    @operation(
        scopes=REPO,
        aliases=("github_issues", "repository_issues"),
        questions=("Which GitHub issues are open?", "List the bugs in the gate repository.", "Which issues has Ada on GitHub?"),
    )
    async def list_issues(self, wanted: m.IssuesWanted) -> m.IssuePage:
        """Issues of a repository, without pull requests, which GitHub puts among them."""
        page = await self._list(
            f"repos/{wanted.repository}/issues", wanted, state=wanted.state, labels=",".join(wanted.labels) or None,
            assignee=wanted.assignee, since=_instant(wanted.since),
        )  # fmt: skip
        issues = [_issue(one) for one in page["rows"] if "pull_request" not in one]
        return m.IssuePage(issues=issues, next_cursor=page["next"])

    @operation(
        scopes=REPO,
        aliases=("github_issue", "read_github_issue"),
        questions=("What does issue 12 say?", "Show the GitHub issue.", "Who is on this issue?"),
    )
    async def get_issue(self, wanted: m.IssueWanted) -> m.IssueDetail:
        """One issue or pull request, with what it says."""
        return _detail(await self.get(f"repos/{wanted.repository}/issues/{wanted.number}"))

    @operation(
        scopes=REPO,
        aliases=("github_comments", "issue_discussion"),
        questions=("What was said on this issue?", "Read the comments of the pull request.", "Did anybody answer on GitHub?"),
    )
    async def list_issue_comments(self, wanted: m.CommentsWanted) -> m.CommentPage:
        """What people said on an issue or pull request, the oldest first."""
        page = await self._list(f"repos/{wanted.repository}/issues/{wanted.number}/comments", wanted)
        return m.CommentPage(comments=[_comment(one) for one in page["rows"]], next_cursor=page["next"])

    @operation(
        scopes=REPO,
        aliases=("search_github", "find_github_issue"),
        questions=("Find the GitHub issue about the hinge.", "Is there a pull request for CH-12?", "Search GitHub for this error."),
    )
    async def search_issues(self, wanted: m.IssueSearch) -> m.FoundPage:
        """Issues and pull requests with these words, in all repositories that GitHub shows to this connection."""
        query = {"q": wanted.query, "per_page": wanted.limit, "page": wanted.cursor}
        page = await self.get("search/issues", query, part="search")  # 30 a minute, beside everything else
        return m.FoundPage(
            issues=[_issue(one) for one in page["items"]], total=int(page["total_count"]), incomplete=bool(page["incomplete_results"]),
            next_cursor=page["next"],
        )  # fmt: skip

    @operation(
        kind=Kind.OUTWARD,
        scopes=REPO,
        aliases=("open_github_issue", "new_github_issue", "report_on_github"),
        questions=("Open a GitHub issue for this bug.", "Report it in the gate repository.", "File an issue with the label bug."),
    )
    async def create_issue(self, wanted: m.NewIssue) -> m.NewIssueDone:
        """Open an issue; says which labels and assignees GitHub dropped because this connection may not set them."""
        body = {"title": wanted.title, "body": wanted.body, "labels": wanted.labels or None, "assignees": wanted.assignees or None}
        said = await self._say(f"repos/{wanted.repository}/issues", {name: value for name, value in body.items() if value is not None})
        made = _detail(said)
        return m.NewIssueDone(**made, dropped=_dropped(wanted, made))

    @operation(
        kind=Kind.OUTWARD,
        scopes=REPO,
        aliases=("comment_on_github", "answer_on_github"),
        questions=("Comment on the pull request.", "Answer on the GitHub issue.", "Tell them on issue 12 that it is fixed."),
    )
    async def add_issue_comment(self, wanted: m.NewComment) -> m.Comment:
        """Say something on an issue or pull request."""
        return _comment(await self._say(f"repos/{wanted.repository}/issues/{wanted.number}/comments", {"body": wanted.body}))

    async def _say(self, path: str, body: Mapping[str, Any]) -> Any:
        return await self.send(Ask("POST", self.url(path), json=body, again=False))


# What GitHub sends, as Crewhall shows it -----------------------------------------------------------------------------------


def _next_page(reply: httpx2.Response) -> str | None:
    found = NEXT.search(reply.headers.get("link", ""))
    pages = parse_qs(urlsplit(found[1]).query).get("page") if found else None
    return pages[0] if pages and pages[0].isdigit() else None


def _is_limit(body: Any, reply: httpx2.Response) -> bool:
    said = str(body.get("message", "")).lower() if isinstance(body, dict) else ""
    headers = reply.headers
    return reply.status_code == 429 or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in said


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _login(one: Mapping[str, Any] | None) -> str | None:
    return one.get("login") if one else None


def _repository(one: Mapping[str, Any]) -> m.RepositoryInfo:
    return m.RepositoryInfo(
        name=one["full_name"], private=bool(one["private"]), description=one.get("description"), default_branch=one.get("default_branch"),
        pushed_at=one.get("pushed_at"), archived=bool(one.get("archived")), issues=bool(one.get("has_issues")),
        may_push=bool((one.get("permissions") or {}).get("push")), link=one.get("html_url"),
    )  # fmt: skip


def _issue(one: Mapping[str, Any]) -> m.Issue:
    labels = [label if isinstance(label, str) else str(label.get("name")) for label in one.get("labels") or []]
    return m.Issue(
        repository="/".join(one["repository_url"].rsplit("/", 2)[1:]), number=one["number"], title=one["title"], state=one["state"],
        author=_login(one.get("user")), labels=labels, assignees=[person["login"] for person in one.get("assignees") or []],
        comments=int(one.get("comments") or 0), created_at=one["created_at"], updated_at=one["updated_at"], closed_at=one.get("closed_at"),
        is_pull_request="pull_request" in one, link=one["html_url"],
    )  # fmt: skip


def _detail(one: Mapping[str, Any]) -> m.IssueDetail:
    return m.IssueDetail(**_issue(one), body=one.get("body") or "")


def _dropped(wanted: m.NewIssue, made: m.IssueDetail) -> list[str]:
    """GitHub compares names without regard to case."""
    labels, people = ({name.lower() for name in made[field]} for field in ("labels", "assignees"))
    lost = [f"label {name}" for name in wanted.labels if name.lower() not in labels]
    return lost + [f"assignee {name}" for name in wanted.assignees if name.lower() not in people]


def _comment(one: Mapping[str, Any]) -> m.Comment:
    return m.Comment(
        id=one["id"], author=_login(one.get("user")), body=one.get("body") or "", created_at=one["created_at"],
        updated_at=one["updated_at"], link=one["html_url"],
    )  # fmt: skip


def state_of(one: Mapping[str, Any]) -> str:
    """How a pull request stands, in one word."""
    if one.get("merged_at"):
        return "merged"
    return "draft" if one["state"] == "open" and one.get("draft") else str(one["state"])


def is_foreign(one: Mapping[str, Any]) -> bool:
    """Whether a pull request comes from another repository than the one it is for; from one that is gone, too."""
    source = (one["head"].get("repo") or {}).get("full_name")
    return bool(source != one["base"]["repo"]["full_name"])


def is_trusted(one: Mapping[str, Any]) -> bool:
    """Whether somebody of the repository answers for a pull request: its author, who could push, or whoever merged it."""
    return not is_foreign(one) or one.get("author_association") in TRUSTED or bool(one.get("merged_at"))


def _pull_request(one: Mapping[str, Any]) -> m.PullRequest:
    return m.PullRequest(
        number=one["number"], title=one["title"], state=state_of(one), author=_login(one.get("user")), body=one.get("body") or "",
        branch=one["head"]["ref"], head=one["head"]["sha"], target=one["base"]["ref"], from_fork=is_foreign(one), trusted=is_trusted(one),
        created_at=one["created_at"], updated_at=one["updated_at"], link=one["html_url"],
    )  # fmt: skip


def _commit(one: Mapping[str, Any]) -> m.Commit:
    inner = one["commit"]
    author = _login(one.get("author")) or (inner.get("author") or {}).get("name")
    return m.Commit(
        sha=one["sha"], message=inner["message"], author=author, committed_at=(inner.get("committer") or {}).get("date"),
        link=one["html_url"],
    )  # fmt: skip
