"""Reading a database address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from crewhall.kit.errors import CannotStart


def read_address(url: SecretStr) -> dict[str, Any]:
    """The arguments of `asyncpg.connect` for a PostgreSQL address; CannotStart when it is none."""
    text = url.get_secret_value()
    if urlsplit(text).scheme not in {"postgresql", "postgres"}:
        raise CannotStart("DATABASE_URL must look like postgresql://user:password@host:5432/database")
    return {"dsn": text}
