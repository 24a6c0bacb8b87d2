"""ZeroVoice: Twilio's API. Basic authentication, forms, dates of RFC 2822, and pages that are addresses."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from crewhall.integrations.connectors.zerovoice import models as m
from crewhall.integrations.connectors.zerovoice.manifest import MANIFEST
from crewhall.integrations.kit import Connector, NeedsReconnect, PlatformUnreadable, operation
from crewhall.kit.capability import Kind
from crewhall.kit.errors import ValidationFailed

TOKEN = "auth_token"
NOT_TRANSCRIBED = 'Twilio transcribes while it records: make the call with <Record transcribe="true">, or read the file elsewhere'


class ZeroVoice(Connector):
    """An account at Twilio."""

    manifest = MANIFEST
    _account = ""

    def proof(self, token: str) -> Mapping[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{self._account}:{token}".encode()).decode()}

    def error_of(self, status: int, body: Any) -> str | None:
        code = body.get("code") if status >= 400 and isinstance(body, dict) else None
        return str(code) if isinstance(code, int) else None

    def _sender(self, named: str | None) -> str:
        sender = named or self.config.get("default_from")
        if sender is None:
            raise ValidationFailed.of("from_number", "name a sender, or set default_from of this connection with update_integration")
        return str(sender)

    def _told_at(self, wanted: m.NewText | m.NewCall) -> str | None:
        """Who is told how it fares: whom the caller names, else whom the connection does, else this hall, where Twilio can reach it."""
        return wanted.status_callback or self.config.get("status_callback") or self.config.get("hook")

    async def _path(self, end: str) -> str:
        """An address of this account, whose id the authentication needs as well."""
        if not self._account:
            self._account = await self.credential("account_sid")
        return f"Accounts/{quote(self._account, safe='')}{end}.json"

    async def _read(self, end: str, query: Mapping[str, Any] | None = None) -> Any:
        return await self.get(await self._path(end), query, token=TOKEN)

    async def _send(self, end: str, form: Mapping[str, Any]) -> Any:
        given = {name: value for name, value in form.items() if value is not None}
        return await self.post(await self._path(end), form=given, token=TOKEN)

    async def _page(self, end: str, name: str, wanted: m.Listed, dated: str, **query: Any) -> tuple[list[Any], str | None]:
        """Rows, and where the next ones are. Of the address that Twilio gives for them only the place in the list is taken."""
        place, _, token = (wanted.cursor or "").partition(":")
        page = await self._read(end, {
            **query, f"{dated}>": _instant(wanted.after), f"{dated}<": _instant(wanted.before), "PageSize": wanted.limit,
            "Page": place or None, "PageToken": token or None,
        })  # fmt: skip
        if not isinstance(page.get(name), list):
            raise PlatformUnreadable(f"Twilio answered without {name}")
        return page[name], _next(page.get("next_page_uri"))

    async def whoami(self) -> dict[str, Any]:
        who = await self._read("")
        if who.get("status") != "active":
            raise NeedsReconnect(f"The account at Twilio is {who.get('status') or 'not active'}: open it there, then connect it again")
        return {"id": who["sid"], "name": who.get("friendly_name") or who["sid"], "type": who.get("type")}

    # Messages ----------------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.OUTWARD,
        token=TOKEN,
        aliases=("send_text", "text_message", "sms"),
        questions=("Text the captain that the ferry is late.", "Send an SMS to this number.", "Write Ada a WhatsApp message."),
    )
    async def send_sms(self, wanted: m.NewText) -> m.Message:
        """Send a text message. It is queued then: zerovoice_get_message says whether it was delivered."""
        sender = self._sender(wanted.from_number)
        service = sender.startswith("MG") and len(sender) == 34
        return _message(await self._send("/Messages", {
            "To": wanted.to, "Body": wanted.body, "MessagingServiceSid" if service else "From": sender,
            "StatusCallback": self._told_at(wanted),
        }))  # fmt: skip

    @operation(
        token=TOKEN,
        aliases=("text_messages", "sms_history"),
        questions=("Which texts did we send today?", "Did anybody text our number?", "List the SMS to this number."),
    )
    async def list_messages(self, wanted: m.MessagesWanted) -> m.MessagePage:
        """Text messages that were sent and received, newest first, with how they fared."""
        rows, cursor = await self._page("/Messages", "messages", wanted, "DateSent", To=wanted.to, From=wanted.from_number)
        return m.MessagePage(messages=[_message(one) for one in rows], next_cursor=cursor)

    @operation(
        token=TOKEN,
        aliases=("sms_status", "message_delivered"),
        questions=("Was the text delivered?", "Why did the SMS fail?", "What did this text message say?"),
    )
    async def get_message(self, wanted: m.MessageWanted) -> m.Message:
        """One text message, and how it fares: queued and sent are not delivered."""
        return _message(await self._read(f"/Messages/{wanted.message_id}"))

    # Calls -------------------------------------------------------------------------------------------------------------

    @operation(
        kind=Kind.OUTWARD,
        token=TOKEN,
        aliases=("phone_call", "call_number", "ring"),
        questions=("Call the harbour and say that the ramp is closed.", "Ring this number.", "Make a phone call with this script."),
    )
    async def make_call(self, wanted: m.NewCall) -> m.PhoneCall:
        """Call a number and play what the TwiML says. It is queued then: zerovoice_get_call says how it went."""
        return _call(await self._send("/Calls", {
            "To": wanted.to, "From": self._sender(wanted.from_number), "Url": wanted.twiml_url, "Twiml": wanted.twiml,
            "Record": "true" if wanted.record else None, "StatusCallback": self._told_at(wanted),
        }))  # fmt: skip

    @operation(
        token=TOKEN,
        aliases=("phone_calls", "call_history"),
        questions=("Which calls were made today?", "Who called our number?", "How many calls failed this week?"),
    )
    async def list_calls(self, wanted: m.CallsWanted) -> m.CallPage:
        """Calls that were made and taken, newest first, with how they went."""
        query = {"To": wanted.to, "From": wanted.from_number, "Status": wanted.status}
        rows, cursor = await self._page("/Calls", "calls", wanted, "StartTime", **query)
        return m.CallPage(calls=[_call(one) for one in rows], next_cursor=cursor)

    @operation(
        token=TOKEN,
        aliases=("call_status", "call_answered"),
        questions=("Did anybody answer the call?", "How long was that call?", "Is the call over?"),
    )
    async def get_call(self, wanted: m.CallWanted) -> m.PhoneCall:
        """One call, and how it went."""
        return _call(await self._read(f"/Calls/{wanted.call_id}"))

    # Recordings --------------------------------------------------------------------------------------------------------

    @operation(
        token=TOKEN,
        aliases=("call_recordings", "recorded_calls"),
        questions=("Which calls were recorded?", "Is there a recording of this call?", "List the recordings of last week."),
    )
    async def list_recordings(self, wanted: m.RecordingsWanted) -> m.RecordingPage:
        """Recordings of calls, newest first."""
        rows, cursor = await self._page("/Recordings", "recordings", wanted, "DateCreated", CallSid=wanted.call_id)
        return m.RecordingPage(recordings=[_recording(one) for one in rows], next_cursor=cursor)

    @operation(
        token=TOKEN,
        aliases=("call_recording", "recording_details"),
        questions=("How long is this recording?", "Is the recording ready?", "Of which call is this recording?"),
    )
    async def get_recording(self, wanted: m.RecordingWanted) -> m.Recording:
        """One recording: how long, of which call, whether it is ready."""
        return _recording(await self._read(f"/Recordings/{wanted.recording_id}"))

    @operation(
        token=TOKEN,
        aliases=("save_call_recording", "fetch_recording"),
        questions=("Download the recording of the call.", "Save this recording as a file.", "Fetch the sound of that call."),
    )
    async def download_recording(self, wanted: m.FileWanted) -> m.Downloaded:
        """Fetch a recording to the hall's machine."""
        address = (await self._path(f"/Recordings/{wanted.recording_id}")).removesuffix("json") + wanted.format
        name = f"{wanted.recording_id}.{wanted.format}"
        kept = await self.keep_file(address, name, token=TOKEN)
        return m.Downloaded(name=name, path=str(kept.path), bytes=kept.size, kind=wanted.format)

    @operation(
        token=TOKEN,
        aliases=("get_transcriptions", "recording_transcript", "what_was_said_on_the_phone"),
        questions=("What was said in this call?", "Read the transcription of the recording.", "Is there a transcript of the phone call?"),
    )
    async def transcribe_recording(self, wanted: m.RecordingWanted) -> m.Transcribed:
        """What was said in a recording, where Twilio has transcribed it."""
        found = await self._read(f"/Recordings/{wanted.recording_id}/Transcriptions", {"PageSize": 100})
        rows = [
            m.Transcription(id=one["sid"], status=one["status"], text=one.get("transcription_text"), made_at=_date(one.get("date_created")))
            for one in found["transcriptions"]
        ]
        return m.Transcribed(recording_id=wanted.recording_id, transcriptions=rows, note=None if rows else NOT_TRANSCRIBED)


