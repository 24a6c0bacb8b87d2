"""The PostgreSQL that Crewhall brings along (docs/decisions/0002)."""

from crewhall.kit.db.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
