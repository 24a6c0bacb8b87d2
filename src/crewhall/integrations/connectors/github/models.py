"""What GitHub's operations take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

Repository = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$", max_length=140),
    Field(examples=["acme/gate"], description="Owner and name, such as acme/gate, from github_list_repositories."),
]
Number = Annotated[int, Field(ge=1, description="The number behind the #.")]
Names = Annotated[list[ShortLine], Field(max_length=50)]


class Part(Model):
    """Which part of a long list."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most; pull requests among issues are left out of them.")] = 50
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,6}$", examples=["2"], description="next_cursor of the last page.")] = None


class RepositoriesWanted(Part):
    """Which part of the repositories."""


class IssuesWanted(Part):
    """Which issues of a repository."""

    repository: Repository
    state: Annotated[Literal["open", "closed", "all"], Field(description="open, closed or all.")] = "open"
    labels: Annotated[Names, Field(description="Only with all of these labels.")] = []
    assignee: Annotated[ShortLine | None, Field(description="Only of this login; none for nobody's.")] = None
    since: Annotated[AwareDatetime | None, Field(description="Only those that changed after this instant.")] = None


class IssueWanted(Model):
    """Which issue."""

    repository: Repository
    number: Number


class CommentsWanted(Part):
    """Which issue or pull request."""

    repository: Repository
    number: Number


class IssueSearch(Part):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words, and GitHub's qualifiers such as repo:acme/gate is:pr state:open author:ada.")]


class NewIssue(Model):
    """An issue to be made."""

    repository: Repository
    title: Annotated[Line, Field(max_length=256, description="What it is.")]
    body: Annotated[Prose | None, Field(max_length=65_000, description="What it is about, in Markdown.")] = None
    labels: Annotated[Names, Field(description="Names of labels.")] = []
    assignees: Annotated[Annotated[list[ShortLine], Field(max_length=10)], Field(description="Logins of people.")] = []


class NewComment(Model):
    """A comment to be made."""

    repository: Repository
    number: Number
    body: Annotated[Prose, Field(min_length=1, max_length=65_000, description="What it says, in Markdown.")]


class PullRequestsWanted(Part):
    """Which pull requests of a repository."""

    repository: Repository
    state: Annotated[Literal["open", "closed", "all"], Field(description="open, closed (merged ones, too) or all.")] = "open"


class CommitsWanted(Part):
    """Which commits of a repository."""

    repository: Repository
    branch: Annotated[ShortLine | None, Field(description="Of this branch, tag or commit; the default branch when left out.")] = None
    since: Annotated[AwareDatetime | None, Field(description="Only those made after this instant.")] = None


class BranchesWanted(Part):
    """Which part of a repository's branches."""

    repository: Repository


class RepositoryInfo(TypedDict):
    name: str
    private: bool
    description: str | None
    default_branch: str | None
    pushed_at: str | None
    archived: bool
    issues: Annotated[bool, Field(description="Whether issues are switched on.")]
    may_push: Annotated[bool, Field(description="Without this right GitHub drops labels and assignees of what you make.")]
    link: str | None


class RepositoryPage(TypedDict):
    """Repositories, the last pushed to first."""

    repositories: list[RepositoryInfo]
    next_cursor: str | None


class Issue(TypedDict):
    repository: str
    number: int
    title: str
    state: str
    author: str | None
    labels: list[str]
    assignees: list[str]
    comments: int
    created_at: str
    updated_at: str
    closed_at: str | None
    is_pull_request: bool
    link: str


class IssueDetail(Issue):
    """An issue with what it says."""

    body: str


class NewIssueDone(IssueDetail):
    """The new issue; GitHub drops labels and assignees without a word when the connection may not set them."""

    dropped: Annotated[list[str], Field(description="What was asked for and is not on the issue: the connection may not push there.")]


class IssuePage(TypedDict):
    """Issues, the newest first."""

    issues: list[Issue]
    next_cursor: str | None


class FoundPage(TypedDict):
    """Issues and pull requests that were found, best first; GitHub shows the first 1,000."""

    issues: list[Issue]
    total: int
    incomplete: Annotated[bool, Field(description="GitHub gave up before it had looked everywhere.")]
    next_cursor: str | None


class Comment(TypedDict):
    id: int
    author: str | None
    body: str
    created_at: str
    updated_at: str
    link: str


class CommentPage(TypedDict):
    """Comments, the oldest first."""

    comments: list[Comment]
    next_cursor: str | None


class PullRequest(TypedDict):
    number: int
    title: str
    state: Annotated[str, Field(description="open, draft, merged or closed.")]
    author: str | None
    body: str
    branch: str
    head: Annotated[str, Field(description="The hash of its last commit.")]
    target: str
    from_fork: bool
    trusted: Annotated[bool, Field(description="Whether its author belongs to the repository, or it was merged.")]
    created_at: str
    updated_at: str
    link: str


class PullRequestPage(TypedDict):
    """Pull requests, the last changed first."""

    pull_requests: list[PullRequest]
    next_cursor: str | None


class Commit(TypedDict):
    sha: str
    message: str
    author: str | None
    committed_at: datetime | str | None
    link: str


class CommitPage(TypedDict):
    """Commits, the newest first."""

    commits: list[Commit]
    next_cursor: str | None


class Branch(TypedDict):
    name: str
    sha: str
    protected: bool


class BranchPage(TypedDict):
    """Branches, by their names."""

    branches: list[Branch]
    next_cursor: str | None