# What Twilio sends, as Crewhall shows it -----------------------------------------------------------------------------------


def _next(address: Any) -> str | None:
    """The place that the address of the next page names, as `page:token`."""
    if not address:
        return None
    query = parse_qs(urlsplit(str(address)).query)
    return f"{query['Page'][0]}:{query.get('PageToken', [''])[0]}"


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _date(said: str | None) -> str | None:
    """A date of RFC 2822 as everybody else writes it."""
    return parsedate_to_datetime(said).astimezone(UTC).isoformat().replace("+00:00", "Z") if said else None


def _number(said: Any) -> int | None:
    return int(said) if said not in (None, "") else None


def _message(one: Mapping[str, Any]) -> m.Message:
    return m.Message(
        id=one["sid"], to=one.get("to"), from_number=one.get("from") or one.get("messaging_service_sid"), body=one.get("body") or "",
        direction=one.get("direction") or "", status=one["status"], delivered=one["status"] in {"delivered", "read"},
        error_code=one.get("error_code"), segments=_number(one.get("num_segments")), price=_price(one), sent_at=_date(one.get("date_sent")),
    )  # fmt: skip


def _price(one: Mapping[str, Any]) -> str | None:
    return f"{str(one['price']).lstrip('-')} {one.get('price_unit') or ''}".strip() if one.get("price") else None


def _call(one: Mapping[str, Any]) -> m.PhoneCall:
    return m.PhoneCall(
        id=one["sid"], to=one.get("to"), from_number=one.get("from"), direction=one.get("direction"), status=one["status"],
        seconds=_number(one.get("duration")), answered_by=one.get("answered_by"), price=_price(one), began_at=_date(one.get("start_time")),
        ended_at=_date(one.get("end_time")),
    )  # fmt: skip


def _recording(one: Mapping[str, Any]) -> m.Recording:
    return m.Recording(
        id=one["sid"], call_id=one.get("call_sid"), status=one["status"], seconds=_number(one.get("duration")),
        channels=one.get("channels"), source=one.get("source"), made_at=_date(one.get("date_created")),
    )  # fmt: skip
