"""The sign-in of MCP clients: what is read, asked, answered and refused, and what a token opens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import itertools
import re
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from mcp.shared.auth import OAuthClientInformationFull, OAuthMetadata, ProtectedResourceMetadata

from crewhall.accounts import GRANTABLE
from crewhall.accounts.grants import rules
from crewhall.accounts.jobs import forget_grants
from crewhall.faces.http import SESSION_COOKIE
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotAllowed, NotSignedIn
from crewhall.kit.work import Work
from tests.harness.hall import Hall, Person, text_of

CALLBACK = "http://127.0.0.1:41231/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MCP = "http://localhost/mcp"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_tasks", "arguments": {}}}
_machines = itertools.count(1)
CALLS = {"accept": "application/json, text/event-stream", "content-type": "application/json", "mcp-protocol-version": "2025-11-25"}


def elsewhere(hall: Hall) -> httpx2.AsyncClient:
    """A client on a machine of its own, so that no test is another one's flood."""
    place = (f"10.{next(_machines) // 250}.{next(_machines) % 250}.9", 41231)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(hall.app, client=place), base_url="http://localhost")


@dataclass
class Program:
    """An MCP client by hand, so that it can do what no good one does."""

    hall: Hall
    http: httpx2.AsyncClient
    client_id: str = ""
    callback: str = CALLBACK
    asked: dict[str, str] = field(default_factory=dict)

    async def register(self, **metadata: Any) -> httpx2.Response:
        given = {"redirect_uris": [self.callback], "client_name": "Claude Code", **metadata}
        reply = await self.http.post("/oauth/register", json=given)
        if reply.status_code == 201:
            self.client_id = reply.json()["client_id"]
        return reply

    def question(self, **changes: str | None) -> dict[str, str]:
        usual: dict[str, str | None] = {
            "client_id": self.client_id, "redirect_uri": self.callback, "response_type": "code", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", "state": "the state", "resource": MCP,
        }  # fmt: skip
        return {name: value for name, value in (usual | changes).items() if value is not None}

    async def exchange(self, code: str, /, **changes: str | None) -> httpx2.Response:
        usual = {"grant_type": "authorization_code", "code": code, "client_id": self.client_id, "redirect_uri": self.callback}
        return await self.post("token", usual | {"code_verifier": VERIFIER, "resource": MCP} | changes)

    async def refresh(self, token: str, /, **changes: str | None) -> httpx2.Response:
        return await self.post("token", {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id} | changes)

    async def post(self, endpoint: str, form: Any) -> httpx2.Response:
        return await self.http.post(f"/oauth/{endpoint}", data={name: value for name, value in form.items() if value is not None})

    async def call(self, token: str, path: str = "/mcp") -> httpx2.Response:
        return await self.http.post(path, json=LIST, headers=CALLS | {"authorization": f"Bearer {token}"})


class Reader:
    """A person's browser: it sends the cookie, and says where a form came from."""

    def __init__(self, hall: Hall, person: Person | None) -> None:
        self.http = hall.rest_as(None)
        self.headers = {"cookie": f"{SESSION_COOKIE}={person.token}"} if person else {}

    async def see(self, question: dict[str, str], **headers: str) -> httpx2.Response:
        return await self.http.get("/oauth/authorize", params=question, headers=self.headers | headers)

    async def say(self, question: dict[str, str], page: httpx2.Response, **changes: str | None) -> httpx2.Response:
        form: dict[str, str | None] = dict.fromkeys(_ticked(page), "on")
        form |= {"ticket": _ticket(page), "decision": "allow"} | changes
        return await self.post(question, {name: value for name, value in form.items() if value is not None})

    async def post(self, question: dict[str, str], form: dict[str, str], **headers: str) -> httpx2.Response:
        usual = {"origin": "http://localhost"}
        return await self.http.post("/oauth/authorize", params=question, data=form, headers=self.headers | usual | headers)


def _ticket(page: httpx2.Response) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    return found[1] if found else ""


def _ticked(page: httpx2.Response) -> list[str]:
    return re.findall(r'name="(scope:[^"]+)" checked', page.text)


def answered(page: httpx2.Response) -> tuple[str, dict[str, str]]:
    """Where a page leads back to, and what it says there."""
    found = re.search(r'<a class="btn[^"]*" href="([^"]+)"', page.text)
    assert found, page.text
    address = urlsplit(html.unescape(found[1]))
    return f"{address.scheme}://{address.netloc}{address.path}", dict(parse_qsl(address.query))


@pytest.fixture
async def program(hall: Hall) -> Program:
    made = Program(hall, elsewhere(hall))
    await made.register()
    return made


