"""Outlook. Graph says itself where a list goes on, and that address is followed as it is."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import nh3

from crewhall.integrations.connectors.outlook import models as m
from crewhall.integrations.connectors.outlook.manifest import BOOKS, CALENDAR, MANIFEST, READS, SENDS
from crewhall.integrations.kit import Connector, ConnectorError, PlatformBusy, operation
from crewhall.integrations.kit.wire import retry_after
from crewhall.kit.capability import Kind
from crewhall.kit.errors import ValidationFailed

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
"""Ids that stay when a mail is moved, and times in UTC."""
SHORT = "id,conversationId,subject,from,toRecipients,receivedDateTime,bodyPreview,isRead,hasAttachments,importance,webLink"
LONGEST_TEXT = 50_000


class Outlook(Connector):
    """One mailbox and its calendar."""

    manifest = MANIFEST

    def error_of(self, status: int, body: Any) -> str | None:
        error = body.get("error") if isinstance(body, dict) else None
        return str(error.get("code") or "unknown") if isinstance(error, dict) else None

    def trouble(self, status: int, code: str | None, body: Any, reply: httpx2.Response) -> ConnectorError:
        """Exchange says 503 with Retry-After to a mailbox that is asked too much, where others say 429."""
        if status == 503 and "retry-after" in reply.headers:
            wait = retry_after(reply, self.manifest.limit.usual_wait)
            return PlatformBusy(f"Outlook wants to be left alone for {wait} s", retry_after_seconds=wait, status_code=status)
        return super().trouble(status, code, body, reply)

    async def whoami(self) -> dict[str, Any]:
        who = await self.get("me", {"$select": "id,displayName,mail,userPrincipalName"})
        address = who.get("mail") or who.get("userPrincipalName") or ""
        return {"id": who["id"], "name": f"{who.get('displayName') or address} ({address})", "address": address}

    async def _page(self, path: str, query: Mapping[str, Any], cursor: str | None) -> Any:
        """A page of a list: the first by its query, the others by the address that Graph gave for them."""
        headers = {"prefer": PREFER}
        if cursor is None:
            return await self.get(path, query, headers=headers)
        if urlsplit(cursor).path.rpartition("/")[2] != path.rpartition("/")[2]:
            raise ValidationFailed.of("cursor", "This is no next_cursor of this list: begin again without it")
        return await self.get(cursor, headers=headers)

    @operation(
        scopes=READS,
        aliases=("outlook_inbox", "outlook_mail", "unread_outlook_mail"),
        questions=("What new mail is in Outlook?", "Show the unread mails of the Outlook inbox.", "Which Outlook mails came today?"),
    )
    async def list_messages(self, wanted: m.MessagesWanted) -> m.MailPage:
        """Mails of a folder, newest first: who, about what, how they begin."""
        query: dict[str, Any] = {"$top": wanted.limit, "$select": SHORT}
        if wanted.filter is not None:  # what is ordered by must also be filtered by, so theirs goes without an order
            query["$filter"] = wanted.filter
        else:
            query |= {"$orderby": "receivedDateTime desc", "$filter": _filter(wanted)}
        page = await self._page(f"me/mailFolders/{quote(wanted.folder, safe='')}/messages", query, wanted.cursor)
        return _mails(page)

    @operation(
        scopes=READS,
        aliases=("search_outlook", "find_outlook_mail"),
        questions=(
            "Find the Outlook mail with the offer.",
            "Search Outlook for the contract.",
            "Did Ada write about the invoice to Outlook?",
        ),
    )
    async def search_messages(self, wanted: m.SearchWanted) -> m.MailPage:
        """Mails that hold these words, in every folder."""
        words = wanted.query.replace("\\", "\\\\").replace('"', '\\"')
        return _mails(await self._page("me/messages", {"$search": f'"{words}"', "$top": wanted.limit, "$select": SHORT}, wanted.cursor))

    @operation(
        scopes=READS,
        aliases=("read_outlook_mail", "open_outlook_mail"),
        questions=("Read this Outlook mail.", "What does the mail in Outlook say?", "Which files hang on this Outlook mail?"),
    )
    async def get_message(self, wanted: m.MessageWanted) -> m.WholeMail:
        """One mail with its text and the names of its attachments."""
        query = {"$expand": "attachments($select=name,contentType,size)"}
        return _whole(await self.get(f"me/messages/{quote(wanted.message_id, safe='')}", query, headers={"prefer": PREFER}))

    @operation(
        kind=Kind.OUTWARD,
        scopes=SENDS,
        aliases=("send_outlook_mail", "outlook_send"),
        questions=("Send a mail from Outlook.", "Mail the minutes to the team from Outlook.", "Write to Priya from the Outlook account."),
    )
    async def send_email(self, wanted: m.NewMail) -> m.MailSent:
        """Send a mail from this account; a copy lies in its sent items."""
        body = {"contentType": wanted.body_type, "content": wanted.body}
        message: dict[str, Any] = {"subject": wanted.subject, "body": body, "toRecipients": _people(wanted.to)}
        message |= {"ccRecipients": _people(wanted.cc)} if wanted.cc else {}
        message |= {"bccRecipients": _people(wanted.bcc)} if wanted.bcc else {}
        await self.post("me/sendMail", json={"message": message, "saveToSentItems": True})
        return m.MailSent(accepted=True, to=[*wanted.to, *wanted.cc, *wanted.bcc])

    @operation(
        scopes=READS,
        aliases=("outlook_folders",),
        questions=(
            "Which folders does Outlook have?",
            "What is the id of the folder Customers?",
            "How many unread mails are in each folder?",
        ),
    )
    async def list_folders(self, wanted: m.FoldersWanted) -> m.FolderPage:
        """The mailbox's folders with their ids and how much in them is unread."""
        page = await self._page("me/mailFolders", {"$top": wanted.limit}, wanted.cursor)
        return m.FolderPage(folders=[_folder(one) for one in page["value"]], next_cursor=page.get("@odata.nextLink"))

    @operation(
        scopes=CALENDAR,
        aliases=("outlook_calendar", "outlook_events", "outlook_meetings"),
        questions=(
            "What is in the Outlook calendar this week?",
            "When is my next meeting in Outlook?",
            "Am I free on Friday, says Outlook?",
        ),
    )
    async def list_calendar_events(self, wanted: m.EventsWanted) -> m.EventPage:
        """Events of the calendar within a time, each of a series by itself, the earliest first."""
        begin, end = wanted.span(datetime.now(UTC))
        query = {"startDateTime": _instant(begin), "endDateTime": _instant(end), "$top": wanted.limit, "$orderby": "start/dateTime"}
        page = await self._page("me/calendarView", query, wanted.cursor)
        return m.EventPage(events=[_event(one) for one in page["value"]], next_cursor=page.get("@odata.nextLink"))

    @operation(
        kind=Kind.OUTWARD,
        scopes=BOOKS,
        aliases=("outlook_book_meeting", "outlook_invite"),
        questions=(
            "Book a meeting in Outlook.",
            "Invite Priya with Outlook.",
            "Put the review into the Outlook calendar with a Teams link.",
        ),
    )
    async def create_calendar_event(self, wanted: m.NewEvent) -> m.Event:
        """Put an event into the calendar; attendees are sent invitations."""
        body: dict[str, Any] = {"subject": wanted.subject, "start": _moment(wanted.start), "end": _moment(wanted.end)}
        body |= {"body": {"contentType": "text", "content": wanted.body}} if wanted.body else {}
        body |= {"location": {"displayName": wanted.location}} if wanted.location else {}
        body |= {"attendees": [one | {"type": "required"} for one in _people(wanted.attendees)]} if wanted.attendees else {}
        body |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"} if wanted.online else {}
        return _event(await self.post("me/events", json=body, headers={"prefer": PREFER}))


