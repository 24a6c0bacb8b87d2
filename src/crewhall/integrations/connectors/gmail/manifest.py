"""Gmail, as data."""

from __future__ import annotations

from crewhall.integrations.kit import Manifest
from crewhall.integrations.kit.google import AUTH, ERRORS, KEYS, SETUP, WORDS, oauth

READS = (f"{AUTH}gmail.modify", f"{AUTH}gmail.readonly", "https://mail.google.com/")
SENDS = (f"{AUTH}gmail.send", f"{AUTH}gmail.modify", f"{AUTH}gmail.compose", "https://mail.google.com/")
CHANGES = (f"{AUTH}gmail.modify", "https://mail.google.com/")

MANIFEST = Manifest(
    slug="gmail",
    title="Gmail",
    mark="Gm",
    api="https://gmail.googleapis.com/",
    variables=("GMAIL", "GOOGLE"),
    keys=KEYS,
    oauth=oauth(f"{AUTH}gmail.modify", f"{AUTH}gmail.send"),
    setup=SETUP,
    errors=ERRORS,
    words=WORDS,
)
