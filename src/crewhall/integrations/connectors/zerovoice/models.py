"""What ZeroVoice's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AliasChoices, AwareDatetime, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Prose

NUMBER = r"^(\+[1-9][0-9]{5,14}|(whatsapp|rcs|messenger):[A-Za-z0-9+_.-]{3,64})$"
SENDER = r"^(\+[1-9][0-9]{5,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11}|MG[0-9a-fA-F]{32}|(whatsapp|rcs|messenger):[A-Za-z0-9+_.-]{3,64})$"
HTTPS = r"^https://[^\s\"<>@]+$"

Number = Annotated[
    str,
    StringConstraints(pattern=NUMBER),
    Field(examples=["+15005550010"], description="A number such as +15005550010; for WhatsApp whatsapp:+15005550010."),
]
CallNumber = Annotated[
    str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$"), Field(examples=["+15005550010"], description="A number such as +15005550010.")
]
Address = Annotated[str, StringConstraints(pattern=HTTPS, max_length=2000), Field(examples=["https://example.com/hello.xml"])]
FROM = AliasChoices("from_number", "from")


MessageId = Annotated[
    str,
    StringConstraints(pattern=r"^(SM|MM)[0-9a-fA-F]{32}$"),
    Field(examples=["SM" + "0" * 32], description="The message's id, from zerovoice_list_messages."),
]
CallId = Annotated[
    str,
    StringConstraints(pattern=r"^(CA)[0-9a-fA-F]{32}$"),
    Field(examples=["CA" + "0" * 32], description="The call's id, from zerovoice_list_calls."),
]
RecordingId = Annotated[
    str,
    StringConstraints(pattern=r"^(RE)[0-9a-fA-F]{32}$"),
    Field(examples=["RE" + "0" * 32], description="The recording's id, from zerovoice_list_recordings."),
]


class NewText(Model):
    """A text message to be sent."""

    to: Number
    body: Annotated[
        Prose, StringConstraints(min_length=1, max_length=1600), Field(description="What it says: 1,600 characters at the most.")
    ]
    from_number: Annotated[
        str | None,
        StringConstraints(pattern=SENDER),
        Field(
            validation_alias=FROM, examples=["+15005550006"],
            description="A number or sender of the account, or a messaging service's id (MG…). Left out: the connection's default.",
        ),
    ] = None  # fmt: skip
    status_callback: Annotated[Address | None, Field(description="An address that is told how the message fares.")] = None


class NewCall(Model):
    """A call to be made, and what is said in it."""

    to: CallNumber
    from_number: Annotated[
        CallNumber | None, Field(validation_alias=FROM, description="A number of the account. Left out: the connection's default.")
    ] = None
    twiml_url: Annotated[Address | None, Field(description="Where TwiML says what happens in the call.")] = None
    twiml: Annotated[
        str | None,
        StringConstraints(max_length=4000, pattern=r"^\s*<Response[\s>/]"),
        Field(examples=["<Response><Say>The ferry is late.</Say></Response>"], description="The TwiML itself, instead of an address."),
    ] = None
    record: Annotated[bool, Field(description="Whether the call is recorded: people must be told where the law says so.")] = False
    status_callback: Annotated[Address | None, Field(description="An address that is told how the call fares.")] = None

    @model_validator(mode="after")
    def _one_script(self) -> Self:
        if (self.twiml_url is None) == (self.twiml is None):
            raise ValueError("give either twiml_url or twiml: it says what happens in the call")
        return self


class Listed(Paged):
    """Which part of a list."""

    cursor: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{1,6}:[A-Za-z0-9]{0,80}$"),
        Field(examples=["1:PASM0123"], description="next_cursor of the last page."),
    ] = None
    after: Annotated[AwareDatetime | None, Field(description="From this instant on.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Up to this instant.")] = None


class MessagesWanted(Listed):
    """Which messages, by when they were sent."""

    to: Annotated[Number | None, Field(description="Only to this number.")] = None
    from_number: Annotated[Number | None, Field(validation_alias=FROM, description="Only from this number.")] = None


class CallsWanted(Listed):
    """Which calls, by when they began."""

    to: Annotated[CallNumber | None, Field(description="Only to this number.")] = None
    from_number: Annotated[CallNumber | None, Field(validation_alias=FROM, description="Only from this number.")] = None
    status: Annotated[
        Literal["queued", "ringing", "in-progress", "canceled", "completed", "failed", "busy", "no-answer"] | None,
        Field(description="Only those that stand so."),
    ] = None


class RecordingsWanted(Listed):
    """Which recordings, by when they were made."""

    call_id: Annotated[CallId | None, Field(description="Only of this call.")] = None


class MessageWanted(Model):
    """Which message."""

    message_id: MessageId


class CallWanted(Model):
    """Which call."""

    call_id: CallId


class RecordingWanted(Model):
    """Which recording."""

    recording_id: RecordingId


class FileWanted(RecordingWanted):
    """Which recording, and as what."""

    format: Annotated[Literal["mp3", "wav"], Field(description="mp3 is a tenth of the size of wav.")] = "mp3"


class Message(TypedDict):
    """A text message. `status` queued or sent is not delivered: get_message says how it went on."""

    id: str
    to: str | None
    from_number: str | None
    body: str
    direction: str
    status: str
    delivered: bool
    error_code: int | None
    segments: int | None
    price: str | None
    sent_at: str | None


class PhoneCall(TypedDict):
    """A call."""

    id: str
    to: str | None
    from_number: str | None
    direction: str | None
    status: str
    seconds: int | None
    answered_by: str | None
    price: str | None
    began_at: str | None
    ended_at: str | None


class Recording(TypedDict):
    """A recording of a call."""

    id: str
    call_id: str | None
    status: str
    seconds: int | None
    channels: int | None
    source: str | None
    made_at: str | None


class Transcription(TypedDict):
    id: str
    status: str
    text: str | None
    made_at: str | None


class MessagePage(TypedDict):
    """Messages, newest first."""

    messages: list[Message]
    next_cursor: str | None


class CallPage(TypedDict):
    """Calls, newest first."""

    calls: list[PhoneCall]
    next_cursor: str | None


class RecordingPage(TypedDict):
    """Recordings, newest first."""

    recordings: list[Recording]
    next_cursor: str | None


class Transcribed(TypedDict):
    """What was said in a recording, as often as it was transcribed; `note` says how to get one where there is none."""

    recording_id: str
    transcriptions: list[Transcription]
    note: str | None


class Downloaded(TypedDict):
    """A file on the hall's machine."""

    name: str
    path: str
    bytes: int
    kind: str
