"""Encrypting what the database keeps encrypted under another key."""

from __future__ import annotations

from crewhall.kit.db.pool import Connection
from crewhall.kit.secrets import Cipher, Sealed

BATCH = 100

OLD = """
select id, {column} as sealed from {table} where {column} is not null and substring({column} for 4) <> $1 order by id limit $2 for update
"""
RENEW = "update {table} set {column} = $2 where id = $1"


async def renew_column(db: Connection, sealed: Sealed, cipher: Cipher) -> int:
    """Renew every secret of a column that is not under the cipher's first key; answers how many there were.

    Rows are held only while a batch of them is written. Raises Unavailable for a secret that no key opens.
    """
    names, renewed, batch = {"table": sealed.table, "column": sealed.column}, 0, BATCH
    while batch == BATCH:
        async with db.transaction():
            rows = await db.fetch(OLD.format(**names), cipher.key_id, BATCH)
            await db.executemany(RENEW.format(**names), [(row["id"], cipher.renew(row["sealed"], row["id"])) for row in rows])
        batch = len(rows)
        renewed += batch
    return renewed
