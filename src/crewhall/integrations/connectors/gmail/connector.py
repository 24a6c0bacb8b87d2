"""Gmail."""

from __future__ import annotations

import asyncio
from typing import Any

from crewhall.integrations.connectors.gmail import mail
from crewhall.integrations.connectors.gmail import models as m
from crewhall.integrations.connectors.gmail.manifest import CHANGES, MANIFEST, READS, SENDS
from crewhall.integrations.kit import ConnectorError, Missing, NeedsReconnect, PlatformBusy, operation
from crewhall.integrations.kit.google import GoogleConnector
from crewhall.kit.capability import Kind

ME = "gmail/v1/users/me/"
AT_ONCE = 8


class Gmail(GoogleConnector):
    """One mailbox."""

    manifest = MANIFEST

    async def whoami(self) -> dict[str, Any]:
        who = await self.get(f"{ME}profile")
        return {"id": who["emailAddress"], "name": who["emailAddress"], "messages": who.get("messagesTotal")}

    @operation(
        scopes=READS,
        aliases=("gmail_inbox", "read_mail", "list_mails"),
        questions=("What new mail is there?", "Show the unread mails of today.", "Which mails came from Ada?"),
    )
    async def list_messages(self, wanted: m.MessagesWanted) -> m.MailPage:
        """Mails, newest first: who, about what, how they begin; by search words and labels."""
        return await self._page(wanted.query, wanted.labels, wanted.limit, wanted.cursor)

    @operation(
        scopes=READS,
        aliases=("search_mail", "find_mail"),
        questions=("Find the mail with the invoice.", "Search the mailbox for the contract.", "Is there a mail about the audit?"),
    )
    async def search_messages(self, wanted: m.SearchWanted) -> m.MailPage:
        """Mails that meet a search as in Gmail's own search box."""
        return await self._page(wanted.query, None, wanted.limit, wanted.cursor)

    async def _page(self, query: str | None, labels: list[str] | None, limit: int, cursor: str | None) -> m.MailPage:
        """The list holds ids only, so each mail is asked for; one that cannot be read does not hide the others."""
        page = await self.get(f"{ME}messages", {"q": query, "labelIds": labels or None, "maxResults": limit, "pageToken": cursor})
        ids = [one["id"] for one in page.get("messages") or []]
        places = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._summary(one, places) for one in ids))
        return m.MailPage(
            messages=[one for one in found if not isinstance(one, ConnectorError)],
            next_cursor=page.get("nextPageToken") or None,
            missing=[
                Missing(what=one_id, reason=one.message) for one_id, one in zip(ids, found, strict=True) if isinstance(one, ConnectorError)
            ],
        )

    async def _summary(self, message_id: str, places: asyncio.Semaphore) -> m.Mail | ConnectorError:
        async with places:
            try:
                return mail.shown(
                    await self.get(f"{ME}messages/{message_id}", {"format": "metadata", "metadataHeaders": list(mail.HEADERS)})
                )
            except (NeedsReconnect, PlatformBusy):
                raise  # the others would meet the same
            except ConnectorError as trouble:
                return trouble

    @operation(
        scopes=READS,
        aliases=("read_message", "open_mail"),
        questions=("Read this mail.", "What does the mail say?", "Show the whole message."),
    )
    async def get_message(self, wanted: m.MessageWanted) -> m.WholeMail:
        """One mail with its text and the names of its attachments."""
        return mail.whole(await self.get(f"{ME}messages/{wanted.message_id}", {"format": wanted.parts}))

    @operation(
        kind=Kind.OUTWARD,
        scopes=SENDS,
        aliases=("send_mail", "send_email", "reply_to_mail"),
        questions=("Send Ada a mail.", "Answer this mail.", "Mail the report to the customer."),
    )
    async def send_message(self, wanted: m.NewMail) -> m.MailSent:
        """Send a mail from this mailbox, also as an answer in a thread."""
        body = {"raw": mail.written(wanted)} | ({"threadId": wanted.thread_id} if wanted.thread_id else {})
        sent = await self.post(f"{ME}messages/send", json=body)
        return m.MailSent(id=sent["id"], thread_id=sent["threadId"])

    @operation(
        scopes=READS,
        aliases=("mail_threads", "conversations"),
        questions=("Which mail threads are open?", "List the conversations with the customer.", "Show the newest threads."),
    )
    async def list_threads(self, wanted: m.ThreadsWanted) -> m.ThreadPage:
        """Threads, newest first."""
        query = {"q": wanted.query, "labelIds": wanted.labels or None, "maxResults": wanted.limit, "pageToken": wanted.cursor}
        page = await self.get(f"{ME}threads", query)
        rows = [m.ThreadRow(id=one["id"], snippet=one.get("snippet") or "") for one in page.get("threads") or []]
        return m.ThreadPage(threads=rows, next_cursor=page.get("nextPageToken") or None)

    @operation(
        scopes=READS,
        aliases=("read_thread", "mail_conversation"),
        questions=("Read the whole mail thread.", "What was written back and forth?", "Show this conversation."),
    )
    async def get_thread(self, wanted: m.ThreadWanted) -> m.Thread:
        """A thread with all its mails."""
        found = await self.get(f"{ME}threads/{wanted.thread_id}", {"format": "full"})
        return m.Thread(id=found["id"], messages=[mail.whole(one) for one in found.get("messages") or []])

    @operation(
        kind=Kind.OUTWARD,
        scopes=CHANGES,
        aliases=("label_mail", "archive_mail", "mark_mail_read", "star_mail"),
        questions=("Archive this mail.", "Mark the mail as read.", "Put the label Customers on it."),
    )
    async def modify_message_labels(self, wanted: m.LabelsChange) -> m.Labelled:
        """Add labels to a mail and take others away: so it is archived, starred, marked as read."""
        body = {"addLabelIds": wanted.add, "removeLabelIds": wanted.remove}
        changed = await self.post(f"{ME}messages/{wanted.message_id}/modify", json=body, again=True)
        return m.Labelled(id=changed["id"], labels=list(changed.get("labelIds") or []))

    @operation(
        scopes=READS,
        aliases=("mail_labels", "mail_folders"),
        questions=("Which labels does the mailbox have?", "What is the id of the label Customers?", "List the mail folders."),
    )
    async def list_labels(self, wanted: m.NoInput) -> m.LabelList:
        """The mailbox's labels with their ids."""
        found = await self.get(f"{ME}labels")
        return m.LabelList(
            labels=[m.Label(id=one["id"], name=one["name"], kind=one.get("type") or "user") for one in found.get("labels") or []]
        )