# What Graph takes, and sends, as Crewhall shows it ---------------------------------------------------------------------------


def _filter(wanted: m.MessagesWanted) -> str | None:
    """The order comes first: Graph wants what is ordered by to lead the filter."""
    parts = [f"receivedDateTime ge {_instant(wanted.after)}"] if wanted.after else []
    if wanted.unread is not None:
        parts = [*(parts or ["receivedDateTime ge 1900-01-01T00:00:00Z"]), f"isRead eq {'false' if wanted.unread else 'true'}"]
    return " and ".join(parts) or None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(at: datetime) -> dict[str, str]:
    return {"dateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def _people(addresses: list[str]) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": one}} for one in addresses]


def _person(one: Mapping[str, Any] | None) -> str:
    who = (one or {}).get("emailAddress") or {}
    name, address = who.get("name") or "", who.get("address") or ""
    return f"{name} <{address}>" if name and name != address else address


def _mails(page: Mapping[str, Any]) -> m.MailPage:
    return m.MailPage(messages=[_mail(one) for one in page["value"]], next_cursor=page.get("@odata.nextLink"))


def _mail(one: Mapping[str, Any]) -> m.Mail:
    return m.Mail(
        id=one["id"], thread_id=one.get("conversationId"), subject=one.get("subject") or "", sender=_person(one.get("from")),
        to=[_person(part) for part in one.get("toRecipients") or []], date=one.get("receivedDateTime"),
        snippet=one.get("bodyPreview") or "", is_read=bool(one.get("isRead")), has_attachments=bool(one.get("hasAttachments")),
        importance=one.get("importance") or "normal", link=one.get("webLink"),
    )  # fmt: skip


def _folder(one: Mapping[str, Any]) -> m.MailFolder:
    unread, total = one.get("unreadItemCount") or 0, one.get("totalItemCount") or 0
    return m.MailFolder(id=one["id"], name=one.get("displayName") or "", unread=unread, total=total)


def _whole(one: Mapping[str, Any]) -> m.WholeMail:
    body = one.get("body") or {}
    text = body.get("content") or ""
    if str(body.get("contentType", "")).lower() == "html":
        text = html.unescape(nh3.clean(text, tags=set())).strip()
    files = [
        m.Attachment(name=part.get("name") or "", kind=part.get("contentType") or "", bytes=int(part.get("size") or 0))
        for part in one.get("attachments") or []
    ]
    cc = [_person(part) for part in one.get("ccRecipients") or []]
    return m.WholeMail(**_mail(one), cc=cc, text=text[:LONGEST_TEXT], attachments=files)


def _event(one: Mapping[str, Any]) -> m.Event:
    return m.Event(
        id=one["id"], title=one.get("subject") or "", start=_time(one["start"]), end=_time(one["end"]), all_day=bool(one.get("isAllDay")),
        location=(one.get("location") or {}).get("displayName") or "", organizer=_person(one.get("organizer")),
        guests=[_person(part) for part in one.get("attendees") or []],
        status="cancelled" if one.get("isCancelled") else one.get("showAs") or "busy",
        online_link=(one.get("onlineMeeting") or {}).get("joinUrl"), link=one.get("webLink"),
    )  # fmt: skip


def _time(one: Mapping[str, Any]) -> str:
    """Graph tells the zone beside the time; it was asked for UTC."""
    zone = one.get("timeZone") or "UTC"
    at = str(one["dateTime"]).partition(".")[0]
    return f"{at}Z" if zone == "UTC" else f"{at} {zone}"
