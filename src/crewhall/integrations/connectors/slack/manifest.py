"""Slack, as data. Read in Slack's own pages and its published specification."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth, Setting

READS = ("channels:history", "groups:history", "im:history", "mpim:history")

MANIFEST = Manifest(
    slug="slack",
    title="Slack",
    mark="Sl",
    api="https://slack.com/api/",
    variables=("SLACK",),
    keys=(
        Key(
            "access_token",
            "Bot token",
            "Your app's page at api.slack.com/apps, OAuth & Permissions: Bot User OAuth Token",
            starts=("xoxb-", "xoxe.xoxb-"),
        ),
        Key("user_access_token", "User token", "The same page; only searching needs it", required=False, starts=("xoxp-", "xoxe.xoxp-")),
    ),
    oauth=OAuth(
        authorize="https://slack.com/oauth/v2/authorize",
        token="https://slack.com/api/oauth.v2.access",
        revoke="https://slack.com/api/auth.revoke",
        token_auth="basic",
        pkce=False,  # opt-in for each app, and refused without
        separator=",",
        scopes=(
            "channels:read",
            "groups:read",
            "channels:history",
            "groups:history",
            "im:history",
            "mpim:history",
            "chat:write",
            "users:read",
            "users:read.email",
            "team:read",
        ),
        user_scopes=("search:read",),
        second="authed_user",
        revoke_by="bearer",
    ),
    settings=(Setting("default_channel", "Default channel", "The id of the channel, such as C0123, for messages that name none"),),
    setup=(
        "Make an app of your own at api.slack.com/apps (From scratch): an app from elsewhere may read one page of a channel a minute. "
        "Add the redirect address below under OAuth & Permissions, and give Crewhall the app's client id and secret."
    ),
    errors={
        **dict.fromkeys(("invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"), Means.RECONNECT),
        **dict.fromkeys(("missing_scope", "no_permission", "not_allowed_token_type"), Means.SCOPE),
        **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), Means.BUSY),
        **dict.fromkeys(("fatal_error", "internal_error", "service_unavailable", "request_timeout"), Means.AWAY),
    },
    words={
        "account_inactive": "the account or the app was removed from the workspace",
        "token_revoked": "somebody took the app's right away",
        "channel_not_found": "there is no such channel, or the app is not in it: slack_list_channels names those it sees",
        "not_in_channel": "the app is not in this channel: write /invite and its name there",
        "is_archived": "this channel is archived",
        "msg_too_long": "the message is too long: 40,000 characters at the most",
        "no_text": "a message needs text or blocks",
        "thread_not_found": "there is no such thread: ts is that of its first message",
        "user_not_found": "there is no such user: slack_list_users names them",
        "users_not_found": "nobody in this workspace has that e-mail address",
        "invalid_cursor": "this cursor is of another list, or too old: begin again without it",
        "not_allowed_token_type": "this needs a user token",
    },
    limit=Limit(usual_wait=30),
)
