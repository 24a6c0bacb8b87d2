"""Registering programs, letting them in, and ending that. What programs send is checked here, in one transaction each."""

from __future__ import annotations

import secrets

from crewhall.accounts import rules as account_rules
from crewhall.accounts.access import Access
from crewhall.accounts.grants import rules, store, tokens
from crewhall.accounts.grants.models import (
    AccessAsked,
    AccessGiven,
    Asked,
    Client,
    Code,
    CodeGiven,
    Exchanged,
    Grant,
    GrantList,
    GrantWanted,
    NewClient,
    RefreshGiven,
    Refusal,
    TokenGiven,
)
from crewhall.accounts.models import Done, Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import InvalidInput, NotFound, TooMany, ValidationFailed
from crewhall.kit.ids import new_id

ANOTHER_WAY = "start again in the program, so that it registers anew"

room = Room("grants")


@room.capability(scope=None, kind=Kind.WRITE, tool=False, command=False, shows_secret=True)
async def register_client(call: Call, new: NewClient) -> Client:
    """Register a program that people may then let in; it gets an id and no secret, because PKCE proves more than one."""
    for uri in new.redirect_uris:
        wrong = rules.wrong_with_redirect(uri)
        if wrong:
            raise ValidationFailed.of("redirect_uris", f"{uri[:200]} {wrong}")
    origin = call.get(Access).hash_of(f"registers from {rules.counted_as(new.origin)}")
    known = await store.registrations(call.db, call.now - rules.REGISTRATIONS_WITHIN, origin)
    if known["from_one"] >= rules.MOST_REGISTRATIONS_FROM_ONE or known["all"] >= rules.MOST_REGISTRATIONS:
        wait = int(rules.REGISTRATIONS_WITHIN.total_seconds())
        raise TooMany("Too many programs registered within the hour: try again later, or send an API key", retry_after_seconds=wait)
    client_id, page = secrets.token_urlsafe(18), rules.shown_page(new.uri)
    client = Client(id=client_id, name=new.name, uri=page, redirect_uris=list(new.redirect_uris), created_at=call.now)
    await store.add_client(call.db, client, origin)
    return client


@room.capability(scope=None, kind=Kind.READ, tool=False, command=False)
async def read_access_request(call: Call, asked: AccessAsked) -> Asked:
    """Check what a program sent somebody's browser with, so that a page can ask the person."""
    client = await store.client(call.db, asked.client_id)
    if client is None:
        raise InvalidInput(f"No program is registered here under this id: {ANOTHER_WAY}")
    redirect_uri = _redirect_uri(client, asked.redirect_uri)
    resource = rules.resource_of(asked.resource, asked.address)
    scopes = rules.wanted_scopes(asked.scope, call.actor.scopes if call.signed_in else account_rules.GRANTABLE)
    return Asked(
        client_name=client["name"], client_uri=client["uri"], redirect_uri=redirect_uri, resource=resource or "", scopes=scopes,
        refusal=_refusal(asked, resource, scopes),
    )  # fmt: skip


def _redirect_uri(client: Client, wanted: str | None) -> str:
    """Where the answer goes. InvalidInput, told to the reader and never to the address, when that was not registered."""
    registered = client["redirect_uris"]
    if wanted is None and len(registered) == 1:
        return registered[0]
    if wanted is None or rules.wrong_with_redirect(wanted) or not rules.is_registered(wanted, registered):
        raise InvalidInput(f"{client['name']} asks for its answer at an address that it did not register: {ANOTHER_WAY}")
    return wanted


def _refusal(asked: AccessAsked, resource: str | None, scopes: list[str]) -> Refusal | None:
    if asked.response_type != "code":
        return Refusal(error="unsupported_response_type", description="response_type must be code")
    if not rules.is_challenge(asked.code_challenge, asked.code_challenge_method):
        return Refusal(error="invalid_request", description="PKCE is required: a code_challenge with code_challenge_method S256")
    if resource is None:
        return Refusal(error="invalid_target", description=f"resource must be {asked.address}/mcp or below it")
    if not scopes:
        return Refusal(error="invalid_scope", description=f"ask for some of {' '.join(sorted(account_rules.GRANTABLE))}")
    return None