async def let_in(program: Program, person: Person, *, only: tuple[str, ...] | None = None, **changes: str | None) -> str:
    """A code for the program."""
    reader, question = Reader(program.hall, person), program.question(**changes)
    page = await reader.see(question)
    assert 200 == page.status_code, page.text
    said: dict[str, str | None] = {}
    if only is not None:
        said = dict.fromkeys(_ticked(page), None) | {f"scope:{name}": "on" for name in only}
    return answered(await reader.say(question, page, **said))[1]["code"]


async def signed_in(program: Program, person: Person, **wanted: Any) -> dict[str, Any]:
    """Tokens for the program."""
    code = await let_in(program, person, **wanted)
    reply = await program.exchange(code, resource=wanted.get("resource", MCP))
    assert 200 == reply.status_code, reply.text
    tokens: dict[str, Any] = reply.json()
    return tokens


async def actor_at_mcp(hall: Hall, token: str) -> Actor:
    return await hall.world.access.actor_of(token, MCP)


# Where the way in is said -------------------------------------------------------------------------------------------


async def test_mcp_without_a_credential_says_where_the_way_in_is(hall: Hall) -> None:
    stranger = hall.rest_as(None)
    refused = await stranger.post("/mcp", json=LIST)
    challenge = refused.headers["www-authenticate"]
    named = re.search(r'resource_metadata="http://localhost([^"]+)"', challenge)

    assert (401, "not_signed_in") == (refused.status_code, refused.json()["error"]["code"])
    assert named is not None
    resource = ProtectedResourceMetadata.model_validate((await stranger.get(named[1])).json())
    assert (MCP, ["http://localhost"]) == (str(resource.resource), [str(one) for one in resource.authorization_servers])
    server = OAuthMetadata.model_validate((await stranger.get("/.well-known/oauth-authorization-server")).json())
    assert ("http://localhost", ["S256"], ["none"]) == (
        str(server.issuer), server.code_challenge_methods_supported, server.token_endpoint_auth_methods_supported,
    )  # fmt: skip
    assert server.authorization_response_iss_parameter_supported


async def test_a_program_is_let_in_and_acts_as_the_person(hall: Hall, program: Program) -> None:
    person = await hall.person(name="Ines Duarte")

    tokens = await signed_in(program, person)

    assert {"tasks:read", "tasks:write", "members:read", "notifications:write"} == set(tokens["scope"].split())
    assert 200 == (await program.call(tokens["access_token"])).status_code
    actor = await actor_at_mcp(hall, tokens["access_token"])
    assert (person.actor.id, "Claude Code", frozenset(tokens["scope"].split())) == (actor.id, actor.through, actor.scopes)


async def test_a_resource_below_mcp_is_one_of_its_own(hall: Hall, program: Program) -> None:
    said = (await program.http.get("/.well-known/oauth-protected-resource/mcp/readonly")).json()
    tokens = await signed_in(program, await hall.person(), resource=f"{MCP}/readonly")

    assert f"{MCP}/readonly" == said["resource"]
    assert 404 == (await program.http.get("/.well-known/oauth-protected-resource/api/tasks")).status_code
    assert 401 == (await program.call(tokens["access_token"])).status_code
    assert 0 < len((await hall.world.access.actor_of(tokens["access_token"], f"{MCP}/readonly")).scopes)


# What a token opens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/tasks", "/api/v1/users/me", "/api/tasks/stream", "/api/v1/audit/export"])
async def test_a_token_opens_nothing_but_mcp(hall: Hall, program: Program, path: str) -> None:
    token = (await signed_in(program, await hall.owner()))["access_token"]

    for headers in ({"authorization": f"Bearer {token}"}, {"x-api-key": token}, {"cookie": f"{SESSION_COOKIE}={token}"}):
        assert 401 == (await program.http.get(path, headers=headers)).status_code


async def test_a_token_opens_no_page(hall: Hall, program: Program) -> None:
    token = (await signed_in(program, await hall.owner()))["access_token"]

    page = await program.http.get("/board", headers={"cookie": f"{SESSION_COOKIE}={token}"})

    assert (303, "/login") == (page.status_code, page.headers["location"])


async def test_a_token_for_another_name_of_the_hall_is_refused(hall: Hall, program: Program) -> None:
    token = (await signed_in(program, await hall.person()))["access_token"]

    refused = await program.http.post("http://127.0.0.1/mcp", json=LIST, headers=CALLS | {"authorization": f"Bearer {token}"})

    assert 401 == refused.status_code
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["refresh", "code"])
async def test_only_an_access_token_opens_mcp(hall: Hall, program: Program, kind: str) -> None:
    person = await hall.person()
    word = (await signed_in(program, person))["refresh_token"] if kind == "refresh" else await let_in(program, person)

    assert 401 == (await program.call(word)).status_code


