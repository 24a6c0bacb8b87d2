"""A twin of GitHub: two repositories, one of them without issues, and one that the token may only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin

OWNER, REPOSITORY, SILENT, OTHERS = "tidewater", "tidewater/gate", "tidewater/silent", "elsewhere/library"
SINCE = "2026-11-20T09:00:00Z"
STATUS = {"invalid_auth": 401, "token_expired": 401, "token_revoked": 401, "not_found": 404, "issues_off": 410, "invalid": 422}
WORDS = {401: "Bad credentials", 404: "Not Found", 410: "Issues has been disabled in this repository.", 422: "Validation Failed"}


PLACES = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks"
    " git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges milestones notifications pulls"
    " releases stargazers statuses subscribers subscription tags teams trees clone git ssh svn"
)
"""What a repository has addresses for."""


NUMBERS = (
    "public_repos public_gists followers following private_gists total_private_repos owned_private_repos disk_usage collaborators"
)  # fmt: skip


class GitHubTwin(Twin):
    """The REST API, and beside it the OAuth server, which says no with status 200."""

    slug = "github"

    def __init__(self) -> None:
        super().__init__(Consent(
            "GitHub", "/login/oauth/authorize", "/login/oauth/access_token", "/applications/github-client/token",
            {"github-client": "github-secret"}, rotates=False, life=None, prefix="gho_", token_auth=("post",), body=("form", "json"),
            revoke_by="delete", errors_in_200=True, plain_without_accept=True, usual="",
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.repositories = [_repository(1, REPOSITORY), _repository(2, SILENT, has_issues=False), _repository(3, OTHERS, push=False)]
        self.issues = {
            name: [self.new_issue(name, number, f"Hinge {number} squeaks") for number in range(1, 6)] for name in (REPOSITORY, OTHERS)
        }
        self.issues[REPOSITORY].append(
            self.new_issue(REPOSITORY, 6, "CH-12: oil the hinge") | {"pull_request": {"url": "https://api.github.com/x"}}
        )
        self.comments = {(REPOSITORY, 1): [_comment(REPOSITORY, 1, number, f"Comment {number}") for number in range(1, 4)]}
        self.pulls: dict[str, list[dict[str, Any]]] = {REPOSITORY: [self.new_pull(number, f"Change {number}") for number in range(6, 9)]}
        self.commits: dict[str, list[dict[str, Any]]] = {
            REPOSITORY: [self.new_commit(number, f"Commit {number}") for number in range(1, 4)]
        }
        self.branches: dict[str, list[dict[str, Any]]] = {REPOSITORY: [_branch("main"), _branch("spring")]}

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token("repo")}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        repo = "/repos/{owner}/{repo}"
        return [
            ("GET", "/user", self._user),
            ("GET", "/user/repos", self._repositories),
            ("GET", f"{repo}/issues", self._issues),
            ("POST", f"{repo}/issues", self._create),
            ("GET", repo + "/issues/{number:int}", self._one),
            ("GET", repo + "/issues/{number:int}/comments", self._comments),
            ("POST", repo + "/issues/{number:int}/comments", self._say),
            ("GET", f"{repo}/pulls", self._pulls),
            ("GET", f"{repo}/commits", self._commits),
            ("GET", f"{repo}/branches", self._branches),
            ("GET", "/search/issues", self._search),
        ]

    def refuse(self, code: str) -> Response:
        status = STATUS.get(code, 403)
        words = {"message": WORDS.get(status, code), "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        return JSONResponse(words, status_code=status)

    # What there is -----------------------------------------------------------------------------------------------------------

    def new_issue(self, name: str, number: int, title: str, **more: Any) -> dict[str, Any]:
        return _issue(name, number, title) | more

    def new_pull(self, number: int, title: str, **more: Any) -> dict[str, Any]:
        """As /pulls lists it, of a branch of the repository itself."""
        repo = {"full_name": REPOSITORY, "html_url": f"https://github.com/{REPOSITORY}"}
        return {
            "id": 9000 + number, "number": number, "title": title, "state": "open", "draft": False, "merged_at": None,
            "user": _user("kofi"), "body": None, "head": {"ref": f"change-{number}", "sha": f"{number:040x}", "repo": repo},
            "base": {"ref": "main", "sha": f"{0:040x}", "repo": repo}, "author_association": "MEMBER", "created_at": SINCE,
            "updated_at": f"2026-11-20T09:{number:02}:00Z", "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
        } | more  # fmt: skip

    def new_commit(self, number: int, message: str, **more: Any) -> dict[str, Any]:
        who = {"name": "Kofi Mensah", "email": "kofi@tidewater.example", "date": f"2026-11-20T09:{number:02}:00Z"}
        sha = f"{number:040x}"
        return {
            "sha": sha, "commit": {"message": message, "author": who, "committer": who}, "author": _user("kofi"), "parents": [],
            "html_url": f"https://github.com/{REPOSITORY}/commit/{sha}",
        } | more  # fmt: skip

    # Answers -----------------------------------------------------------------------------------------------------------------

    def _user(self, request: Request, given: Mapping[str, Any]) -> Any:
        profile = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"), None) | {"blog": ""}
        numbers = dict.fromkeys(NUMBERS.split(), 0) | {"two_factor_authentication": True}
        return _user("crewhall") | profile | numbers | {"created_at": SINCE, "updated_at": SINCE, "user_view_type": "public"}

    def _repositories(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self._page(request, self.repositories)

    def _page(self, request: Request, rows: Sequence[Any]) -> Response:
        """A bare list; where there is more, a header says where."""
        size, page = int(request.query_params.get("per_page", 30)), int(request.query_params.get("page", 1))
        shown = list(rows[(page - 1) * size : page * size])
        headers = {"x-ratelimit-remaining": "4999", "x-ratelimit-limit": "5000"}
        if page * size < len(rows):
            address = request.url.include_query_params(page=page + 1)
            headers["link"] = f'<{address}>; rel="next", <{request.url.include_query_params(page=99)}>; rel="last"'
        return JSONResponse(shown, headers=headers)

    def _of(self, request: Request) -> str:
        return f"{request.path_params['owner']}/{request.path_params['repo']}"

    def _held(self, request: Request) -> Response | None:
        """Why nothing can be said of a repository's issues."""
        known = next((one for one in self.repositories if one["full_name"] == self._of(request)), None)
        if known is None:
            return self.refuse("not_found")
        return None if known["has_issues"] else self.refuse("issues_off")

    def _issues(self, request: Request, given: Mapping[str, Any]) -> Any:
        state = given.get("state", "open")
        rows = [one for one in self.issues.get(self._of(request), []) if state in ("all", one["state"])]
        wanted = {label for label in given.get("labels", "").split(",") if label}
        found = [one for one in reversed(rows) if wanted <= {label["name"] for label in one["labels"]}]
        return self._held(request) or self._page(request, found)

    def _one(self, request: Request, given: Mapping[str, Any]) -> Any:
        number = request.path_params["number"]
        found = next((one for one in self.issues.get(self._of(request), []) if one["number"] == number), None)
        return self._held(request) or found or self.refuse("not_found")

    def _create(self, request: Request, given: Mapping[str, Any]) -> Any:
        """Without the right to push, labels and assignees are dropped, and nothing is said of it."""
        held, name = self._held(request), self._of(request)
        if held is not None:
            return held
        push = next(one for one in self.repositories if one["full_name"] == name)["permissions"]["push"]
        people = [_user(login) for login in given.get("assignees") or []] if push else []
        labels = [_label(label) for label in given.get("labels") or []] if push else []
        made = self.new_issue(
            name, len(self.issues[name]) + 1, given["title"], body=given.get("body"), labels=labels, assignees=people,
            assignee=people[0] if people else None,
        )  # fmt: skip
        self.issues[name].append(made)
        return JSONResponse(made, status_code=201)

    def _comments(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self._page(request, self.comments.get((self._of(request), request.path_params["number"]), []))

    def _say(self, request: Request, given: Mapping[str, Any]) -> Any:
        name, number = self._of(request), request.path_params["number"]
        held = self.comments.setdefault((name, number), [])
        held.append(_comment(name, number, 100 + len(held), given["body"]))
        return JSONResponse(held[-1], status_code=201)

    def _pulls(self, request: Request, given: Mapping[str, Any]) -> Any:
        state = given.get("state", "open")
        rows = [one for one in self.pulls.get(self._of(request), []) if state in ("all", one["state"])]
        return self._page(request, sorted(rows, key=lambda one: str(one["updated_at"]), reverse=True))

    def _commits(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows = self.commits.get(self._of(request), [])
        return self._page(request, [one for one in reversed(rows) if one["commit"]["committer"]["date"] >= given.get("since", "")])

    def _branches(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self._page(request, self.branches.get(self._of(request), []))

    def _search(self, request: Request, given: Mapping[str, Any]) -> Any:
        words = [word.lower() for word in given["q"].split() if ":" not in word]
        found = [one for rows in self.issues.values() for one in rows if all(word in one["title"].lower() for word in words)]
        reply = self._page(request, [one | {"score": 1.0} for one in found])
        items = bytes(reply.body).decode()
        body = f'{{"total_count": {len(found)}, "incomplete_results": false, "search_type": "lexical", "items": {items}}}'
        kept = {name: value for name, value in reply.headers.items() if name != "content-length"}
        return Response(body, headers=kept, media_type="application/json")


def _urls(address: str, *names: str) -> dict[str, str]:
    return {f"{name}_url": f"{address}/{name}" for name in names}


def _user(login: str) -> dict[str, Any]:
    address = f"https://api.github.com/users/{login}"
    more = _urls(
        address, "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events"
    )
    return {
        "login": login, "id": 1000 + len(login), "node_id": "U_1", "avatar_url": "https://avatars.githubusercontent.com/u/1",
        "gravatar_id": "",
        "received_events_url": address, "url": address, "html_url": f"https://github.com/{login}", "type": "User",
        "site_admin": False, **more,
    }  # fmt: skip


def _repository(number: int, name: str, *, has_issues: bool = True, push: bool = True) -> dict[str, Any]:
    address = f"https://api.github.com/repos/{name}"
    urls = _urls(address, *PLACES.split())
    counts = ("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers", "watchers_count")
    return {
        **urls, **dict.fromkeys(counts, 0), "id": number, "node_id": f"R_{number}", "name": name.partition("/")[2], "full_name": name,
        "owner": _user(name.partition("/")[0]), "private": True, "html_url": f"https://github.com/{name}", "description": None,
        "fork": False, "url": address, "default_branch": "main", "has_issues": has_issues,
        "has_projects": True, "has_wiki": True, "has_pages": False,
        "has_downloads": True, "has_discussions": False, "homepage": None, "language": None, "archived": False, "disabled": False,
        "mirror_url": None, "license": None, "pushed_at": f"2026-11-2{5 - number}T09:00:00Z", "created_at": SINCE, "updated_at": SINCE,
        "permissions": {"admin": False, "push": push, "pull": True},
    }  # fmt: skip


def _label(name: str) -> dict[str, Any]:
    return {
        "id": 1,
        "node_id": "L_1",
        "url": "https://api.github.com/x",
        "name": name,
        "color": "d73a4a",
        "default": False,
        "description": None,
    }


def _issue(name: str, number: int, title: str) -> dict[str, Any]:
    address = f"https://api.github.com/repos/{name}/issues/{number}"
    return {
        "id": 5000 + number, "node_id": f"I_{number}", "url": address, "repository_url": f"https://api.github.com/repos/{name}",
        "labels_url": f"{address}/labels", "comments_url": f"{address}/comments", "events_url": f"{address}/events",
        "html_url": f"https://github.com/{name}/issues/{number}", "number": number, "state": "open", "title": title, "body": "It squeaks.",
        "user": _user("ada"), "labels": [_label("bug")] if number % 2 else [], "assignee": None, "assignees": [], "milestone": None,
        "locked": False, "active_lock_reason": None, "comments": 0, "closed_at": None, "created_at": SINCE, "updated_at": SINCE,
        "author_association": "MEMBER",
    }  # fmt: skip


def _comment(name: str, issue: int, number: int, body: str) -> dict[str, Any]:
    return {
        "id": number, "node_id": f"IC_{number}", "url": f"https://api.github.com/repos/{name}/issues/comments/{number}",
        "html_url": f"https://github.com/{name}/issues/{issue}#issuecomment-{number}",
        "issue_url": f"https://api.github.com/repos/{name}/issues/{issue}", "user": _user("mei"), "body": body, "created_at": SINCE,
        "updated_at": SINCE, "author_association": "MEMBER",
    }  # fmt: skip


def _branch(name: str, sha: str = "0" * 40) -> dict[str, Any]:
    return {"name": name, "commit": {"sha": sha, "url": "https://api.github.com/x"}, "protected": name == "main"}
