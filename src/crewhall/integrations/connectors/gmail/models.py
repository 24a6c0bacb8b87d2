"""What Gmail's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
MessageId = Annotated[Id, Field(examples=["18c2f0a1b2c3d4e5"], description="The message's id, from gmail_list_messages.")]
ThreadId = Annotated[Id, Field(examples=["18c2f0a1b2c3d4e5"], description="The thread's id.")]
Address = Annotated[ShortLine, StringConstraints(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$"), Field(examples=["priya@example.com"])]
Addresses = Annotated[list[Address], Field(max_length=100)]
LabelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$"), Field(examples=["STARRED"])]
LabelIds = Annotated[list[LabelId], Field(max_length=100)]


class MessagesWanted(Paged):
    """Which messages."""

    query: Annotated[ShortLine | None, Field(description="As in Gmail's search box: from:ada is:unread newer_than:2d.")] = None
    labels: Annotated[LabelIds | None, Field(description="Only with all these labels, by id: INBOX, UNREAD, Label_7.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 20


class SearchWanted(Paged):
    """What to look for."""

    query: Annotated[ShortLine, Field(description="As in Gmail's search box: subject:invoice has:attachment.")]
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 20


class MessageWanted(Model):
    """Which message."""

    message_id: MessageId
    parts: Annotated[Literal["full", "metadata", "minimal"], Field(description="full: with its text; metadata: headers only.")] = "full"


class NewMail(Model):
    """A mail to be sent."""

    to: Annotated[Addresses, Field(min_length=1, description="E-mail addresses.")]
    subject: Annotated[Line, Field(description="What it is about.")]
    body: Annotated[Prose, Field(description="The text, without markup.")]
    cc: Annotated[Addresses | None, Field(description="Copies.")] = None
    bcc: Annotated[Addresses | None, Field(description="Copies that the others do not see.")] = None
    thread_id: Annotated[ThreadId | None, Field(description="Answer in this thread; the subject must be the thread's.")] = None


class ThreadsWanted(Paged):
    """Which threads."""

    query: Annotated[ShortLine | None, Field(description="As in Gmail's search box.")] = None
    labels: Annotated[LabelIds | None, Field(description="Only with all these labels, by id.")] = None


class ThreadWanted(Model):
    """Which thread."""

    thread_id: ThreadId


class LabelsChange(Model):
    """A message, and its labels to add and to take away."""

    message_id: MessageId
    add: Annotated[LabelIds, Field(description="Label ids to add, such as STARRED.")] = []
    remove: Annotated[LabelIds, Field(description="Label ids to take away: without UNREAD it is read, without INBOX archived.")] = []


class NoInput(Model):
    """Nothing need be said."""


class Mail(TypedDict):
    """A message without its text."""

    id: str
    thread_id: str
    subject: str
    sender: str
    to: str
    date: str
    snippet: str
    labels: list[str]


class Attachment(TypedDict):
    name: str
    kind: str
    bytes: int


class WholeMail(Mail):
    """A message with its text."""

    text: Annotated[str, Field(description="Its plain text, or what is left of its HTML; cut at 50,000 characters.")]
    attachments: list[Attachment]


class MailPage(TypedDict):
    """Messages, newest first."""

    messages: list[Mail]
    next_cursor: str | None
    missing: Annotated[list[Missing], Field(description="Messages that could not be read.")]


class ThreadRow(TypedDict):
    id: str
    snippet: str


class ThreadPage(TypedDict):
    """Threads, newest first."""

    threads: list[ThreadRow]
    next_cursor: str | None


class Thread(TypedDict):
    """A thread with its messages, oldest first."""

    id: str
    messages: list[WholeMail]


class MailSent(TypedDict):
    """A mail that was sent."""

    id: str
    thread_id: str


class Labelled(TypedDict):
    """A message's labels after the change."""

    id: str
    labels: list[str]


class Label(TypedDict):
    id: str
    name: str
    kind: str


class LabelList(TypedDict):
    """Labels."""

    labels: list[Label]
