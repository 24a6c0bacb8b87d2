"""A twin of Microsoft Graph: one mailbox and its calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin

ME = {
    "id": "48d31887-5fad-4d73-a9f5-3c356e68a038", "displayName": "Kofi Mensah", "mail": "kofi@tidewater.example",
    "userPrincipalName": "kofi@tidewater.example",
}  # fmt: skip
STATUS = {
    "InvalidAuthenticationToken": 401, "ErrorItemNotFound": 404, "ErrorAccessDenied": 403, "TooManyRequests": 429, "BadRequest": 400,
}  # fmt: skip
FOLDERS = {"inbox": "Inbox", "sentitems": "Sent Items", "archive": "Archive"}
SCOPES = "User.Read Mail.Read Mail.Send Calendars.ReadWrite"


class MicrosoftTwin(Twin):
    """Graph below /v1.0; each refresh gives another refresh token, and the old one stays good."""

    prefix = "/v1.0"
    slug = "microsoft"

    def __init__(self) -> None:
        super().__init__(Consent(
            "Microsoft", "/common/oauth2/v2.0/authorize", "/common/oauth2/v2.0/token", None, {"microsoft-client": "microsoft-secret"},
            rotates=True, life=3600, prefix="EwB4A8l6BA-", token_auth=("post",), body=("form",), old_stays=True,
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.mails = {f"AAMk{number:03}=": _mail(number) for number in range(1, 8)}
        self.events = {f"AAEv{number:03}=": _event(number) for number in range(1, 6)}

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token(SCOPES, life=3600)}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/me", lambda _request, _given: ME),
            ("GET", "/me/mailFolders", self._folders),
            ("GET", "/me/mailFolders/{folder}/messages", self._mails),
            ("GET", "/me/messages", self._mails),
            ("GET", "/me/messages/{id}", self._one_mail),
            ("POST", "/me/sendMail", self._send),
            ("GET", "/me/calendarView", self._events),
            ("POST", "/me/events", self._create),
        ]

    def refuse(self, code: str) -> Response:
        known = "InvalidAuthenticationToken" if code in {"invalid_auth", "token_expired", "token_revoked"} else code
        inner = {"date": "2026-11-28T10:00:00", "request-id": "6b1c0a", "client-request-id": "6b1c0a"}
        error = {"code": known, "message": f"Said by the twin: {code}", "innerError": inner}
        return JSONResponse({"error": error}, status_code=STATUS.get(known, 400))

    def _page(self, request: Request, rows: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Any:
        """With the address of the next page, which holds the whole query and a token of Graph's own."""
        size, start = int(given.get("$top", 10)), int(given.get("$skiptoken", 0))
        page: dict[str, Any] = {"@odata.context": f"{self.address}{self.prefix}/$metadata", "value": list(rows[start : start + size])}
        if start + size < len(rows):
            query = {**dict(request.query_params), "$skiptoken": str(start + size)}
            page["@odata.nextLink"] = f"{self.address}{request.url.path}?{urlencode(query)}"
        return page

    def _folders(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows = [
            {
                "id": f"AAFo{slug}=", "displayName": name, "parentFolderId": "root", "childFolderCount": 0, "unreadItemCount": 2,
                "totalItemCount": len(self.mails), "isHidden": False,
            }
            for slug, name in FOLDERS.items()
        ]  # fmt: skip
        return self._page(request, rows, given)

    def _mails(self, request: Request, given: Mapping[str, Any]) -> Any:
        folder = request.path_params.get("folder")
        if folder is not None and folder not in FOLDERS:
            return self.refuse("ErrorItemNotFound")
        if "$search" in given and "$orderby" in given:
            return self.refuse("BadRequest")
        rows = [one for one in self.mails.values() if folder in (None, one["parentFolderId"])]
        if "$search" in given:
            words = str(given["$search"]).strip('"').lower()
            rows = [one for one in rows if words in f"{one['subject']} {one['bodyPreview']}".lower()]
        if "isRead eq false" in str(given.get("$filter", "")):
            rows = [one for one in rows if not one["isRead"]]
        newest = sorted(rows, key=lambda one: str(one["receivedDateTime"]), reverse=True)
        wanted = str(given.get("$select", "")).split(",")
        return self._page(request, [{name: one[name] for name in wanted if name in one} for one in newest], given)

    def _one_mail(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self.mails.get(request.path_params["id"]) or self.refuse("ErrorItemNotFound")

    def _send(self, request: Request, given: Mapping[str, Any]) -> Any:
        number = len(self.mails) + 1
        sent = _mail(number) | dict(given["message"]) | {"parentFolderId": "sentitems", "isRead": True}
        self.mails[f"AAMk{number:03}="] = sent
        return Response(b"", status_code=202)

    def _events(self, request: Request, given: Mapping[str, Any]) -> Any:
        begin, end = given["startDateTime"].rstrip("Z"), given["endDateTime"].rstrip("Z")
        rows = [one for one in self.events.values() if one["start"]["dateTime"] < end and one["end"]["dateTime"] > begin]
        return self._page(request, rows, given)

    def _create(self, request: Request, given: Mapping[str, Any]) -> Any:
        number = len(self.events) + 1
        made = _event(number) | {
            name: given[name] for name in ("subject", "start", "end", "location", "attendees", "body") if name in given
        }
        if given.get("isOnlineMeeting"):
            made["onlineMeeting"] = {"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"}
        self.events[made["id"]] = made
        return JSONResponse(made, status_code=201)


def _person(name: str, address: str) -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


def _mail(number: int) -> dict[str, Any]:
    text = f"The berth number {number} is free from Monday."
    kind = "#microsoft.graph.fileAttachment"
    file = {"@odata.type": kind, "id": "AAAt1=", "name": "plan.pdf", "contentType": "application/pdf", "size": 9000}
    return {
        "id": f"AAMk{number:03}=", "conversationId": f"AAQk{number:03}=", "subject": f"Berth {number}", "bodyPreview": text,
        "from": _person("Ada Lindqvist", "ada@tidewater.example"), "toRecipients": [_person("Kofi Mensah", ME["mail"])],
        "ccRecipients": [], "receivedDateTime": f"2026-11-{20 + number}T09:30:00Z", "isRead": number % 2 == 0, "hasAttachments": True,
        "importance": "normal", "webLink": f"https://outlook.office365.com/owa/?ItemID=AAMk{number:03}", "parentFolderId": "inbox",
        "body": {"contentType": "html", "content": f"<html><body><p>{text} &amp; more</p><script>x()</script></body></html>"},
        "attachments": [file],
    }  # fmt: skip


def _event(number: int) -> dict[str, Any]:
    day = f"{datetime(2026, 11, 20 + number, tzinfo=UTC):%Y-%m-%d}"
    start, end = ({"dateTime": f"{day}T{hour}:00:00.0000000", "timeZone": "UTC"} for hour in (10, 11))
    return {
        "id": f"AAEv{number:03}=", "subject": f"Review {number}", "start": start, "end": end, "isAllDay": False, "isCancelled": False,
        "location": {"displayName": "Quay 3"}, "organizer": _person("Kofi Mensah", ME["mail"]), "showAs": "busy",
        "attendees": [{**_person("Ada Lindqvist", "ada@tidewater.example"), "type": "required"}],
        "webLink": f"https://outlook.office365.com/owa/?itemid=AAEv{number:03}",
    }  # fmt: skip
