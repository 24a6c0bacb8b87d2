"""What all of Google's APIs share: how they let programs in, and how they say no."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from crewhall.integrations.kit.connector import Connector
from crewhall.integrations.kit.manifest import Key, Means, OAuth

AUTH = "https://www.googleapis.com/auth/"
WHO = ("openid", "email")
ERRORS = MappingProxyType({
    **dict.fromkeys(("authError", "UNAUTHENTICATED"), Means.RECONNECT),
    **dict.fromkeys(("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientScopes"), Means.SCOPE),
    **dict.fromkeys(
        ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"), Means.BUSY
    ),
    **dict.fromkeys(("backendError", "internalError", "INTERNAL", "UNAVAILABLE"), Means.AWAY),
    **dict.fromkeys(("accessNotConfigured", "SERVICE_DISABLED", "domainPolicy", "forbidden"), Means.REFUSED),
})  # fmt: skip
WORDS = MappingProxyType(
    {
        "notFound": "there is no such thing there",
        "accessNotConfigured": "this API is not switched on for the app: enable it in the Google Cloud console",
        "domainPolicy": "the administrator of this Google domain does not allow it",
        "fullSyncRequired": "the place to go on from is too old: begin again without a cursor",
    }
)
KEYS = (Key("access_token", "Access token", "A token of Google's OAuth playground, for a try: it ends after an hour"),)
SETUP = (
    "In the Google Cloud console make an OAuth client of the type Web application, enable the API, and add the redirect address below. "
    "While the consent screen is in Testing, Google ends every connection after 7 days: publish it, or make it Internal."
)


def oauth(*scopes: str) -> OAuth:
    """Google's OAuth for these scopes. Without `prompt=consent` a second consent brings no refresh token."""
    return OAuth(
        authorize="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        revoke="https://oauth2.googleapis.com/revoke",
        scopes=(*scopes, *WHO),
        extra={"access_type": "offline", "prompt": "consent", "include_granted_scopes": "false"},
    )


class GoogleConnector(Connector):
    """One of Google's APIs."""

    def error_of(self, status: int, body: Any) -> str | None:
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return None
        reasons = [one.get("reason") for one in error.get("errors") or [] if isinstance(one, dict)]
        details = [one.get("reason") for one in error.get("details") or [] if isinstance(one, dict)]
        return next((str(reason) for reason in (*details, *reasons, error.get("status")) if reason), "error")