async def test_a_program_never_holds_what_is_peoples(hall: Hall, program: Program) -> None:
    everything = " ".join(sorted((await hall.owner()).actor.scopes))

    tokens = await signed_in(program, await hall.owner(), scope=everything, only=tuple(GRANTABLE))

    integrations = {f"integrations:{what}" for what in ("read", "use", "send", "manage")}
    rest = {"tasks:read", "tasks:write", "members:read", "notifications:write", "audit:read", "jobs:manage", "webhooks:manage"}
    assert rest | integrations == set(tokens["scope"].split())


async def test_what_goes_further_is_not_ticked_for_the_person(hall: Hall, program: Program) -> None:
    page = await Reader(hall, await hall.owner()).see(program.question(scope="tasks:read audit:read"))

    assert ["scope:tasks:read"] == _ticked(page)
    assert 'name="scope:audit:read"' in page.text


async def test_a_viewer_lets_nobody_write(hall: Hall, program: Program) -> None:
    tokens = await signed_in(program, await hall.person("viewer"), scope="tasks:read tasks:write audit:read offline_access")

    assert "tasks:read" == tokens["scope"]


async def test_a_program_does_what_was_ticked_and_no_more(hall: Hall, program: Program) -> None:
    tokens = await signed_in(program, await hall.person(), only=("tasks:read",))
    create = LIST | {"params": {"name": "create_task", "arguments": {"title": "T"}}}

    reply = await program.http.post("/mcp", json=create, headers=CALLS | {"authorization": f"Bearer {tokens['access_token']}"})

    assert "tasks:read" == tokens["scope"]
    assert "tasks:write" in reply.json()["result"]["content"][0]["text"]


async def test_what_was_not_asked_for_cannot_be_ticked(hall: Hall, program: Program) -> None:
    owner = await hall.owner()
    reader, question = Reader(hall, owner), program.question(scope="tasks:read")
    page = await reader.see(question)

    code = answered(await reader.say(question, page, **{"scope:audit:read": "on"}))[1]["code"]

    assert "tasks:read" == (await program.exchange(code)).json()["scope"]


async def test_a_role_that_is_lowered_lowers_the_token(hall: Hall, program: Program) -> None:
    person, owner = await hall.person(), await hall.owner()
    token = (await signed_in(program, person))["access_token"]
    await actor_at_mcp(hall, token)

    await owner.rest.patch(f"/api/v1/members/{person.actor.id}", json={"role": "viewer"})

    assert "tasks:write" not in (await actor_at_mcp(hall, token)).scopes


async def test_the_audit_trail_names_the_program(hall: Hall, program: Program) -> None:
    person, owner = await hall.person(name="Ines Duarte"), await hall.owner()
    token = (await signed_in(program, person))["access_token"]
    create = LIST | {"params": {"name": "create_task", "arguments": {"title": "T"}}}
    await program.http.post("/mcp", json=create, headers=CALLS | {"authorization": f"Bearer {token}"})

    lines = (await owner.rest.get("/api/v1/audit", params={"actor": str(person.actor.id)})).json()["lines"]

    assert [("mcp: Claude Code", "create_task"), ("oauth: Claude Code", "exchange_code"), ("web", "let_program_in")] == [
        (line["client"], line["capability"]) for line in lines[:3]
    ]


# What ends a token --------------------------------------------------------------------------------------------------


async def test_a_token_is_over_after_an_hour(hall: Hall, program: Program) -> None:
    token = (await signed_in(program, await hall.person()))["access_token"]
    async with hall.world.database.connection() as db:
        await db.execute("update grant_secrets set expires_at = now() where hash = $1", hall.world.access.hash_of(token))

    assert 401 == (await program.call(token)).status_code


async def test_a_deactivated_members_programs_are_out_and_stay_out(hall: Hall, program: Program) -> None:
    person, owner = await hall.person(), await hall.owner()
    tokens = await signed_in(program, person)
    assert 200 == (await program.call(tokens["access_token"])).status_code

    await owner.rest.post(f"/api/v1/members/{person.actor.id}/deactivate", json={})
    ended = await program.call(tokens["access_token"]), await program.refresh(tokens["refresh_token"])
    await owner.rest.post(f"/api/v1/members/{person.actor.id}/reactivate", json={})
    back = await program.call(tokens["access_token"]), await program.refresh(tokens["refresh_token"])

    assert [401, 400, 401, 400] == [reply.status_code for reply in (*ended, *back)]


