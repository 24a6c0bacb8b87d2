"""Granola, as data. Its API hands out notes and nothing else; what is counted in them is counted here."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest
from crewhall.integrations.notes.library import library_key

MANIFEST = Manifest(
    slug="granola",
    title="Granola",
    mark="Gr",
    api="https://public-api.granola.ai/",
    variables=("GRANOLA",),
    keys=(
        Key("access_token", "API key", "Business and Enterprise plans: in Granola, Settings, then API", required=False, starts=("grn_",)),
        library_key("Granola"),
    ),
    oauth=None,
    setup=(
        "With a Business or Enterprise plan, connect it with an API key. With every other plan, connect it with a name for your library, "
        "copy a note out of Granola, and keep it with granola_add_note."
    ),
    errors={},
    words={"not_found": "there is no such note, or Granola is still working on it"},
    limit=Limit(usual_wait=5),  # 25 requests in 5 s, and 5 a second for longer
)
