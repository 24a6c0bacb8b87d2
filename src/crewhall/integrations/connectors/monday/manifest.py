"""monday.com, as data. Its GraphQL schema is published; its codes of errors are named in its developer pages."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth

API_VERSION = "2026-07"
BOARDS_READ, BOARDS_WRITE = ("boards:read", "boards:write"), ("boards:write",)

MANIFEST = Manifest(
    slug="monday",
    title="monday.com",
    mark="Mo",
    api="https://api.monday.com/",
    variables=("MONDAY",),
    keys=(Key("access_token", "API token", "Your picture at monday.com, then Developers, then My access tokens"),),
    oauth=OAuth(
        authorize="https://auth.monday.com/oauth2/authorize",
        token="https://auth.monday.com/oauth2/token",
        revoke=None,
        scopes=("me:read", "boards:read", "boards:write", "workspaces:read", "users:read", "updates:read", "updates:write"),
        token_auth="post",
        pkce=False,  # only apps that chose OAuth 2.1 take it
        extra={"force_install_if_needed": "true"},
    ),
    setup=(
        "In monday.com's Developer Center make an app, add the redirect address below under OAuth, and choose the scopes that the card "
        "names. An administrator of the account installs it before others can connect. Its tokens do not end by themselves."
    ),
    errors={
        **dict.fromkeys(("NOT_AUTHENTICATED", "Unauthorized", "UNAUTHENTICATED", "invalid_token", "token_revoked"), Means.RECONNECT),
        **dict.fromkeys(
            ("UserUnauthorizedException", "USER_UNAUTHORIZED", "missingRequiredPermissions", "FORBIDDEN", "missing_scope"), Means.SCOPE
        ),
        **dict.fromkeys(
            (
                "COMPLEXITY_BUDGET_EXHAUSTED",
                "ComplexityException",
                "RATE_LIMIT_EXCEEDED",
                "Rate Limit Exceeded",
                "rate_limited",
                "IP_RATE_LIMIT_EXCEEDED",
                "maxConcurrencyExceeded",
                "MAX_CONCURRENCY_EXCEEDED",
                "DAILY_LIMIT_EXCEEDED",
                "FIELD_LIMIT_EXCEEDED",
                "FIELD_MINUTE_RATE_LIMIT_EXCEEDED",
            ),
            Means.BUSY,
        ),
        **dict.fromkeys(("INTERNAL_SERVER_ERROR", "InternalServerError", "API_TEMPORARILY_BLOCKED", "ResourceLocked"), Means.AWAY),
    },
    words={
        "InvalidBoardIdException": "there is no such board, or it is not shared with this account: monday_list_boards names those it sees",
        "InvalidItemIdException": "there is no such item, or it is not shared with this account",
        "ResourceNotFoundException": "there is no such thing there, or it is not shared with this account",
        "InvalidColumnIdException": "the board has no such column: monday_get_board names its columns",
        "ColumnValueException": "a column does not take this value: monday_get_board tells its type",
        "CorrectedValueException": "a column does not take this value: monday_get_board tells its type",
        "InvalidArgumentException": "it does not take these values",
        "InvalidCursorException": "this cursor is too old, or of another list: begin again without it",
        "CursorExpiredError": "this cursor is older than an hour: begin again without it",
        "ItemsLimitationException": "the board holds as many items as it can",
        "ItemNameTooLongException": "the name is too long: 255 characters at the most",
        "GRAPHQL_VALIDATION_FAILED": "the query asks for something that its schema does not have",
        "ParseError": "the query cannot be read: is a brace missing?",
        "undefinedField": "the query asks for a field that there is not",
    },
    limit=Limit(usual_wait=60),
)
