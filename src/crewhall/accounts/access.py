"""From a credential to an actor, and from a member to a credential.

A log-in is a JWT whose jti is a row of `sessions`; an API key, and the token of a program that a person let in, is a random word of
which only a salted hash is kept.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import argon2
import asyncpg
import jwt

from crewhall.accounts import rules, store
from crewhall.accounts.models import LoggedIn, Member
from crewhall.accounts.outside import Claim, OutsideIssuer
from crewhall.accounts.presence.noting import Noting
from crewhall.kit.capability import Account, Actor, Call
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.errors import NotSignedIn, TooMany
from crewhall.kit.ids import new_id

KEY_MARK = "crew_"
TOKEN_MARK = "crewat_"
ALGORITHM = "HS256"
ISSUER = AUDIENCE = "crewhall"
TRUSTED_SECONDS = 2.0
MOST_TRUSTED = 10_000
MOST_CHECKED_AT_ONCE = 4

_passwords = argon2.PasswordHasher()


@functools.cache
def _nobodys_hash() -> str:
    """Checked when there is no such account, so that the answer takes as long as for one that exists."""
    return _passwords.hash(secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key that was just made; `key` is shown once and cannot be read again."""

    id: UUID
    key: str
    hint: str


class Access:
    """Checks credentials and makes them. One per process."""

    def __init__(
        self, database: Database, clock: Clock, *, jwt_secret: str, api_key_salt: str, demo_email: str | None = None,
        set_up_code: str | None = None, address: str = "", outside: OutsideIssuer | None = None,
    ) -> None:  # fmt: skip
        """`set_up_code` lets the first account in; `address` is where people reach this hall, for the links that they send; tokens
        of `outside` act as the members whom its users are linked to."""
        self._database = database
        self._clock = clock
        self._jwt_secret = jwt_secret
        self._salt = api_key_salt.encode()
        self._set_up_code = set_up_code
        self.demo_email = demo_email
        self.address = address
        self.outside = outside
        self._trusted: dict[str, tuple[float, Actor]] = {}
        self._looking_up: dict[str, asyncio.Future[Actor]] = {}
        self._forgotten = 0
        self._on_forgotten: list[Callable[[UUID], None]] = []
        self._presence = Noting()
        self._checking = 0
        self._failures: dict[str, list[datetime]] = defaultdict(list)

    # Reading credentials -----------------------------------------------------------------------------------------

    async def actor_of(self, credential: str, resource: str | None = None) -> Actor:
        """Whose credential this is; NotSignedIn when it opens nothing (any more), or not this `resource`.

        A program's token opens one address and what is below it: who names no resource takes none of them.
        An answer is trusted for two seconds, so that a burst of calls asks the database once.
        """
        actor = self.trusts(credential) or await self._asked(credential)
        if actor.audience is not None and (resource is None or not rules.covers(actor.audience, resource)):
            raise NotSignedIn(f"This token opens {actor.audience} and nothing else: use it there, or send an API key here")
        return actor

    async def _asked(self, credential: str) -> Actor:
        running = self._looking_up.get(credential)
        if running is None:  # a thousand streams of one key that ask at the same moment are one question
            running = self._looking_up[credential] = asyncio.ensure_future(self._look_up(credential))
            running.add_done_callback(lambda done: self._looked_up(credential, done))
        return await asyncio.shield(running)

    def _looked_up(self, credential: str, done: asyncio.Future[Actor]) -> None:
        if self._looking_up.get(credential) is done:  # else a newer question has taken its place
            del self._looking_up[credential]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone: a refusal that nobody hears is no error of the program

    def trusts(self, credential: str) -> Actor | None:
        """Whose this is, if that was found out in the last two seconds."""
        until, actor = self._trusted.get(credential, (0.0, None))
        return actor if time.monotonic() < until else None

    async def _look_up(self, credential: str) -> Actor:
        forgotten = self._forgotten
        actor = await self._holder(credential, self._clock())
        if len(self._trusted) >= MOST_TRUSTED:
            self._trusted.clear()
        if self._forgotten == forgotten:  # else what was read may be older than what has just ended
            self._trusted[credential] = (time.monotonic() + TRUSTED_SECONDS, actor)
        return actor

    def on_forgotten(self, tell: Callable[[UUID], None]) -> None:
        """Call `tell` with the organisation whenever credentials of it may have ended: streams ask again then."""
        self._on_forgotten.append(tell)

    def forget(self, organisation_id: UUID, *user_ids: UUID) -> None:
        """Ask anew whose these members' credentials are. Other processes do so by themselves within two seconds."""
        self._forgotten += 1
        self._looking_up.clear()
        ended = [credential for credential, (_, actor) in self._trusted.items() if actor.id in user_ids]
        for credential in ended:
            del self._trusted[credential]
        for tell in self._on_forgotten:
            tell(organisation_id)

    async def _holder(self, credential: str, now: datetime) -> Actor:
        row: Any
        claim = self.outside.read(credential) if self.outside and _may_be_token(credential) else None
        kind = _kind_of(credential, claim)
        async with self._database.connection() as db:
            if kind == "key":
                row = await store.holder_of_key(db, self.hash_of(credential), now)
            elif kind == "grant":
                row = await store.holder_of_grant(db, self.hash_of(credential), now)
            elif claim and self.outside:
                row = await self._holder_of_claim(db, self.outside, claim, now)
            else:
                row = await store.holder_of_session(db, self._session_of(credential), now)
            if row is None:
                self._trusted.pop(credential, None)
                raise NotSignedIn("This credential opens nothing: it was revoked, is over, or never existed")
            actor = as_actor(row, kind)
            await self._presence.note(db, actor, now)
        return actor

    @staticmethod
    async def _holder_of_claim(db: Connection, outside: OutsideIssuer, claim: Claim, now: datetime) -> Mapping[str, Any]:
        """The member behind a good token of an outside issuer; NotSignedIn, and what to do about it, when there is none."""
        row = await store.holder_of_identity(db, outside.name, claim.subject, outside.organisation, now)
        if row is None:
            message = f"This token of {outside.name} is good, but its user {claim.subject} is linked to nobody here"
            advice = "an owner or an admin links it to a member with link_identity"
            raise NotSignedIn(f"{message}: {advice}", issuer=outside.name, subject=claim.subject)
        return {**row, "expires_at": claim.expires_at, "scopes": rules.scopes_outside(row["role"], row["kind"])}

    def _session_of(self, token: str) -> UUID:
        try:
            claims = jwt.decode(
                token, self._jwt_secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options={"require": ["exp", "jti"]}
            )
            return UUID(claims["jti"])
        except (jwt.InvalidTokenError, ValueError) as error:
            raise NotSignedIn("This is neither a valid token nor an API key: log in again") from error

    def hash_of(self, word: str) -> bytes:
        """What is kept of a key or of an invitation's token."""
        return hmac.digest(self._salt, word.encode(), hashlib.sha256)

    def seal(self, *words: str) -> str:
        """What shows that the hall itself wrote these words, to the hall. The first says what they are for."""
        return hmac.new(self._jwt_secret.encode(), "\0".join(words).encode(), hashlib.sha256).hexdigest()

    def is_set_up_code(self, word: str) -> bool:
        """Whether this is the code that the start of an empty hall prints."""
        return self._set_up_code is not None and hmac.compare_digest(self._set_up_code.encode(), word.encode())

    # Making credentials ------------------------------------------------------------------------------------------

    async def check_password(self, call: Call, email: str, password: str, organisation: str | None = None) -> asyncpg.Record:
        """The member with this e-mail and password; NotSignedIn otherwise, in the same words and time for every reason.

        Somebody in several organisations enters the one that is named by name or id, else the one joined first.
        """
        row = await store.member_by_email(call.db, email, organisation)
        if await self.is_password(email, row["password_hash"] if row else None, password) and row is not None:
            return row
        if row is not None:
            call.knocks_at(Account(row["id"], row["organisation_id"], row["kind"], row["name"]))
        raise NotSignedIn("E-mail or password is wrong")

    async def is_password(self, email: str, password_hash: str | None, password: str) -> bool:
        """Whether this is the password of the account; takes as long without a hash. Raises TooMany after too many guesses."""
        self._refuse_guessing(email)
        if self._checking >= MOST_CHECKED_AT_ONCE:  # each holds a connection for as long as a hash takes: others' calls need some, too
            raise TooMany("Many log in at this moment: try again in a second", retry_after_seconds=1)
        self._failures[email.lower()].append(self._clock())  # before it is known: many guesses at one moment are no way around
        self._checking += 1
        try:
            known = await asyncio.to_thread(_nobodys_hash) if password_hash is None else password_hash
            right = await asyncio.to_thread(_matches, known, password) and password_hash is not None
        finally:
            self._checking -= 1
        if right:
            self._failures.pop(email.lower(), None)
        return right

    def _refuse_guessing(self, email: str) -> None:
        if len(self._failures) >= MOST_TRUSTED:
            del self._failures[next(iter(self._failures))]
        wait = rules.wait_after_failures(self._failures.get(email.lower(), []), self._clock())
        if wait is not None:
            seconds = int(wait.total_seconds()) + 1
            raise TooMany(f"Too many wrong passwords: try again in {seconds} seconds", retry_after_seconds=seconds)

    async def open_session(self, db: Connection, row: asyncpg.Record, client: str) -> tuple[LoggedIn, Actor]:
        """A session for a member whose identity is proved, and the actor that the member is in it.

        NotSignedIn when the password that proved it was changed meanwhile.
        """
        if await store.hold_password(db, row["id"]) != row["password_hash"]:
            raise NotSignedIn("The password was changed a moment ago: log in with the new one")
        now = self._clock()
        session_id, expires_at = new_id(), now + rules.SESSION_LIFE
        await store.add_session(db, session_id, row["organisation_id"], row["id"], client, now, expires_at)
        token = jwt.encode(self._claims(row, session_id, now, expires_at), self._jwt_secret, algorithm=ALGORITHM)
        holder = {**row, "credential_id": session_id, "expires_at": expires_at, "scopes": None, "repositories": None, "projects": None}
        return LoggedIn(access_token=token, token_type="bearer", expires_at=expires_at, user=as_member(row)), as_actor(holder, "session")

    @staticmethod
    def _claims(row: asyncpg.Record, session_id: UUID, now: datetime, expires_at: datetime) -> dict[str, Any]:
        # The same person under three names: readers of such tokens look for user_id, for id or for sub.
        user = str(row["id"])
        return {
            "user_id": user, "id": user, "sub": user, "email": row["email"], "username": row["username"], "role": row["role"],
            "organisation": str(row["organisation_id"]), "iat": now, "exp": expires_at, "iss": ISSUER, "aud": AUDIENCE,
            "jti": str(session_id),
        }  # fmt: skip

    async def make_key(
        self, db: Connection, *, organisation_id: UUID, user_id: UUID, kind: str, name: str, created_by: UUID | None = None,
        scopes: Sequence[str] | None = None, repositories: Sequence[str] | None = None, projects: Sequence[UUID] | None = None,
        expires_at: datetime | None = None,
    ) -> NewKey:  # fmt: skip
        """A key with which a program acts as this member; without scopes, repositories or projects it opens all that the member may."""
        key, key_id = KEY_MARK + secrets.token_urlsafe(32), new_id()
        hint = key[: len(KEY_MARK) + 4]
        await store.add_key(
            db, key_id, organisation_id, user_id, name, kind, hint, self.hash_of(key), scopes, repositories, projects, created_by,
            self._clock(), expires_at,
        )  # fmt: skip
        return NewKey(key_id, key, hint)