async def test_a_person_sees_and_ends_what_was_let_in(hall: Hall, program: Program) -> None:
    person = await hall.person()
    tokens = await signed_in(program, person)
    await let_in(program, person)  # a code that nobody fetches is no way in
    listed = (await person.rest.get("/api/v1/grants")).json()["grants"]
    await program.call(tokens["access_token"])

    ended = await person.rest.delete(f"/api/v1/grants/{listed[0]['id']}")

    assert [("Claude Code", "this computer")] == [(one["client_name"], one["goes_to"]) for one in listed]
    assert 200 == ended.status_code
    assert [] == (await person.rest.get("/api/v1/grants")).json()["grants"]
    assert 401 == (await program.call(tokens["access_token"])).status_code
    assert "invalid_grant" == (await program.refresh(tokens["refresh_token"])).json()["error"]


async def test_nobody_else_sees_or_ends_it(hall: Hall, program: Program) -> None:
    person = await hall.person()
    tokens = await signed_in(program, person)
    grant = (await person.rest.get("/api/v1/grants")).json()["grants"][0]["id"]
    others = [await hall.owner(), await hall.person(), await (await Hall.open(hall.world, hall.app)).owner()]

    for other in others:
        assert [] == (await other.rest.get("/api/v1/grants")).json()["grants"]
        assert 404 == (await other.rest.delete(f"/api/v1/grants/{grant}")).status_code
    assert 200 == (await program.call(tokens["access_token"])).status_code


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_program_gives_its_token_back(hall: Hall, program: Program, which: str) -> None:
    tokens = await signed_in(program, await hall.person())
    stranger = Program(hall, program.http)
    await stranger.register()

    others = await program.post("revoke", {"token": tokens[which], "client_id": stranger.client_id})
    still = await program.call(tokens["access_token"])
    own = [await program.post("revoke", {"token": tokens[which], "client_id": program.client_id}) for _ in range(2)]

    assert [200, 200, 200, 200] == [reply.status_code for reply in (others, still, *own)]
    assert 401 == (await program.call(tokens["access_token"])).status_code
    assert "invalid_grant" == (await program.refresh(tokens["refresh_token"])).json()["error"]


# Codes --------------------------------------------------------------------------------------------------------------


async def test_a_code_that_comes_twice_ends_what_came_of_it(hall: Hall, program: Program) -> None:
    code = await let_in(program, await hall.person())
    tokens = (await program.exchange(code)).json()
    await program.call(tokens["access_token"])

    again = await program.exchange(code)

    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])
    assert 401 == (await program.call(tokens["access_token"])).status_code
    assert 400 == (await program.refresh(tokens["refresh_token"])).status_code


async def test_of_many_at_once_with_one_code_one_wins_and_then_nobody(hall: Hall, program: Program) -> None:
    code = await let_in(program, await hall.person())

    replies = await asyncio.gather(*(program.exchange(code) for _ in range(8)))

    won = [reply for reply in replies if reply.status_code == 200]
    assert 1 == len(won)
    assert 401 == (await program.call(won[0].json()["access_token"])).status_code


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64}, {"code_verifier": CHALLENGE}, {"code_verifier": "short"}, {"code_verifier": None},
        {"redirect_uri": "http://127.0.0.1:41231/other"}, {"redirect_uri": "http://127.0.0.1:5/callback"},
        {"resource": "https://elsewhere.test/mcp"}, {"resource": f"{MCP}/full"}, {"code": "crewac_guessed"}, {"client_id": "another"},
        {"grant_type": "password"}, {"grant_type": "client_credentials"}, {"code": "x\x00y"}, {"client_id": None},
    ],
)  # fmt: skip
async def test_a_code_with_anything_wrong_gives_nothing(hall: Hall, program: Program, wrong: dict[str, str | None]) -> None:
    reply = await program.exchange(await let_in(program, await hall.person()), **wrong)

    assert 400 == reply.status_code, reply.text
    assert {"error", "error_description"} == reply.json().keys()
    assert "no-store" == reply.headers["cache-control"]


async def test_a_wrong_verifier_spends_the_code(hall: Hall, program: Program) -> None:
    code = await let_in(program, await hall.person())

    await program.exchange(code, code_verifier="w" * 64)

    assert "invalid_grant" == (await program.exchange(code)).json()["error"]


async def test_another_program_can_do_nothing_with_a_code(hall: Hall, program: Program) -> None:
    """Neither use it nor spoil it for whom it is for."""
    code = await let_in(program, await hall.person())
    thief = Program(hall, program.http)
    await thief.register(client_name="Claude Code")

    stolen = await thief.exchange(code)

    assert "invalid_grant" == stolen.json()["error"]
    assert 200 == (await program.exchange(code)).status_code


