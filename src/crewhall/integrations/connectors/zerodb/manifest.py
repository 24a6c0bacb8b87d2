"""ZeroDB, as data. There is no platform behind it: the vectors are kept in the hall's own PostgreSQL (docs/decisions/0025)."""

from __future__ import annotations

from crewhall.integrations.kit import Manifest

MANIFEST = Manifest(
    slug="zerodb",
    title="ZeroDB",
    mark="Zd",
    api="",
    variables=("ZERODB",),
    keys=(),
    oauth=None,
    setup="Vectors are kept in this hall's own database: nothing has to be set up, and nothing leaves it.",
    errors={},
    local=True,
)
