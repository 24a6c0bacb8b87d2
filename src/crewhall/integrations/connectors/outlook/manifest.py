"""Outlook, as data: mail and calendar of one account on Microsoft Graph."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest, Means, OAuth

READS = ("Mail.Read", "Mail.ReadWrite")
SENDS = ("Mail.Send",)
CALENDAR = ("Calendars.ReadWrite", "Calendars.Read")
BOOKS = ("Calendars.ReadWrite",)

MANIFEST = Manifest(
    slug="outlook",
    title="Outlook",
    mark="Ou",
    api="https://graph.microsoft.com/v1.0/",
    variables=("OUTLOOK", "MICROSOFT"),
    keys=(Key("access_token", "Access token", "A token of Microsoft's Graph Explorer, for a try: it ends after about an hour"),),
    oauth=OAuth(
        authorize="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        revoke=None,  # there is none for one app: signing the person out everywhere would be the only way
        scopes=("offline_access", "User.Read", READS[0], SENDS[0], BOOKS[0]),
        scope_prefix="https://graph.microsoft.com/",
        places={"tenant": "common"},
        extra={"response_mode": "query"},
    ),
    setup=(
        "In the Entra admin center register an app for web, add the redirect address below, and make a client secret; it ends after some "
        "months, so note when. An app for one organisation alone also needs MICROSOFT_TENANT."
    ),
    errors={
        **dict.fromkeys(("InvalidAuthenticationToken", "AuthenticationError", "TokenNotFound"), Means.RECONNECT),
        **dict.fromkeys(("ErrorAccessDenied", "Authorization_RequestDenied", "accessDenied"), Means.SCOPE),
        **dict.fromkeys(("TooManyRequests", "ApplicationThrottled", "activityLimitReached", "MailboxConcurrency"), Means.BUSY),
        **dict.fromkeys(("serviceNotAvailable", "ServiceUnavailable", "ErrorServerBusy", "generalException"), Means.AWAY),
        **dict.fromkeys(("MailboxNotEnabledForRESTAPI", "ErrorItemNotFound", "ErrorInvalidIdMalformed"), Means.REFUSED),
    },
    words={
        "ErrorItemNotFound": "there is no such mail, folder or event in this account",
        "ErrorInvalidIdMalformed": "this is no id of Outlook",
        "MailboxNotEnabledForRESTAPI": "this account has no mailbox in Exchange Online",
        "ErrorSendAsDenied": "this account may not send from that address",
        "ErrorExceededMessageLimit": "this account has sent all that it may today",
        "BadRequest": "it does not understand the filter or the search",
        "ErrorInvalidUrlQueryFilter": "it does not understand the filter",
    },
    limit=Limit(usual_wait=20),
)