async def test_a_code_is_over_after_two_minutes(hall: Hall, program: Program) -> None:
    code = await let_in(program, await hall.person())
    async with hall.world.database.connection() as db:
        await db.execute("update grant_secrets set expires_at = now() where hash = $1", hall.world.access.hash_of(code))

    assert "invalid_grant" == (await program.exchange(code)).json()["error"]


# Refresh tokens -----------------------------------------------------------------------------------------------------


async def test_a_refresh_token_is_changed_for_new_ones(hall: Hall, program: Program) -> None:
    first = await signed_in(program, await hall.person())

    second = (await program.refresh(first["refresh_token"])).json()
    third = (await program.refresh(second["refresh_token"], resource=MCP)).json()

    assert 3 == len({one["refresh_token"] for one in (first, second, third)})
    assert 200 == (await program.call(third["access_token"])).status_code


async def test_a_refresh_token_that_comes_twice_ends_its_family(hall: Hall, program: Program) -> None:
    person = await hall.person()
    first = await signed_in(program, person)
    second = (await program.refresh(first["refresh_token"])).json()
    await program.call(second["access_token"])

    stolen = await program.refresh(first["refresh_token"])

    assert "invalid_grant" == stolen.json()["error"]
    assert 401 == (await program.call(second["access_token"])).status_code
    assert "invalid_grant" == (await program.refresh(second["refresh_token"])).json()["error"]
    trail = (await (await hall.owner()).rest.get("/api/v1/audit", params={"capability": "refresh_grant"})).json()["lines"]
    assert "Claude Code: its refresh was used twice" == trail[0]["subject"]


async def test_of_many_refreshes_at_once_none_leaves_two_families(hall: Hall, program: Program) -> None:
    first = await signed_in(program, await hall.person())

    replies = await asyncio.gather(*(program.refresh(first["refresh_token"]) for _ in range(6)))

    won = [reply.json() for reply in replies if reply.status_code == 200]
    assert 1 == len(won)
    assert "invalid_grant" == (await program.refresh(won[0]["refresh_token"])).json()["error"]


async def test_a_refresh_gets_less_when_less_is_asked_for_and_never_more(hall: Hall, program: Program) -> None:
    first = await signed_in(program, await hall.owner(), only=("tasks:read", "tasks:write"))

    more = await program.refresh(first["refresh_token"], scope="tasks:read audit:read")
    less = await program.refresh(first["refresh_token"], scope="tasks:read")

    assert "invalid_scope" == more.json()["error"]
    assert "tasks:read" == less.json()["scope"]
    assert {"tasks:read"} == (await actor_at_mcp(hall, less.json()["access_token"])).scopes


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"resource": "https://elsewhere.test/mcp"}, {"refresh_token": "crewrt_x"}])
async def test_a_refresh_with_anything_wrong_gives_nothing(hall: Hall, program: Program, wrong: dict[str, str]) -> None:
    first = await signed_in(program, await hall.person())

    refused = await program.refresh(first["refresh_token"], **wrong)

    assert 400 == refused.status_code
    assert 200 == (await program.refresh(first["refresh_token"])).status_code


# The question -------------------------------------------------------------------------------------------------------


async def test_the_page_says_who_asks_for_what_and_where_the_answer_goes(hall: Hall, program: Program) -> None:
    person = await hall.person(name="Ines Duarte")

    page = await Reader(hall, person).see(program.question())

    for words in ("Claude Code", "Ines Duarte", person.actor.organisation, "Create and change tasks", "this computer"):
        assert words in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "no-store" == page.headers["cache-control"]


async def test_no_is_told_to_the_program(hall: Hall, program: Program) -> None:
    reader, question = Reader(hall, await hall.person()), program.question()

    place, said = answered(await reader.say(question, await reader.see(question), decision="deny"))

    assert CALLBACK == place
    assert {"error": "access_denied", "state": "the state", "iss": "http://localhost"}.items() <= said.items()
    assert "code" not in said


async def test_the_answer_names_its_issuer_and_keeps_the_state_and_the_query(hall: Hall) -> None:
    program = Program(hall, elsewhere(hall), callback="https://agent.test/back?tenant=7&x=a%20b")
    await program.register()
    reader, question = Reader(hall, await hall.person()), program.question(state='"><script>&')

    place, said = answered(await reader.say(question, await reader.see(question)))

    assert "https://agent.test/back" == place
    assert ("7", "a b", '"><script>&', "http://localhost") == (said["tenant"], said["x"], said["state"], said["iss"])


