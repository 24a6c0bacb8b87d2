"""ZeroVoice is Twilio's API, as data."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, Setting

MANIFEST = Manifest(
    slug="zerovoice",
    title="ZeroVoice",
    mark="Zv",
    api="https://api.twilio.com/2010-04-01/",
    variables=("ZEROVOICE", "TWILIO"),
    keys=(
        Key("account_sid", "Account SID", "Twilio's console, on its first page under Account Info", secret=False, starts=("AC",)),
        Key("auth_token", "Auth token", "The same place. It opens the whole account: take a subaccount made for this"),
    ),
    oauth=None,
    settings=(
        Setting("default_from", "Default sender", "A number of the account such as +15005550006, or a messaging service's id (MG…)"),
        Setting("status_callback", "Status callback", "An https address that is told how messages and calls fare"),
    ),
    setup="Messages, calls and recordings go through your account at Twilio: nothing has to be set up here.",
    errors={
        **dict.fromkeys(("20003", "20005", "20006"), Means.RECONNECT),
        **dict.fromkeys(("20429", "21611", "14107"), Means.BUSY),
        **dict.fromkeys(("20500", "20503"), Means.AWAY),
        **dict.fromkeys(("20404", "21408", "21606", "21607", "21608", "21610", "21219"), Means.REFUSED),
    },
    words={
        "20003": "Account SID and auth token do not fit",
        "20005": "the account is not active",
        "20404": "there is no such thing in this account",
        "21211": "the number to send to is none: write it as +15551234567",
        "21212": "the number to send from is none: write it as +15551234567",
        "21214": "the number to call cannot be reached",
        "21219": "a trial account calls verified numbers only",
        "21408": "the account may not send to that country: allow it in Twilio's console under Geo permissions",
        "21606": "the number to send from cannot send messages, or is not the account's",
        "21608": "a trial account sends to verified numbers only",
        "21610": "whoever has this number asked not to be written to (STOP)",
        "21614": "the number to send to cannot receive messages",
        "21617": "the message is too long: 1,600 characters at the most",
    },
    limit=Limit(usual_wait=5),
)