@room.capability(scope="members:read", kind=Kind.WRITE, tool=False, command=False, shows_secret=True)
async def let_program_in(call: Call, given: AccessGiven) -> Code:
    """Let a program act as you in some of what you may; it gets a code that is good once."""
    actor = call.actor
    rules.require_may_grant(actor)  # before anything is said of the request
    asked = await read_access_request(call, given)
    if asked["refusal"] is not None or given.code_challenge is None:
        raise InvalidInput(asked["refusal"]["description"] if asked["refusal"] else "PKCE is required")
    scopes = rules.chosen_scopes(given.scopes, asked["scopes"])
    grant_id, code = new_id(), tokens.new_code()
    await store.add_grant(
        call.db, grant_id, actor.organisation_id, actor.id, given.client_id, asked["client_name"], asked["redirect_uri"], scopes,
        asked["resource"], call.now,
    )  # fmt: skip
    await store.add_secret(
        call.db, call.get(Access).hash_of(code), grant_id, "code", call.now, call.now + rules.CODE_LIFE, challenge=given.code_challenge
    )
    call.about(asked["client_name"], grant_id)
    return Code(code=code)


@room.capability(scope=None, kind=Kind.WRITE, tool=False, command=False, shows_secret=True)
async def exchange_code(call: Call, given: CodeGiven) -> Exchanged:
    """Change a code for tokens; a code that is used twice ends what came of it."""
    return await tokens.exchange_code(call, given)


@room.capability(scope=None, kind=Kind.WRITE, tool=False, command=False, shows_secret=True)
async def refresh_grant(call: Call, given: RefreshGiven) -> Exchanged:
    """Change a refresh token for new tokens; one that is used twice ends all of its family."""
    return await tokens.refresh(call, given)


@room.capability(scope=None, kind=Kind.WRITE, tool=False, command=False, shows_secret=True)
async def give_back_token(call: Call, given: TokenGiven) -> Done:
    """A program ends what it was let do; nothing happens when the token opens nothing already, or is another program's."""
    row = await store.secret(call.db, call.get(Access).hash_of(given.token))
    if row is not None and row["client_id"] == given.client_id and row["kind"] != "code":
        await tokens.end(call, row, "gave its token back")
    return Done()


@room.capability(
    scope="members:read",
    kind=Kind.READ,
    http="GET /api/v1/grants",
    aliases=("connected_apps", "connected_programs", "authorised_programs", "my_consents"),
    questions=("Which programs did I let in?", "Which apps are connected to my account?", "What may that program do in my name?"),
)
async def list_grants(call: Call, wanted: Nothing) -> GrantList:
    """The programs that you let in and that can still come in."""
    actor = call.actor
    rows = await store.grants(call.db, actor.organisation_id, actor.id, call.now)
    return GrantList(
        grants=[
            Grant(
                id=row["id"], client_name=row["client_name"], goes_to=rules.goes_to(row["redirect_uri"]), scopes=row["scopes"],
                created_at=row["created_at"], last_used_at=row["last_used_at"],
            )
            for row in rows
        ]
    )  # fmt: skip


@room.capability(
    scope="members:read",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/grants/{grant_id}",
    aliases=("disconnect_app", "withdraw_consent", "end_grant"),
    questions=("Disconnect that app.", "Take back what I let the program do.", "Log the MCP client out for good."),
)
async def revoke_grant(call: Call, wanted: GrantWanted) -> Done:
    """End what you let a program do: its tokens open nothing from now on."""
    actor, access = call.actor, call.get(Access)
    account_rules.require_whole(actor)
    name = await store.revoke_own(call.db, actor.organisation_id, actor.id, wanted.grant_id, call.now)
    if name is None:
        raise NotFound("You let no such program in: list_grants names those there are", grant_id=str(wanted.grant_id))
    call.about(name, wanted.grant_id)
    call.afterwards(lambda: access.forget(actor.organisation_id, actor.id))
    return Done()
