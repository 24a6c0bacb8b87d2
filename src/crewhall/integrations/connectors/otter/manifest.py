"""Otter, as data. Its official API is open to Enterprise plans; files are open to everybody."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest
from crewhall.integrations.notes.library import library_key

MANIFEST = Manifest(
    slug="otter",
    title="Otter",
    mark="Ot",
    api="https://api.otter.ai/",
    variables=("OTTER",),
    keys=(
        Key("access_token", "API key", "Enterprise plans only: in Otter, Integrations, then Developer", required=False),
        library_key("Otter"),
    ),
    oauth=None,
    setup=(
        "With an Enterprise plan, connect it with an API key. With every other plan, connect it with a name for your library, "
        "export a conversation in Otter as TXT or SRT, and keep it with otter_add_speech."
    ),
    errors={},
    words={"not_found": "there is no such conversation, or it is not shared with the key's owner"},
    limit=Limit(usual_wait=2),  # ten requests a second, and a refusal says nothing more
)
