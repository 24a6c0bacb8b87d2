"""A twin of Google: one mailbox and one calendar."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from email import message_from_bytes, policy
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin, page_of

ME = "booking@tidewater.example"
LABELS = ("INBOX", "SENT", "UNREAD", "STARRED", "IMPORTANT")
STATUS = {"authError": 401, "notFound": 404, "insufficientPermissions": 403, "rateLimitExceeded": 403, "userRateLimitExceeded": 403}


class GoogleTwin(Twin):
    """Gmail and Calendar at one address."""

    slug = "google"

    def __init__(self) -> None:
        super().__init__(Consent(
            "Google", "/o/oauth2/v2/auth", "/token", "/revoke", {"google-client": "google-secret"}, rotates=False, life=3600,
            prefix="ya29.",
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.mails = {f"m{number:03}": _mail(number) for number in range(1, 8)}
        self.events = {f"e{number:03}": _event(number) for number in range(1, 6)}
        self.gone: set[str] = set()  # mails that are listed, but cannot be read any more

    def token(self, scopes: str = "https://www.googleapis.com/auth/gmail.modify https://www.googleapis.com/auth/calendar") -> str:
        return self.consent.new_token(scopes, life=3600)

    def keys(self) -> dict[str, str]:
        return {"access_token": self.token()}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        mail, calendar = "/gmail/v1/users/{user}", "/calendar/v3"
        return [
            ("GET", f"{mail}/profile", self._profile),
            ("GET", f"{mail}/messages", self._mails),
            ("POST", f"{mail}/messages/send", self._send),
            ("GET", mail + "/messages/{id}", self._one_mail),
            ("POST", mail + "/messages/{id}/modify", self._modify),
            ("GET", f"{mail}/threads", self._threads),
            ("GET", mail + "/threads/{id}", self._thread),
            ("GET", f"{mail}/labels", self._labels),
            ("GET", calendar + "/calendars/{calendar}/events", self._events),
            ("POST", calendar + "/calendars/{calendar}/events", self._create),
            ("GET", calendar + "/calendars/{calendar}/events/{id}", self._one_event),
            ("DELETE", calendar + "/calendars/{calendar}/events/{id}", self._delete),
            ("POST", f"{calendar}/freeBusy", self._free_busy),
        ]

    def refuse(self, code: str) -> Response:
        reason = "authError" if code in {"invalid_auth", "token_expired", "token_revoked"} else code
        status = STATUS.get(reason, 400)
        error = {
            "code": status,
            "message": f"Said by the twin: {code}",
            "errors": [{"domain": "global", "reason": reason, "message": code}],
        }
        return JSONResponse({"error": error}, status_code=status)

    # Mail ------------------------------------------------------------------------------------------------------------------

    def _profile(self, request: Request, given: Mapping[str, Any]) -> Any:
        return {"emailAddress": ME, "messagesTotal": len(self.mails), "threadsTotal": len(self.mails), "historyId": "1001"}

    def _found(self, request: Request, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        labels, query = request.query_params.getlist("labelIds"), str(given.get("q", "")).lower()
        words = [word for word in query.split() if ":" not in word]
        newest = sorted(self.mails.values(), key=lambda one: str(one["id"]), reverse=True)
        return [one for one in newest if set(labels) <= set(one["labelIds"]) and all(word in str(one["snippet"]).lower() for word in words)]

    def _mails(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows, cursor = page_of(self._found(request, given), given.get("pageToken"), int(given.get("maxResults", 100)))
        page: dict[str, Any] = {"resultSizeEstimate": len(rows)}
        if rows:  # an empty list is left out, as Gmail does
            page["messages"] = [{"id": one["id"], "threadId": one["threadId"]} for one in rows]
        return page | ({"nextPageToken": cursor} if cursor else {})

    def _one_mail(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.mails.get(request.path_params["id"])
        if found is None or found["id"] in self.gone:
            return self.refuse("notFound")
        if given.get("format") == "metadata":
            payload = {name: value for name, value in found["payload"].items() if name in {"headers", "mimeType"}}
            return found | {"payload": payload}
        return found

    def _send(self, request: Request, given: Mapping[str, Any]) -> Any:
        raw = base64.urlsafe_b64decode(given["raw"] + "==")
        message = message_from_bytes(raw, policy=policy.default)
        number = len(self.mails) + 1
        body = message.get_body(("plain",))
        made = _mail(
            number,
            str(message["Subject"]),
            str(body.get_content()) if body else "",
            ["SENT"],
            str(given.get("threadId") or f"t{number:03}"),
        )
        made["payload"]["headers"] = [{"name": name, "value": str(value)} for name, value in message.items()]
        self.mails[made["id"]] = made
        return {"id": made["id"], "threadId": made["threadId"], "labelIds": ["SENT"]}

    def _modify(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.mails.get(request.path_params["id"])
        if found is None:
            return self.refuse("notFound")
        kept = [label for label in found["labelIds"] if label not in given.get("removeLabelIds", [])]
        found["labelIds"] = [*kept, *(label for label in given.get("addLabelIds", []) if label not in kept)]
        return {"id": found["id"], "threadId": found["threadId"], "labelIds": found["labelIds"]}

    def _threads(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows, cursor = page_of(self._found(request, given), given.get("pageToken"), int(given.get("maxResults", 100)))
        threads = [{"id": one["threadId"], "snippet": one["snippet"], "historyId": "1001"} for one in rows]
        return {"threads": threads, "resultSizeEstimate": len(rows)} | ({"nextPageToken": cursor} if cursor else {})

    def _thread(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = [one for one in self.mails.values() if one["threadId"] == request.path_params["id"]]
        return {"id": request.path_params["id"], "historyId": "1001", "messages": held} if held else self.refuse("notFound")

    def _labels(self, request: Request, given: Mapping[str, Any]) -> Any:
        own = {"id": "Label_7", "name": "Customers", "type": "user"}
        return {"labels": [*({"id": name, "name": name, "type": "system"} for name in LABELS), own]}

    # Calendar --------------------------------------------------------------------------------------------------------------

    def _events(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows = [
            one for one in self.events.values()
            if given.get("timeMin", "") <= one["end"]["dateTime"] and one["start"]["dateTime"] <= given.get("timeMax", "9")
            and str(given.get("q", "")).lower() in one["summary"].lower()
        ]  # fmt: skip
        shown, cursor = page_of(rows, given.get("pageToken"), int(given.get("maxResults", 250)))
        page = {"kind": "calendar#events", "summary": ME, "timeZone": "Europe/Lisbon", "items": shown, "accessRole": "owner"}
        return page | ({"nextPageToken": cursor} if cursor else {"nextSyncToken": "sync-1"})

    def _create(self, request: Request, given: Mapping[str, Any]) -> Any:
        number = len(self.events) + 1
        made = _event(number) | {
            name: given[name] for name in ("summary", "start", "end", "description", "location", "attendees") if name in given
        }
        self.events[made["id"]] = made
        return made

    def _one_event(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self.events.get(request.path_params["id"]) or self.refuse("notFound")

    def _delete(self, request: Request, given: Mapping[str, Any]) -> Any:
        gone = self.events.pop(request.path_params["id"], None)
        return Response(b"", status_code=204) if gone else self.refuse("notFound")

    def _free_busy(self, request: Request, given: Mapping[str, Any]) -> Any:
        busy = [{"start": one["start"]["dateTime"], "end": one["end"]["dateTime"]} for one in self.events.values()]
        unseen = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        calendars = {one["id"]: {"busy": busy} if one["id"] in {"primary", ME} else unseen for one in given["items"]}
        return {"kind": "calendar#freeBusy", "timeMin": given["timeMin"], "timeMax": given["timeMax"], "calendars": calendars}


def _mail(number: int, subject: str = "", text: str = "", labels: Sequence[str] = ("INBOX", "UNREAD"), thread: str = "") -> dict[str, Any]:
    subject, text = subject or f"Berth {number}", text or f"The berth number {number} is free from Monday."
    data = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    headers = {"Subject": subject, "From": "Ada Lindqvist <ada@tidewater.example>", "To": ME, "Date": "Fri, 27 Nov 2026 09:30:00 +0000"}
    file = {"mimeType": "application/pdf", "filename": "plan.pdf", "body": {"attachmentId": "a1", "size": 9000}}
    body = {"mimeType": "text/plain", "filename": "", "body": {"size": len(text), "data": data}}
    return {
        "id": f"m{number:03}", "threadId": thread or f"t{number:03}", "labelIds": list(labels), "snippet": text[:80], "historyId": "1001",
        "internalDate": "1795771800000", "sizeEstimate": 1000,
        "payload": {
            "mimeType": "multipart/mixed", "filename": "", "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "body": {"size": 0}, "parts": [body, file],
        },
    }  # fmt: skip


def _event(number: int) -> dict[str, Any]:
    return {
        "kind": "calendar#event", "id": f"e{number:03}", "status": "confirmed", "summary": f"Review {number}",
        "htmlLink": f"https://www.google.com/calendar/event?eid={number}", "organizer": {"email": ME, "self": True},
        "start": {"dateTime": f"2026-11-{20 + number}T10:00:00+00:00"}, "end": {"dateTime": f"2026-11-{20 + number}T11:00:00+00:00"},
        "attendees": [{"email": "ada@tidewater.example", "responseStatus": "accepted"}],
    }  # fmt: skip