async def test_who_ticks_nothing_is_asked_again(hall: Hall, program: Program) -> None:
    reader, question = Reader(hall, await hall.person()), program.question(scope="tasks:read")

    page = await reader.say(question, await reader.see(question), **{"scope:tasks:read": None})

    assert 422 == page.status_code
    assert "Tick at least one" in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "v" * 64}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"), ({"resource": "https://elsewhere.test/mcp"}, "invalid_target"),
        ({"resource": "http://localhost/mcp.evil.test"}, "invalid_target"), ({"resource": "http://localhost/mcp/../api"}, "invalid_target"),
        ({"resource": "http://localhost/api"}, "invalid_target"), ({"scope": "keys:write members:write"}, "invalid_scope"),
    ],
)  # fmt: skip
async def test_a_wrong_question_is_told_to_the_program_once_the_reader_says_so(
    hall: Hall, program: Program, changes: dict[str, str | None], error: str
) -> None:
    page = await Reader(hall, await hall.person()).see(program.question(**changes))

    place, said = answered(page)
    assert (200, CALLBACK, error, "the state") == (page.status_code, place, said["error"], said["state"])
    assert "http-equiv" not in page.text  # an address that sends readers on by itself would be lent to strangers
    assert "code" not in said


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:41231/callback/", "http://127.0.0.1:41231/callback?x=1", "http://localhost:41231/callback",
        "https://127.0.0.1:41231/callback", "http://127.0.0.1.evil.test:41231/callback", "http://127.0.0.1:41231@evil.test/callback",
        "https://evil.test/callback", "javascript:alert(1)", "//evil.test", "/board", "http://127.0.0.1:99999/callback",
    ],
)  # fmt: skip
async def test_an_address_that_was_not_registered_is_never_led_to(hall: Hall, program: Program, uri: str) -> None:
    page = await Reader(hall, await hall.person()).see(program.question(redirect_uri=uri))

    assert 400 == page.status_code
    assert "evil" not in page.text
    assert "location" not in page.headers
    assert "http-equiv" not in page.text


async def test_a_program_on_this_computer_may_come_back_with_another_port(hall: Hall, program: Program) -> None:
    tokens = await program.exchange(
        await let_in(program, await hall.person(), redirect_uri="http://127.0.0.1:5555/callback"),
        redirect_uri="http://127.0.0.1:5555/callback",
    )

    assert 200 == tokens.status_code


async def test_an_unknown_program_is_told_to_register_anew(hall: Hall, program: Program) -> None:
    page = await Reader(hall, await hall.person()).see(program.question(client_id="nobody"))

    assert 400 == page.status_code  # clients of FastMCP then forget what they kept
    assert "registers anew" in page.text


@pytest.mark.parametrize("given", ["client_id=a&client_id=b", "client_id=%00", "client_id=%ff", "", "client_id=" + "x" * 5000])
async def test_what_cannot_be_read_is_refused(hall: Hall, given: str) -> None:
    page = await hall.rest_as(None).get(f"/oauth/authorize?{given}")

    assert 400 == page.status_code


# Who answers it -----------------------------------------------------------------------------------------------------


async def test_a_stranger_logs_in_first_and_comes_back(hall: Hall, program: Program) -> None:
    person, stranger = await hall.person(), Reader(hall, None)

    sent = await stranger.see(program.question())
    form = await stranger.http.get(sent.headers["location"])
    wanted = re.search(r'name="next" value="([^"]+)"', form.text)
    assert wanted is not None
    given = {"email": person.email, "password": person.password, "next": html.unescape(wanted[1])}
    back = await stranger.http.post("/login", data=given)

    assert (303, 303) == (sent.status_code, back.status_code)
    assert program.question().items() <= {k: v[0] for k, v in parse_qs(urlsplit(back.headers["location"]).query).items()}.items()


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.test", "//evil.test", "/\\evil.test", "/oauth/authorize", "/oauth/authorize?x\r\nset-cookie: a=b", "/keys", "é"],
)
async def test_a_log_in_leads_to_no_other_place(hall: Hall, wanted: str) -> None:
    person, stranger = await hall.person(), hall.rest_as(None)
    given = {"email": person.email, "password": person.password, "next": wanted}

    assert "/board" == (await stranger.post("/login", data=given)).headers["location"]
    logged_in = {"cookie": f"{SESSION_COOKIE}={person.token}"}
    assert "/board" == (await stranger.get("/login", params={"next": wanted}, headers=logged_in)).headers["location"]
    assert 'name="next"' not in (await stranger.get("/login", params={"next": wanted})).text


async def test_who_comes_from_another_site_asks_again_from_here(hall: Hall, program: Program) -> None:
    """The log-in's cookie is not sent along from there, so it would look as if nobody were logged in."""
    page = await Reader(hall, None).see(program.question(), **{"sec-fetch-site": "cross-site"})

    assert 200 == page.status_code
    assert 'http-equiv="refresh" content="0;url=/oauth/authorize?client_id=' in page.text


