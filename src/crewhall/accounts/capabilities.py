"""Logging in, and who is here."""

from __future__ import annotations

from crewhall.accounts import store
from crewhall.accounts.access import Access, as_member
from crewhall.accounts.models import LoggedIn, LogIn, Member, Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound, NotSignedIn

room = Room("accounts")


@room.capability(scope=None, kind=Kind.WRITE, http="POST /api/v1/auth/login", tool=False, shows_secret=True)
async def log_in(call: Call, wanted: LogIn) -> LoggedIn:
    """Log in with e-mail and password; the token is valid for seven days."""
    access = call.get(Access)
    row = await access.check_password(call.db, wanted.email, wanted.password)
    answer, actor = await access.open_session(call.db, row, call.client)
    call.become(actor)
    return answer


@room.capability(scope=None, kind=Kind.WRITE, http="POST /api/v1/auth/demo-login", tool=False, shows_secret=True)
async def demo_log_in(call: Call, wanted: Nothing) -> LoggedIn:
    """Log in as the owner of the demo organisation; only where Crewhall was started with --demo."""
    access = call.get(Access)
    if access.demo_email is None:
        raise NotFound("There is no demo here: start Crewhall with --demo, or log in with e-mail and password")
    row = await store.member_by_email(call.db, access.demo_email)
    if row is None:
        raise NotFound("The demo organisation is gone: log in with e-mail and password")
    answer, actor = await access.open_session(call.db, row, call.client)
    call.become(actor)
    return answer


@room.capability(scope="members:read", kind=Kind.READ, http=("GET /users/me", "GET /api/v1/users/me"), aliases=("whoami",))
async def get_me(call: Call, wanted: Nothing) -> Member:
    """Who you are here: your name, kind and role."""
    row = await store.member(call.db, call.actor.organisation_id, call.actor.id)
    if row is None:
        raise NotSignedIn("You are no longer a member here")
    return as_member(row)
