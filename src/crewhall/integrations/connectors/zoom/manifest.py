"""Zoom, as data. Apps made since 2024 have granular scopes, older ones classic ones: an operation takes either."""

from __future__ import annotations

from crewhall.integrations.kit import AppGrant, Key, Limit, Manifest, Means, OAuth

MEETINGS = ("meeting:read:list_meetings", "meeting:read:list_meetings:admin", "meeting:read", "meeting:read:admin")
MEETING = ("meeting:read:meeting", "meeting:read:meeting:admin", "meeting:read", "meeting:read:admin")
PARTICIPANTS = (
    "meeting:read:list_past_participants",
    "meeting:read:list_past_participants:admin",
    "meeting:read",
    "meeting:read:admin",
)
RECORDINGS = (
    "cloud_recording:read:list_user_recordings",
    "cloud_recording:read:list_user_recordings:admin",
    "recording:read",
    "recording:read:admin",
)
FILES = (
    "cloud_recording:read:list_recording_files",
    "cloud_recording:read:list_recording_files:admin",
    "recording:read",
    "recording:read:admin",
)

MANIFEST = Manifest(
    slug="zoom",
    title="Zoom",
    mark="Zo",
    api="https://api.zoom.us/v2/",
    variables=("ZOOM",),
    keys=(
        Key("account_id", "Account ID", "A Server-to-Server OAuth app at marketplace.zoom.us", required=False, secret=False),
        Key("client_id", "Client ID", "The same place", required=False, secret=False),
        Key("client_secret", "Client secret", "The same place; new tokens are got with it by themselves", required=False),
        Key("access_token", "Access token", "Instead of the three, for a try: it ends after an hour", required=False),
    ),
    one_of=(("account_id", "client_id", "client_secret"), ("access_token",)),
    oauth=OAuth(
        authorize="https://zoom.us/oauth/authorize",
        token="https://zoom.us/oauth/token",
        revoke="https://zoom.us/oauth/revoke",
        token_auth="basic",
        revoke_by="basic",
        app_grant=AppGrant("account_credentials", sends=("account_id",)),
        asks_scopes=False,  # the app's own settings decide, and Zoom refuses scopes that it does not have
        scopes=("user:read:user", MEETINGS[0], MEETING[0], PARTICIPANTS[0], RECORDINGS[0], FILES[0]),
    ),
    setup=(
        "At marketplace.zoom.us build a General App that users manage, add the redirect address below, and choose the scopes that the card "
        "names under Scopes. A Server-to-Server OAuth app needs neither address nor consent: paste its keys. Transcripts need audio "
        "transcripts switched on in Zoom's settings for recordings."
    ),
    errors={
        **dict.fromkeys(("124", "1001"), Means.RECONNECT),
        **dict.fromkeys(("104", "4711"), Means.SCOPE),
        **dict.fromkeys(("200", "300", "1010", "3000", "3001", "3301", "12702"), Means.REFUSED),
    },
    words={
        "124": "the token is over",
        "200": "the account's plan does not have this, or its owner does not allow it",
        "300": "there is no such meeting, or a value is wrong",
        "1001": "this user is not in the account any more",
        "3000": "the meeting cannot be opened",
        "3001": "there is no such meeting, or it is over and gone",
        "3301": "there is no recording of this meeting",
        "12702": "Zoom forgets who took part after a year",
    },
    limit=Limit(usual_wait=10),
    file_hosts=("zoom.us",),
)