async def test_a_key_lets_no_program_in(hall: Hall, program: Program) -> None:
    person = await hall.person()
    keys = [hall.founded.api_key, (await person.rest.post("/api/v1/api-keys", json={"name": "mine"})).json()["key"]]

    for key in keys:
        reader = Reader(hall, None)
        reader.headers = {"cookie": f"{SESSION_COOKIE}={key}"}
        assert 403 == (await reader.see(program.question())).status_code


@pytest.mark.parametrize("ticket", ["", "x", "0.", "1.2", "9" * 30 + ".x", "٣.x"])
async def test_an_answer_to_a_question_that_was_not_asked_is_refused(hall: Hall, program: Program, ticket: str) -> None:
    reader, question = Reader(hall, await hall.person()), program.question()

    page = await reader.post(question, {"decision": "allow", "scope:tasks:read": "on", "ticket": ticket})

    assert 403 == page.status_code
    assert "crewac_" not in page.text


async def test_an_answer_counts_for_its_own_question_and_log_in_only(hall: Hall, program: Program) -> None:
    person, other = await hall.person(), await hall.person()
    reader, question = Reader(hall, person), program.question(scope="tasks:read")
    page = await reader.see(question)

    refused = [
        await reader.say(program.question(scope="tasks:read tasks:write"), page),
        await reader.say(program.question(scope="tasks:read", code_challenge="A" * 43), page),
        await Reader(hall, other).say(question, page),
    ]

    assert [403, 403, 403] == [reply.status_code for reply in refused]


async def test_an_old_question_is_asked_anew(hall: Hall, program: Program) -> None:
    reader, question = Reader(hall, await hall.person()), program.question()
    page = await reader.see(question)
    at, _, seal = _ticket(page).partition(".")

    assert 403 == (await reader.say(question, page, ticket=f"{int(at) - 700}.{seal}")).status_code


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:9999"])
async def test_no_other_site_answers_for_the_person(hall: Hall, program: Program, origin: str) -> None:
    reader, question = Reader(hall, await hall.person()), program.question()
    ticket = _ticket(await reader.see(question))

    page = await reader.post(
        question, {"decision": "allow", "scope:tasks:read": "on", "ticket": ticket}, origin=origin, host="localhost:80"
    )

    assert 403 == page.status_code


# Registering --------------------------------------------------------------------------------------------------------


async def test_every_program_is_a_public_one(hall: Hall) -> None:
    said = await Program(hall, elsewhere(hall)).register(token_endpoint_auth_method="client_secret_post", software_id="unknown to us")

    client = OAuthClientInformationFull.model_validate(said.json())
    assert (201, "none", None) == (said.status_code, client.token_endpoint_auth_method, client.client_secret)
    assert "no-store" == said.headers["cache-control"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://agent.test/back", "https://agent.test/back#part", "https://me@agent.test/", "javascript:alert(1)", "data:text/html,x",
        "file:///etc/passwd", "agent.test/back", "https://", "https:///back", "app:", "https://agent.test/" + "x" * 2100,
        "https://agent.test\\@evil.test/", "vbscript:x", "http://127.0.0.1.evil.test/", "blob:https://agent.test/x", "ws://agent.test/",
    ],
)  # fmt: skip
async def test_no_code_is_ever_sent_to_such_an_address(hall: Hall, uri: str) -> None:
    reply = await Program(hall, elsewhere(hall)).register(redirect_uris=["https://agent.test/back", uri])

    assert (400, "invalid_redirect_uri") == (reply.status_code, reply.json()["error"])


@pytest.mark.parametrize(
    "uri", ["https://agent.test/back", "http://[::1]:9/cb", "http://localhost/cb", "cursor://x/oauth", "com.agent:/cb"]
)
async def test_programs_of_all_kinds_register(hall: Hall, uri: str) -> None:
    assert 201 == (await Program(hall, elsewhere(hall)).register(redirect_uris=[uri])).status_code


@pytest.mark.parametrize(
    "metadata",
    [
        {"redirect_uris": []}, {"redirect_uris": None}, {"redirect_uris": "x"}, {"grant_types": ["implicit"]},
        {"response_types": ["token"]}, {"redirect_uris": ["https://agent.test/"] * 11}, {"client_name": 7},
    ],
)  # fmt: skip
async def test_what_is_no_registration_is_refused(hall: Hall, metadata: dict[str, Any]) -> None:
    reply = await Program(hall, elsewhere(hall)).register(**metadata)

    assert 400 == reply.status_code
    assert {"error", "error_description"} == reply.json().keys()


