"""Codes and tokens of programs: what they are changed for, and what happens to those that come twice.

All that comes of one consent is one family. A code and a refresh token are good once; who sends one again may hold what was stolen,
and so may the other one, so both are out (OAuth 2.1, 4.1.3 and 4.3.1).
"""

from __future__ import annotations

import secrets

import asyncpg

from crewhall.accounts import store as room_store
from crewhall.accounts.access import TOKEN_MARK, Access, as_actor
from crewhall.accounts.grants import rules, store
from crewhall.accounts.grants.models import CodeGiven, Exchanged, RefreshGiven, Refusal, Tokens
from crewhall.kit.capability import Call

CODE_MARK, REFRESH_MARK = "crewac_", "crewrt_"


def new_code() -> str:
    return CODE_MARK + secrets.token_urlsafe(32)


async def exchange_code(call: Call, given: CodeGiven) -> Exchanged:
    """The code is spent whatever comes of it: a second guess at its verifier would be one too many."""
    row = await _take(call, given.code, "code", given.client_id)
    if isinstance(row, dict):
        return Exchanged(tokens=None, refusal=row)
    await store.use_secret(call.db, row["hash"], call.now)
    if given.redirect_uri is not None and given.redirect_uri != row["redirect_uri"]:
        return _refused("invalid_grant", "redirect_uri is not the one that the code was asked for with")
    if not rules.proves(given.code_verifier, row["challenge"]):
        return _refused("invalid_grant", "code_verifier does not fit the challenge")
    if not _is_for(row, given.resource):
        return _refused("invalid_target", "the code is for another resource")
    return await _issue(call, row, row["scopes"])


async def refresh(call: Call, given: RefreshGiven) -> Exchanged:
    row = await _take(call, given.refresh_token, "refresh", given.client_id)
    if isinstance(row, dict):
        return Exchanged(tokens=None, refusal=row)
    wanted = given.scope.split() if given.scope else row["scopes"]
    if not set(wanted) <= set(row["scopes"]):
        return _refused("invalid_scope", f"it was let do no more than {' '.join(row['scopes'])}")
    if not _is_for(row, given.resource):
        return _refused("invalid_target", "the token is for another resource")
    await store.use_secret(call.db, row["hash"], call.now)
    return await _issue(call, row, [scope for scope in row["scopes"] if scope in wanted])


async def end(call: Call, row: asyncpg.Record, why: str) -> None:
    """End a grant and all that came of it; the audit trail says so under the person's name."""
    if not await store.revoke(call.db, row["id"], call.now):
        return
    await _become(call, row)
    call.about(f"{row['client_name']}: {why}", row["id"])
    access = call.get(Access)
    call.afterwards(lambda: access.forget(row["organisation_id"], row["user_id"]))


async def _take(call: Call, word: str, kind: str, client_id: str) -> asyncpg.Record | Refusal:
    """A code or a refresh token that is still good, held. Only a program's own: who holds another's learns and changes nothing."""
    row = await store.take_secret(call.db, call.get(Access).hash_of(word), kind)
    unknown = Refusal(error="invalid_grant", description=f"this {kind} opens nothing: ask the person again")
    if row is None or row["client_id"] != client_id or row["revoked_at"] is not None:
        return unknown
    if row["used_at"] is not None:
        await end(call, row, f"its {kind} was used twice")
        return unknown
    if row["expires_at"] <= call.now or await room_store.member(call.db, row["organisation_id"], row["user_id"]) is None:
        return unknown
    return row


def _is_for(row: asyncpg.Record, resource: str | None) -> bool:
    return resource is None or resource.rstrip("/") == row["resource"]


async def _issue(call: Call, row: asyncpg.Record, scopes: list[str]) -> Exchanged:
    access, refresh_token = TOKEN_MARK + secrets.token_urlsafe(32), REFRESH_MARK + secrets.token_urlsafe(32)
    hash_of, now = call.get(Access).hash_of, call.now
    less = scopes if scopes != row["scopes"] else None
    await store.add_secret(call.db, hash_of(access), row["id"], "access", now, now + rules.ACCESS_LIFE, scopes=less)
    await store.add_secret(call.db, hash_of(refresh_token), row["id"], "refresh", now, now + rules.REFRESH_LIFE)
    await store.open_grant(call.db, row["id"], now)
    await _become(call, row)
    call.about(row["client_name"], row["id"])
    seconds = int(rules.ACCESS_LIFE.total_seconds())
    made = Tokens(access_token=access, refresh_token=refresh_token, expires_in=seconds, scope=" ".join(scopes))
    return Exchanged(tokens=made, refusal=None)


async def _become(call: Call, row: asyncpg.Record) -> None:
    """The call is the person's, through the program: so it stands in the audit trail."""
    member = await room_store.member(call.db, row["organisation_id"], row["user_id"])
    if member is not None:
        limits = {"credential_id": row["id"], "expires_at": None, "scopes": row["scopes"], "repositories": None, "projects": None}
        call.become(as_actor({**member, **limits, "audience": row["resource"], "through": row["client_name"]}, "grant"))


def _refused(error: str, description: str) -> Exchanged:
    return Exchanged(tokens=None, refusal=Refusal(error=error, description=description))