def hash_password(password: str) -> str:
    """Takes a tenth of a second by design: on the event loop, use `password_hash_of`."""
    return _passwords.hash(password)


async def password_hash_of(password: str) -> str:
    """`hash_password` beside the event loop."""
    return await asyncio.to_thread(hash_password, password)


def as_member(row: Any) -> Member:
    """The part of a row that others may see."""
    return Member(
        id=row["id"], kind=row["kind"], username=row["username"], name=row["name"], email=row["email"],
        avatar_url=row["avatar_url"], github_username=row["github_username"], role=row["role"],
    )  # fmt: skip


def _may_be_token(credential: str) -> bool:
    """Whether an outside issuer may have signed this: our own keys and grants say what they are."""
    return not credential.startswith((KEY_MARK, TOKEN_MARK))


def _kind_of(credential: str, claim: Claim | None) -> str:
    if credential.startswith(KEY_MARK):
        return "key"
    if credential.startswith(TOKEN_MARK):
        return "grant"
    return "outside" if claim else "session"


def as_actor(row: Any, credential: str) -> Actor:
    """The holder of a credential of this kind: session, key or grant. `row` says what it is limited to."""
    granted = credential == "grant"
    scopes = rules.granted_to_program if granted else rules.scopes_of
    return Actor(
        id=row["id"], organisation_id=row["organisation_id"], kind=row["kind"], username=row["username"], name=row["name"],
        role=row["role"], scopes=scopes(row["role"], row["scopes"], row["kind"]), credential=credential,
        through=row["through"] if granted else None, audience=row["audience"] if granted else None,
        credential_id=row["credential_id"], expires_at=row["expires_at"], organisation=row["organisation"],
        repositories=None if row["repositories"] is None else frozenset(name.lower() for name in row["repositories"]),
        projects=None if row["projects"] is None else frozenset(row["projects"]), skills=tuple(row["skills"]),
    )  # fmt: skip


def _matches(known: str, password: str) -> bool:
    try:
        return _passwords.verify(known, password)
    except argon2.exceptions.VerifyMismatchError:
        return False
