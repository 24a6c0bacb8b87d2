"""What the operator can do for somebody who has lost the password. Whoever may run this may read the whole database anyway."""

from __future__ import annotations

import secrets
from datetime import datetime

from crewhall.accounts.access import password_hash_of
from crewhall.accounts.audit.trail import note_operator
from crewhall.accounts.login import store
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import NotFound
from crewhall.kit.model import nearest


async def reset_password(db: Connection, email: str, now: datetime) -> str:
    """A new random password for this account, whose log-ins all end. Runs in the caller's transaction; NotFound."""
    account = await store.account_by_email(db, email)
    if account is None:
        meant = nearest(email.lower(), await store.emails(db))
        hint = f": did you mean {meant}?" if meant else ""
        raise NotFound(f"There is no account with the e-mail {email}{hint}", did_you_mean=meant)
    password = secrets.token_urlsafe(12)
    await store.set_password(db, account["id"], await password_hash_of(password), now)
    await store.revoke_all(db, account["id"], now)
    for organisation_id in await store.organisations_of(db, account["id"]):
        await note_operator(db, organisation_id, "reset_password", account["name"], account["id"], now)
    return password
