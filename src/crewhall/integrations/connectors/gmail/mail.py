"""Mails as Gmail sends and takes them (RFC 5322, in base64url)."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import nh3

from crewhall.integrations.connectors.gmail.models import Attachment, Mail, NewMail, WholeMail

LONGEST_TEXT = 50_000
HEADERS = ("Subject", "From", "To", "Date")


def written(mail: NewMail) -> str:
    """The whole mail, encoded. The library folds and encodes headers; none of the values holds an end of a line."""
    message = EmailMessage(policy=SMTP)
    message["To"] = ", ".join(mail.to)
    if mail.cc:
        message["Cc"] = ", ".join(mail.cc)
    if mail.bcc:
        message["Bcc"] = ", ".join(mail.bcc)
    message["Subject"] = mail.subject
    message.set_content(mail.body)
    return base64.urlsafe_b64encode(message.as_bytes()).decode()


def shown(one: Mapping[str, Any]) -> Mail:
    headers = {header["name"].lower(): header["value"] for header in (one.get("payload") or {}).get("headers") or []}
    return Mail(
        id=one["id"], thread_id=one["threadId"], subject=headers.get("subject", ""), sender=headers.get("from", ""),
        to=headers.get("to", ""), date=headers.get("date", ""), snippet=html.unescape(one.get("snippet") or ""),
        labels=list(one.get("labelIds") or []),
    )  # fmt: skip


def whole(one: Mapping[str, Any]) -> WholeMail:
    parts = list(_parts(one.get("payload") or {}))
    files = [
        Attachment(name=part["filename"], kind=part.get("mimeType") or "", bytes=int((part.get("body") or {}).get("size") or 0))
        for part in parts
        if part.get("filename")
    ]
    return WholeMail(**shown(one), text=_text(parts), attachments=files)


def _parts(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield part
    for inner in part.get("parts") or []:
        yield from _parts(inner)


def _text(parts: list[Mapping[str, Any]]) -> str:
    """The first plain text, else the first HTML without its markup."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            data = (part.get("body") or {}).get("data")
            if part.get("mimeType") == kind and data and not part.get("filename"):
                text = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)).decode("utf-8", "replace")
                return (text if kind == "text/plain" else html.unescape(nh3.clean(text, tags=set())))[:LONGEST_TEXT]
    return ""
