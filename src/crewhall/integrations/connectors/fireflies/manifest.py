"""Fireflies, as data. Its fields are those of the queries in the maker's own published client."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means

MANIFEST = Manifest(
    slug="fireflies",
    title="Fireflies",
    mark="Ff",
    api="https://api.fireflies.ai/",
    variables=("FIREFLIES",),
    keys=(
        Key(
            "access_token",
            "API key",
            "app.fireflies.ai, Integrations, Fireflies API. Free and Pro plans answer 50 requests a day: what was read is kept here",
        ),
    ),
    oauth=None,
    setup="",
    errors={
        **dict.fromkeys(("auth_failed", "unauthenticated", "UNAUTHENTICATED", "account_cancelled", "invalid_api_key"), Means.RECONNECT),
        **dict.fromkeys(("too_many_requests", "rate_limited", "TOO_MANY_REQUESTS"), Means.BUSY),
        **dict.fromkeys(("forbidden", "require_elevated_privilege", "not_in_team"), Means.SCOPE),
        **dict.fromkeys(("internal_server_error", "INTERNAL_SERVER_ERROR", "request_timeout"), Means.AWAY),
    },
    words={
        "object_not_found": "there is no such transcript, or it is not shared with us: fireflies_list_transcripts names those it sees",
        "paid_required": "the plan of this account does not offer that",
        "invalid_arguments": "it does not take these values",
        "require_elevated_privilege": "only an administrator of the team may do that",
        "GRAPHQL_VALIDATION_FAILED": "the query asks for something that its schema does not have",
        "GRAPHQL_PARSE_FAILED": "the query cannot be read: is a brace missing?",
    },
    limit=Limit(usual_wait=600),
)
