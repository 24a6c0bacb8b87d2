"""GitHub, as data. Read in its published specification."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth

VERSION = "2022-11-28"
REPO = ("repo", "public_repo")

MANIFEST = Manifest(
    slug="github",
    title="GitHub",
    mark="Gh",
    api="https://api.github.com/",
    variables=("GITHUB",),
    keys=(
        Key(
            "access_token",
            "Personal access token",
            "github.com, Settings, Developer settings: a fine-grained token for Issues (write), Pull requests and Contents (read)",
            starts=("ghp_", "github_pat_", "gho_", "ghu_", "ghs_"),
        ),
    ),
    oauth=OAuth(
        authorize="https://github.com/login/oauth/authorize",
        token="https://github.com/login/oauth/access_token",
        revoke="applications/{client_id}/token",
        revoke_by="delete",
        scopes=("repo",),
    ),
    setup=(
        "At github.com, Settings, Developer settings, make an OAuth app (no GitHub app) with the redirect address below as authorization "
        "callback URL, and give Crewhall its client id and secret. Whoever connects lets Crewhall into all repositories that they see: "
        "a fine-grained token, pasted instead, opens only those that are chosen."
    ),
    errors={
        "bad_credentials": Means.RECONNECT,
        **dict.fromkeys(("not_found", "issues_off", "moved", "invalid", "blocked"), Means.REFUSED),
    },
    words={
        "bad_credentials": "the token is wrong, ended or was taken back",
        "not_found": "there is no such thing, or this connection does not see it: github_list_repositories names those it sees",
        "issues_off": "issues are switched off in this repository",
        "moved": "this repository has another name now: github_list_repositories names it",
        "invalid": "a value is wrong, or names something that is not in this repository",
        "blocked": "GitHub has closed this repository",
    },
    limit=Limit(remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", usual_wait=60),
)
