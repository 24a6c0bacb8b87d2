"""A twin of Twilio: one account with messages, calls and recordings. A message is delivered when it is asked about the second time."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin

ACCOUNT, SECRET = f"AC{'7' * 32}", "stand-in-auth-token-0123456789ab"
OWN, OTHER = "+15005550006", "+15005550010"
SOON = {"queued": "sent", "sent": "delivered"}
STATUS = {"20003": 401, "20404": 404, "20429": 429, "20500": 500}
SOUND = b"ID3" + b"\x00" * 5000


class TwilioTwin(Twin):
    """The REST API of 2010-04-01."""

    prefix = "/2010-04-01"
    slug = "twilio"

    def __init__(self) -> None:
        super().__init__(Consent("Twilio", "/none", "/none", "/none", {}, rotates=False, life=None))
        self.fill()

    @property
    def variables(self) -> dict[str, str]:
        return {"TWILIO_API_URL": f"{self.address}{self.prefix}/"}

    def fill(self) -> None:
        self.account_status = "active"
        self.messages = [_message(number, OTHER, f"The ferry of {number} o'clock is on time.", "delivered") for number in range(1, 8)]
        self.calls = [_call(number) for number in range(1, 6)]
        self.recordings = [_recording(number) for number in range(1, 5)]

    def keys(self) -> dict[str, str]:
        return {"account_sid": ACCOUNT, "auth_token": SECRET}

    def recall(self, credentials: Mapping[str, Any]) -> None:
        """The account and its token are the same in every life."""

    def trouble_with(self, request: Request) -> str | None:
        pair = base64.b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()
        return None if request.headers.get("authorization") == f"Basic {pair}" else "20003"

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        account = f"/Accounts/{ACCOUNT}"
        return [
            ("GET", f"{account}.json", self._who),
            ("GET", f"{account}/Messages.json", lambda request, given: self._page(request, given, "messages", self.messages)),
            ("POST", f"{account}/Messages.json", self._send),
            ("GET", account + "/Messages/{sid}.json", self._one_message),
            ("GET", f"{account}/Calls.json", lambda request, given: self._page(request, given, "calls", self.calls)),
            ("POST", f"{account}/Calls.json", self._ring),
            ("GET", account + "/Calls/{sid}.json", lambda request, _: self._one(request, self.calls)),
            ("GET", f"{account}/Recordings.json", lambda request, given: self._page(request, given, "recordings", self.recordings)),
            ("GET", account + "/Recordings/{sid}.json", lambda request, _: self._one(request, self.recordings)),
            ("GET", account + "/Recordings/{sid}.mp3", self._sound_of),
            ("GET", account + "/Recordings/{sid}.wav", self._sound_of),
            ("GET", account + "/Recordings/{sid}/Transcriptions.json", self._transcriptions),
        ]

    def refuse(self, code: str) -> Response:
        status = STATUS.get(code, 400)
        more = f"https://www.twilio.com/docs/errors/{code}"
        return JSONResponse({"code": int(code), "message": "Said by the twin", "more_info": more, "status": status}, status_code=status)

    # What it answers -------------------------------------------------------------------------------------------------------

    def _who(self, request: Request, given: Mapping[str, Any]) -> Any:
        return {
            "sid": ACCOUNT, "friendly_name": "Tidewater", "status": self.account_status, "type": "Full", "owner_account_sid": ACCOUNT,
            "date_created": "Thu, 30 Jul 2015 20:00:00 +0000", "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}.json", "subresource_uris": {},
        }  # fmt: skip

    def _page(self, request: Request, given: Mapping[str, Any], name: str, held: Sequence[dict[str, Any]]) -> Any:
        asked = {"to": "To", "from": "From", "status": "Status", "call_sid": "CallSid"}
        rows = [one for one in reversed(held) if all(given.get(word) in (None, one.get(part)) for part, word in asked.items())]
        size, page = int(given.get("PageSize", 50)), int(given.get("Page", 0))
        if page and given.get("PageToken") != f"PA{page}":
            return self.refuse("20404")
        shown = rows[page * size : (page + 1) * size]
        path = request.url.path
        more = f"{path}?{urlencode({'PageSize': size, 'Page': page + 1, 'PageToken': f'PA{page + 1}'})}"
        return {
            name: shown, "page": page, "page_size": size, "start": page * size, "end": page * size + len(shown) - 1,
            "first_page_uri": f"{path}?PageSize={size}&Page=0", "previous_page_uri": None, "uri": f"{path}?PageSize={size}&Page={page}",
            "next_page_uri": more if (page + 1) * size < len(rows) else None,
        }  # fmt: skip

    def _one(self, request: Request, held: Sequence[dict[str, Any]]) -> Any:
        found = next((one for one in held if one["sid"] == request.path_params["sid"]), None)
        return found or self.refuse("20404")

    def _send(self, request: Request, given: Mapping[str, Any]) -> Any:
        if not given.get("From") and not given.get("MessagingServiceSid"):
            return self.refuse("21603")
        if str(given.get("From", OWN)) != OWN:
            return self.refuse("21606")
        made = _message(len(self.messages) + 1, given["To"], given["Body"], "queued")
        if given.get("MessagingServiceSid"):
            made |= {"from": None, "messaging_service_sid": given["MessagingServiceSid"]}
        self.messages.append(made)
        return JSONResponse(made, status_code=201)

    def _one_message(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self._one(request, self.messages)
        if isinstance(found, dict):
            found["status"] = SOON.get(found["status"], found["status"])
        return found

    def _ring(self, request: Request, given: Mapping[str, Any]) -> Any:
        if not given.get("Url") and not given.get("Twiml"):
            return self.refuse("21205")
        fresh = {"to": given["To"], "from": given["From"], "status": "queued", "duration": None, "end_time": None}
        made = _call(len(self.calls) + 1) | fresh
        self.calls.append(made)
        return JSONResponse(made, status_code=201)

    def _sound_of(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self._one(request, self.recordings)
        if not isinstance(found, dict):
            return found
        if found["sid"].endswith("2"):  # some are kept elsewhere
            return RedirectResponse(f"{request.url.path.replace('2.', '1.')}", status_code=307)
        return Response(SOUND, media_type="audio/mpeg")

    def _transcriptions(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self._one(request, self.recordings)
        if not isinstance(found, dict):
            return found
        rows = [_transcription(found["sid"])] if found["sid"].endswith("1") else []
        return self._page(request, {}, "transcriptions", rows)


WHEN = "Fri, 27 Nov 2026 09:30:00 +0000"


def _sid(beginning: str, number: int) -> str:
    return f"{beginning}{number:032}"


def _message(number: int, to: str, body: str, status: str) -> dict[str, Any]:
    sid = _sid("SM", number)
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
    return {
        "sid": sid, "account_sid": ACCOUNT, "to": to, "from": OWN, "body": body, "direction": "outbound-api", "status": status,
        "date_created": WHEN, "date_sent": WHEN, "date_updated": WHEN, "error_code": None, "error_message": None, "num_media": "0",
        "num_segments": "1", "price": "-0.00790" if status == "delivered" else None, "price_unit": "USD", "messaging_service_sid": None,
        "api_version": "2010-04-01", "uri": f"{uri}.json", "subresource_uris": {"media": f"{uri}/Media.json"},
    }  # fmt: skip


def _call(number: int) -> dict[str, Any]:
    sid = _sid("CA", number)
    return {
        "sid": sid, "account_sid": ACCOUNT, "to": OTHER, "to_formatted": OTHER, "from": OWN, "from_formatted": OWN, "status": "completed",
        "direction": "outbound-api", "date_created": WHEN, "date_updated": WHEN, "start_time": WHEN, "end_time": WHEN, "duration": "42",
        "price": "-0.01300", "price_unit": "USD", "answered_by": None, "api_version": "2010-04-01", "parent_call_sid": None,
        "phone_number_sid": None, "forwarded_from": None, "group_sid": None, "caller_name": None, "queue_time": "0", "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json", "subresource_uris": {},
    }  # fmt: skip


def _recording(number: int) -> dict[str, Any]:
    sid = _sid("RE", number)
    return {
        "sid": sid, "account_sid": ACCOUNT, "call_sid": _sid("CA", number), "conference_sid": None, "status": "completed", "channels": 1,
        "source": "RecordVerb", "date_created": WHEN, "date_updated": WHEN, "start_time": WHEN, "duration": "42", "price": None,
        "price_unit": "USD", "error_code": None, "api_version": "2010-04-01", "encryption_details": None, "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.json",
        "media_url": f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}",
    }  # fmt: skip


def _transcription(recording: str) -> dict[str, Any]:
    sid = _sid("TR", 1)
    return {
        "sid": sid, "account_sid": ACCOUNT, "recording_sid": recording, "status": "completed", "type": "fast", "duration": "42",
        "transcription_text": "The ramp is closed until noon.", "date_created": WHEN, "date_updated": WHEN, "price": 0.05,
        "price_unit": "USD", "api_version": "2008-08-01", "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Transcriptions/{sid}.json",
    }  # fmt: skip
