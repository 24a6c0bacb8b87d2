"""Notion, as data. Read in its published specification (version 2025-09-03, with data sources)."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth

VERSION = "2025-09-03"
AWAY = ("internal_server_error", "service_unavailable", "database_connection_unavailable", "gateway_timeout", "conflict_error")

MANIFEST = Manifest(
    slug="notion",
    title="Notion",
    mark="No",
    api="https://api.notion.com/",
    variables=("NOTION",),
    keys=(
        Key(
            "access_token",
            "Integration secret",
            "notion.so/profile/integrations, your internal integration: Internal Integration Secret",
            starts=("ntn_", "secret_"),
        ),
    ),
    oauth=OAuth(
        authorize="https://api.notion.com/v1/oauth/authorize",
        token="https://api.notion.com/v1/oauth/token",
        revoke="https://api.notion.com/v1/oauth/revoke",
        scopes=(),  # what it may do is chosen in the integration's own settings
        token_auth="basic",
        body="json",
        pkce=False,
        extra={"owner": "user"},
        revoke_by="json",
        asks_scopes=False,
        headers={"Notion-Version": VERSION},
    ),
    setup=(
        "At notion.so/profile/integrations make a public integration, choose what it may do (read, insert and update content, read users), "
        "and add the redirect address below. It sees only pages that somebody shares with it."
    ),
    errors={
        "unauthorized": Means.RECONNECT,
        "restricted_resource": Means.SCOPE,
        "rate_limited": Means.BUSY,
        **dict.fromkeys(
            ("internal_server_error", "service_unavailable", "database_connection_unavailable", "gateway_timeout", "conflict_error"),
            Means.AWAY,
        ),
    },
    words={
        "object_not_found": "there is no such thing, or it is not shared with the integration: in Notion open it, then ... and Connections",
        "restricted_resource": "the integration lacks a capability for this: its owner changes that in its settings",
        "validation_error": "it does not take these values: notion_get_database names the properties and their types",
        "conflict_error": "somebody else changed it at the same moment",
        "missing_version": "it was asked without a version",
        "unsupported_version": "it does not know this version of its API any more",
    },
    limit=Limit(usual_wait=5),
)
