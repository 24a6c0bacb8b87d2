"""What Outlook's operations take and answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=+/-]{1,1024}$")]
MessageId = Annotated[
    Id, Field(examples=["AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AZx"], description="The mail's id, from outlook_list_messages.")
]
Folder = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_=+/-]{1,1024}$"),
    Field(examples=["inbox"], description="inbox, archive, drafts, sentitems, deleteditems, junkemail, or a folder's id."),
]
Address = Annotated[ShortLine, StringConstraints(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$"), Field(examples=["priya@example.com"])]
Addresses = Annotated[list[Address], Field(max_length=100)]
Next = Annotated[Prose | None, Field(max_length=8000, description="next_cursor of the last page.")]


class MessagesWanted(Paged):
    """Which mails."""

    folder: Folder = "inbox"
    unread: Annotated[bool | None, Field(description="Only unread ones; only read ones when false.")] = None
    after: Annotated[AwareDatetime | None, Field(description="Only those that came after this instant.")] = None
    filter: Annotated[
        Prose | None, Field(max_length=1000, description="Microsoft's own filter instead: from/emailAddress/address eq 'ada@example.com'.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 20
    cursor: Next = None


class SearchWanted(Paged):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="Words, and where they stand: subject:invoice from:ada.")]
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 20
    cursor: Next = None


class MessageWanted(Model):
    """Which mail."""

    message_id: MessageId


class NewMail(Model):
    """A mail to be sent."""

    to: Annotated[Addresses, Field(min_length=1, description="E-mail addresses.")]
    subject: Annotated[Line, Field(description="What it is about.")]
    body: Annotated[Prose, Field(description="The text.")]
    body_type: Annotated[Literal["text", "html"], Field(description="What the text is.")] = "text"
    cc: Annotated[Addresses, Field(description="Copies.")] = []
    bcc: Annotated[Addresses, Field(description="Copies that the others do not see.")] = []


class FoldersWanted(Paged):
    """Which part of the folders."""

    cursor: Next = None


class EventsWanted(Paged):
    """When. A series is told as the single events of that time."""

    after: Annotated[AwareDatetime | None, Field(description="From this instant on; now when left out.")] = None
    before: Annotated[AwareDatetime | None, Field(description="Up to this instant; a week after the beginning when left out.")] = None
    cursor: Next = None

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        begin = (self.after or now).astimezone(UTC)
        return begin, (self.before or begin + timedelta(days=7)).astimezone(UTC)


class NewEvent(Model):
    """An event to be made."""

    subject: Annotated[Line, Field(description="What it is.")]
    start: Annotated[AwareDatetime, Field(description="When it begins.")]
    end: Annotated[AwareDatetime, Field(description="When it ends.")]
    attendees: Annotated[Addresses, Field(description="E-mail addresses; each is sent an invitation.")] = []
    body: Annotated[Prose | None, Field(max_length=30_000, description="What it is about.")] = None
    location: Annotated[Line | None, Field(description="Where.")] = None
    online: Annotated[bool, Field(description="With a link to a Teams meeting.")] = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must lie behind start")
        return self


class Mail(TypedDict):
    id: str
    thread_id: str | None
    subject: str
    sender: str
    to: list[str]
    date: str | None
    snippet: str
    is_read: bool
    has_attachments: bool
    importance: str
    link: str | None


class Attachment(TypedDict):
    name: str
    kind: str
    bytes: int


class WholeMail(Mail):
    """A mail with its text, without markup."""

    cc: list[str]
    text: str
    attachments: list[Attachment]


class MailFolder(TypedDict):
    id: str
    name: str
    unread: int
    total: int


class Event(TypedDict):
    id: str
    title: str
    start: str
    end: str
    all_day: bool
    location: str
    organizer: str
    guests: list[str]
    status: Annotated[str, Field(description="free, tentative, busy, oof, workingElsewhere or cancelled.")]
    online_link: str | None
    link: str | None


class MailPage(TypedDict):
    """Mails, the newest first; those of a search as Microsoft ranks them."""

    messages: list[Mail]
    next_cursor: str | None


class FolderPage(TypedDict):
    """Folders of the mailbox."""

    folders: list[MailFolder]
    next_cursor: str | None


class EventPage(TypedDict):
    """Events, the earliest first; times in UTC."""

    events: list[Event]
    next_cursor: str | None


class MailSent(TypedDict):
    """Microsoft took the mail; whether it arrives, it does not say."""

    accepted: bool
    to: list[str]