async def test_a_name_is_a_line_that_shows_what_it_is(hall: Hall) -> None:
    said = await Program(hall, elsewhere(hall)).register(client_name=" Claude\u202e \x00\n<b>Code</b>" + "x" * 500)

    assert said.json()["client_name"].startswith("Claude <b>Code</b>")
    assert 80 == len(said.json()["client_name"])


async def test_a_flood_of_registrations_ends(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_REGISTRATIONS_FROM_ONE", 4)
    flood = _from(hall, "203.0.113.9")

    replies = await asyncio.gather(*(Program(hall, flood).register() for _ in range(10)))

    assert 4 == [reply.status_code for reply in replies].count(201)
    refused = next(reply for reply in replies if reply.status_code == 429)
    assert "retry-after" in refused.headers
    assert 201 == (await Program(hall, elsewhere(hall)).register()).status_code


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"), ("::ffff:203.0.113.9", "203.0.113.9"), ("unknown", "unknown"), ("::1", "::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_a_network_of_one_owner_is_counted_as_one(address: str, counted: str) -> None:
    assert counted == rules.counted_as(address)


async def test_a_flood_from_many_addresses_of_one_network_ends_too(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_REGISTRATIONS_FROM_ONE", 4)

    replies = [await Program(hall, _from(hall, f"2001:db8:7:7::{number}")).register() for number in range(1, 8)]

    assert [201] * 4 + [429] * 3 == [reply.status_code for reply in replies]
    assert 201 == (await Program(hall, _from(hall, "2001:db8:7:8::1")).register()).status_code


def _from(hall: Hall, address: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(hall.app, client=(address, 1)), base_url="http://localhost")


# What stays people's ------------------------------------------------------------------------------------------------


async def test_what_is_peoples_is_refused_with_the_page_on_which_they_do_it(hall: Hall, program: Program) -> None:
    tokens = await signed_in(program, await hall.owner(), scope="tasks:read members:read members:write")
    through = await actor_at_mcp(hall, tokens["access_token"])

    with pytest.raises(NotAllowed) as refusal:
        await hall.call("add_team_member", through, email="kofi@example.test")
    with pytest.raises(NotAllowed) as other:
        await hall.call("create_task", through, title="Paint the gate")
    with pytest.raises(NotAllowed) as agents:
        await hall.call("add_team_member", email="kofi@example.test")

    cannot = "cannot hold: a person does it, on the page /people of the hall or with a key of their own"
    assert f"This needs the scope members:write, which Claude Code {cannot}" == refusal.value.message
    assert "which Olive Owner (owner) did not let Claude Code have: sign in anew and tick it, if it is offered" in other.value.message
    assert f"which robin {cannot}" in agents.value.message
    owns_key = (await (await hall.owner()).rest.post("/api/v1/api-keys", json={"name": "mine", "kind": "person"})).json()["key"]
    async with hall.mcp(key=owns_key) as client:
        invited = await client.call_tool("add_team_member", {"email": "kofi@example.test"})
    assert "/join/" in text_of(invited)


async def test_find_tools_says_the_same(hall: Hall) -> None:
    async with hall.mcp() as client:
        found = text_of(await client.call_tool("find_tools", {"query": "invite a colleague to the team"}))

    assert "add_team_member would do that, but it needs the scope members:write, which robin cannot hold: a person does it" in found


# What is kept -------------------------------------------------------------------------------------------------------


async def test_no_secret_is_kept(hall: Hall, program: Program) -> None:
    code = await let_in(program, await hall.person())
    tokens = (await program.exchange(code)).json()

    async with hall.world.database.connection() as db:
        kept = str([await db.fetch(f"select * from {table}") for table in ("grant_secrets", "grants", "audit", "oauth_clients")])

    assert not [word for word in (code, tokens["access_token"], tokens["refresh_token"], VERIFIER) if word in kept]


async def test_what_is_over_is_forgotten(hall: Hall, program: Program) -> None:
    person = await hall.person()
    tokens = await signed_in(program, person)
    stranger = Program(hall, program.http)
    await stranger.register()
    world = hall.world

    def later(days: int) -> Work:
        return cast(Work, SimpleNamespace(database=world.database, clock=lambda: world.clock() + timedelta(days=days)))

    await forget_grants(later(0))
    assert 200 == (await program.call(tokens["access_token"])).status_code
    await forget_grants(later(2))
    seen = [(await Reader(hall, person).see(one.question())).status_code for one in (program, stranger)]
    await forget_grants(later(200))
    gone = (await Reader(hall, person).see(program.question())).status_code

    assert [200, 400, 400] == [*seen, gone]
    with pytest.raises(NotSignedIn):
        await world.access._look_up(tokens["access_token"])
