"""ClickUp, as data. Read in its published API description."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth, Setting

# The word of every 401, 403 and 404. Whoever asks for what is not there, or not theirs to see, is told one of these; the connection
# itself is sound then.
OVER = tuple(f"OAUTH_{number:03}" for number in (16, 17, 18, 19, 20, 21, 22, 25, 39, 40))
NOT_ALLOWED = ("OAUTH_023", "OAUTH_026", "OAUTH_027", "OAUTH_029", "OAUTH_030", "OAUTH_031", "OAUTH_032", "OAUTH_033", "OAUTH_034")

MANIFEST = Manifest(
    slug="clickup",
    title="ClickUp",
    mark="Cu",
    api="https://api.clickup.com/api/v2/",
    variables=("CLICKUP",),
    keys=(Key("access_token", "API token", "ClickUp, Settings, Apps: API Token", starts=("pk_",)),),
    oauth=OAuth(
        authorize="https://app.clickup.com/api",
        token="https://api.clickup.com/api/v2/oauth/token",
        revoke=None,
        pkce=False,
        scopes=(),
    ),
    settings=(Setting("workspace_id", "Workspace", "The id or name of the one to mirror; empty: every one that the token opens"),),
    setup=(
        "Make an app in ClickUp under Settings, Apps, with the redirect address below, and give Crewhall its client id and secret. "
        "Or leave that, and paste a personal API token; CLICKUP_API_TOKEN in the environment connects by itself."
    ),
    errors={
        **dict.fromkeys(OVER, Means.RECONNECT),
        **dict.fromkeys(NOT_ALLOWED, Means.SCOPE),
        "ITEM_013": Means.REFUSED,
        "APP_002": Means.BUSY,
    },
    words={
        "OAUTH_019": "the token is not known",
        "OAUTH_025": "the token was taken back",
        "OAUTH_027": "this workspace did not let the token in",
        "ITEM_013": "there is no such task, or it was deleted",
        "ITEM_114": "the list has no such status",
    },
    limit=Limit(remaining="x-ratelimit-remaining", reset="x-ratelimit-reset", reset_is="instant", usual_wait=30),
)
