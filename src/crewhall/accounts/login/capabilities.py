"""Logging in and out, and the sessions in between."""

from __future__ import annotations

from crewhall.accounts import rules
from crewhall.accounts import store as members
from crewhall.accounts.access import Access, password_hash_of
from crewhall.accounts.login import store
from crewhall.accounts.login.models import (
    LogIn,
    PasswordChange,
    SessionList,
    SessionWanted,
)
from crewhall.accounts.models import Done, LoggedIn, Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import (
    Conflict,
    NotFound,
    NotSignedIn,
    ValidationFailed,
)

room = Room("login")


@room.capability(scope=None, kind=Kind.WRITE, http="POST /api/v1/auth/login", tool=False, shows_secret=True)
async def log_in(call: Call, wanted: LogIn) -> LoggedIn:
    """Log in with e-mail and password; the token is valid for seven days."""
    access = call.get(Access)
    row = await access.check_password(call, wanted.email, wanted.password, wanted.organisation)
    answer, actor = await access.open_session(call.db, row, call.client)
    call.become(actor)
    return answer


@room.capability(scope=None, kind=Kind.WRITE, http="POST /api/v1/auth/demo-login", tool=False, shows_secret=True)
async def demo_log_in(call: Call, wanted: Nothing) -> LoggedIn:
    """Log in as the owner of the demo organisation; only where Crewhall was started with --demo."""
    access = call.get(Access)
    if access.demo_email is None:
        raise NotFound("There is no demo here: start Crewhall with --demo, or log in with e-mail and password")
    row = await members.member_by_email(call.db, access.demo_email)
    if row is None:
        raise NotFound("The demo organisation is gone: log in with e-mail and password")
    answer, actor = await access.open_session(call.db, row, call.client)
    call.become(actor)
    return answer


@room.capability(scope="members:read", kind=Kind.WRITE, http="POST /api/v1/auth/refresh", tool=False, shows_secret=True)
async def refresh_session(call: Call, wanted: Nothing) -> LoggedIn:
    """A new token for seven more days; the old one opens nothing from now on."""
    await members.hold_password(call.db, call.actor.id)  # before the session is: a change of password takes the two in this order
    await _end_this_session(call)
    row = await members.member(call.db, call.actor.organisation_id, call.actor.id)
    if row is None:
        raise NotSignedIn("You are no longer a member here")
    answer, actor = await call.get(Access).open_session(call.db, row, call.client)
    call.become(actor)
    return answer


@room.capability(scope="members:read", kind=Kind.WRITE, http="POST /api/v1/auth/logout", tool=False)
async def log_out(call: Call, wanted: Nothing) -> Done:
    """End this log-in: its token opens nothing from now on, and its live streams end."""
    await _end_this_session(call)
    return Done()


async def _end_this_session(call: Call) -> None:
    """End the session that this call came with; of two calls at once, one."""
    _require_session(call)
    actor = call.actor
    if not await store.revoke(call.db, actor.organisation_id, actor.id, actor.credential_id, call.now):
        raise NotSignedIn("This log-in is over already: log in again")
    _forget(call)


def _require_session(call: Call) -> None:
    if call.actor.credential != "session":
        raise Conflict("This call came with an API key, not with a log-in: log_in makes one, delete_api_key ends a key")


def _forget(call: Call) -> None:
    access, actor = call.get(Access), call.actor
    call.afterwards(lambda: access.forget(actor.organisation_id, actor.id))


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/sessions",
    aliases=("my_logins", "my_devices", "signed_in"),
    questions=("Where am I logged in?", "Which devices use my account?", "Show my sessions."),
)
async def list_sessions(call: Call, wanted: Nothing) -> SessionList:
    """Where you are logged in."""
    actor = call.actor
    return SessionList(sessions=await store.sessions(call.db, actor.organisation_id, actor.id, actor.credential_id, call.now))


@room.capability(
    scope="members:read",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/sessions/{session_id}",
    aliases=("log_out_device", "end_session", "sign_out_elsewhere"),
    questions=("Log me out on the other machine.", "I lost my laptop.", "End that session."),
)
async def revoke_session(call: Call, wanted: SessionWanted) -> Done:
    """End one of your log-ins, for example on a machine that you no longer have."""
    actor = call.actor
    rules.require_whole(actor)
    if not await store.revoke(call.db, actor.organisation_id, actor.id, wanted.session_id, call.now):
        raise NotFound("You have no such session: list_sessions names those there are", session_id=str(wanted.session_id))
    _forget(call)
    return Done()


@room.capability(scope="members:read", kind=Kind.WRITE, http="POST /api/v1/auth/password", tool=False, shows_secret=True)
async def change_password(call: Call, wanted: PasswordChange) -> Done:
    """Change your password; your log-ins elsewhere end."""
    _require_session(call)
    account = await store.account(call.db, call.actor.id)
    if account is None or not await call.get(Access).is_password(account["email"], account["password_hash"], wanted.current_password):
        message = "this is not your password"
        raise ValidationFailed.of("current_password", message)
    new_hash = await password_hash_of(wanted.new_password)
    if not await store.replace_password(call.db, account["id"], account["password_hash"], new_hash, call.now):
        raise Conflict("The password was changed a moment ago, by somebody else who knows it: log in again")
    await store.revoke_others(call.db, account["id"], call.actor.credential_id, call.now)
    _forget(call)
    return Done()
