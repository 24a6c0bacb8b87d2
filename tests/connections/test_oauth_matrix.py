"""OAuth at every platform that has it: there and back, new tokens, the end. A connector with an OAuth block is tried here by itself."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from crewhall.app import World
from crewhall.demo.twins import TWINS, Fault, Twin
from crewhall.demo.twins.consent import Consent
from crewhall.integrations import Connections
from crewhall.integrations.connections import service
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import OAuth
from crewhall.kit.db.pool import Database
from tests.connections.platforms import PLATFORMS
from tests.connections.test_oauth import age, result_of, status_of, told
from tests.connections.test_secrets import dump, forms
from tests.harness.hall import Hall
from tests.harness.twins import Twins, go_there, run, sign_in

WITH_OAUTH = sorted(slug for slug, kind in connectors().items() if kind.manifest.oauth is not None)
CONSENTS = {twin.slug: twin.consent for twin in (kind() for kind in TWINS)}
RENEWABLE = [slug for slug in WITH_OAUTH if CONSENTS[PLATFORMS[slug].twin].life is not None]
"""Where tokens end; at Notion they do not, and can be renewed all the same."""
WITH_REFRESH = [slug for slug in WITH_OAUTH if CONSENTS[PLATFORMS[slug].twin].gives_refresh_tokens]

every_platform = pytest.mark.parametrize("platform", WITH_OAUTH)
every_renewable = pytest.mark.parametrize("platform", RENEWABLE)


@dataclass(frozen=True)
class Place:
    """A hall that reaches a platform's twin."""

    hall: Hall
    platform: str
    twin: Twin

    @property
    def oauth(self) -> OAuth:
        found = connectors()[self.platform].manifest.oauth
        assert found is not None
        return found

    @property
    def consent(self) -> Consent:
        return self.twin.consent

    async def read(self) -> httpx2.Response:
        """An operation that asks the platform something."""
        tried = PLATFORMS[self.platform]
        return await run(self.hall, f"{self.platform}_{tried.read}", **tried.read_with)

    async def count(self) -> int:
        return int((await (await self.hall.owner()).rest.get("/api/v1/integrations")).json()["total_integrations"])

    async def pause_is_over(self, made: dict[str, Any]) -> None:
        async with self.hall.world.database.connection() as db:
            await db.execute("update integrations set renewing_until = null where id = $1", made["id"])
            await db.execute("delete from integration_budgets where integration_id = $1", made["id"])


@pytest.fixture
def place(outer_hall: Hall, twins: Twins, platform: str) -> Place:
    return Place(outer_hall, platform, twins[PLATFORMS[platform].twin])


def code_of(reply: httpx2.Response) -> str:
    return str(reply.json().get("error", {}).get("code", "ok"))


# There and back --------------------------------------------------------------------------------------------------------------


@every_platform
async def test_who_says_yes_is_connected(place: Place) -> None:
    made = await sign_in(await place.hall.owner(), place.platform)

    assert ("connected", "oauth", True) == (made["status"], made["connection_type"], made["is_healthy"])
    assert [] == made["missing_scopes"]
    assert "ok" == code_of(reply := await place.read()), reply.text
    assert made["renews_itself"] is bool(place.consent.refreshable)


@every_platform
async def test_the_consent_page_is_asked_for_what_the_manifest_says_and_told_no_secret(place: Place) -> None:
    begun = (await (await place.hall.owner()).rest.post(f"/api/v1/oauth/{place.platform}/authorize")).json()

    url = httpx2.URL(begun["authorization_url"])
    asked = {name: values[0] for name, values in parse_qs(url.query.decode()).items()}
    client, secret = next(iter(place.consent.clients.items()))
    assert {"authorization_url", "state", "platform"} == set(begun)
    assert (client, begun["state"], "code") == (asked["client_id"], asked["state"], asked["response_type"])
    assert f"http://localhost/api/v1/oauth/{place.platform}/callback" == asked["redirect_uri"]
    assert place.oauth.pkce == ("code_challenge" in asked)
    assert (asked.get("scope") is not None) == bool(place.oauth.asks_scopes and place.oauth.scopes)
    assert secret not in begun["authorization_url"]
    assert place.twin.address == f"{url.scheme}://{url.host}:{url.port}"
    assert "{" not in url.path


@every_platform
async def test_who_says_no_connects_nothing(place: Place) -> None:
    owner = await place.hall.owner()

    came = await owner.rest.get(str(await go_there(owner, place.platform, "deny")))

    assert (303, "access_denied", 0) == (came.status_code, result_of(came), await place.count())
    assert f"#{place.platform}" in came.headers["location"]


CHANGES: dict[str, tuple[dict[str, str], set[str]]] = {
    "no code": ({"code": ""}, {"refused", "invalid_input"}),
    "another code": ({"code": "made-up"}, {"refused", "platform_refused"}),
    "no state": ({"state": ""}, {"not_allowed"}),
    "another state": ({"state": "made-up"}, {"not_allowed"}),
    "an error": ({"error": "server_error"}, {"refused", "platform_refused"}),
    "hostile": ({"code": "\x00' or 1=1 --" * 300, "state": "\x00"}, {"not_allowed", "refused", "invalid_input"}),
}


@every_platform
@pytest.mark.parametrize("change", CHANGES)
async def test_an_answer_that_does_not_fit_connects_nothing(place: Place, change: str) -> None:
    owner, (changed, results) = await place.hall.owner(), CHANGES[change]
    address = await go_there(owner, place.platform)
    query = {name: values[0] for name, values in parse_qs(address.query.decode()).items()} | changed

    came = await owner.rest.get(address.path, params={name: value for name, value in query.items() if value})

    assert (303, 0) == (came.status_code, await place.count())
    assert result_of(came) in results


@every_platform
async def test_an_answer_is_good_once_for_who_asked_in_that_log_in(place: Place) -> None:
    owner, admin = await place.hall.owner(), await place.hall.person("admin")
    stranger = await (await Hall.open(place.hall.world, place.hall.app)).owner()
    elsewhere = await place.hall.log_in(owner.email, owner.password)
    address = str(await go_there(owner, place.platform))

    results = [result_of(await one.rest.get(address)) for one in (admin, stranger, elsewhere, owner, owner)]

    assert [*["not_allowed"] * 3, "connected", "not_allowed"] == results


@every_platform
async def test_an_answer_that_comes_late_connects_nothing(place: Place) -> None:
    owner = await place.hall.owner()
    address = str(await go_there(owner, place.platform))
    async with place.hall.world.database.connection() as db:
        await db.execute("update oauth_states set expires_at = now() - interval '1 s' where user_id = $1", owner.actor.id)

    assert ("not_allowed", 0) == (result_of(await owner.rest.get(address)), await place.count())


@every_platform
async def test_an_answer_of_another_platform_connects_nothing(place: Place) -> None:
    owner, other = await place.hall.owner(), next(one for one in WITH_OAUTH if one != place.platform)
    address = await go_there(owner, place.platform)

    came = await owner.rest.get(f"/api/v1/oauth/{other}/callback?{address.query.decode()}")

    assert ("not_allowed", 0) == (result_of(came), await place.count())


@every_platform
@pytest.mark.parametrize("trouble", [500, 429, "temporarily_unavailable"], ids=str)
async def test_a_platform_that_gives_no_token_connects_nothing_and_later_it_does(place: Place, trouble: int | str) -> None:
    owner = await place.hall.owner()
    place.consent.trouble.append(trouble)

    failed = result_of(await owner.rest.get(str(await go_there(owner, place.platform))))

    assert ("platform_away", 0) == (failed, await place.count())
    assert "connected" == (await sign_in(owner, place.platform))["status"]


# New tokens ------------------------------------------------------------------------------------------------------------------


async def renewable(place: Place) -> dict[str, Any]:
    """A connection whose token is over."""
    made = await sign_in(await place.hall.owner(), place.platform)
    assert made["renews_itself"]
    await age(place.hall.world, made["id"], hours=24 * 30)
    return made


@every_renewable
async def test_a_token_that_is_over_is_renewed_again_and_again(place: Place) -> None:
    made = await renewable(place)

    for round_ in range(1, 4):
        assert "ok" == code_of(reply := await place.read()), reply.text
        assert round_ <= place.consent.refreshed
        await age(place.hall.world, made["id"], hours=24 * 30)

    assert 0 == place.consent.refused


@every_renewable
@pytest.mark.parametrize("trouble", [500, 503, 429, "temporarily_unavailable", "invalid_client", "time-out"], ids=str)
async def test_no_trouble_that_passes_ends_a_connection(place: Place, monkeypatch: pytest.MonkeyPatch, trouble: int | str) -> None:
    made = await renewable(place)
    if trouble == "time-out":
        monkeypatch.setattr(service, "RENEWAL_SECONDS", 0.1)
        place.consent.wait = 0.4
    else:
        place.consent.trouble.append(trouble)

    failed = code_of(await place.read())
    now = await status_of(place.hall, made)
    place.consent.wait = 0.0
    monkeypatch.undo()
    await place.pause_is_over(made)

    assert ("platform_away", False) == (failed, now["needs_reconnect"])
    if trouble == "time-out" and place.consent.rotates and not place.consent.old_stays:
        return  # the platform did answer, only nobody heard it: what it gave up with that is gone
    assert "ok" == code_of(reply := await place.read()), reply.text


@every_platform
async def test_a_grant_that_is_over_needs_a_person_and_who_connects_again_ends_that(place: Place) -> None:
    owner = await place.hall.owner()
    made = await sign_in(owner, place.platform)
    await age(place.hall.world, made["id"], hours=24 * 30)
    place.consent.end_all()

    codes = [code_of(await place.read()) for _ in range(2)]
    over = await status_of(place.hall, made)
    news = await told(place.hall, made)
    back = await sign_in(owner, place.platform)

    assert (["needs_reconnect"] * 2, "error", True, ["over"]) == (codes, over["status"], over["needs_reconnect"], news)
    assert "connect it again" in over["error_message"]
    assert (made["id"], "connected", False) == (back["id"], back["status"], back["needs_reconnect"])
    assert ["over", "recovered"] == await told(place.hall, made)
    assert "ok" == code_of(await place.read())


@every_platform
async def test_tokens_are_renewed_on_demand_where_that_can_be(place: Place) -> None:
    owner = await place.hall.owner()
    made = await sign_in(owner, place.platform)

    reply = await owner.rest.post(f"/api/v1/oauth/{place.platform}/refresh?integration_id={made['id']}")

    if made["renews_itself"]:
        assert (200, True) == (reply.status_code, place.consent.refreshed > 0), reply.text
    else:
        assert (409, True) == (reply.status_code, "until the platform says otherwise" in reply.text)
    assert "ok" == code_of(await place.read())


@pytest.mark.parametrize("platform", WITH_REFRESH)
async def test_a_token_that_the_platform_does_not_take_any_more_is_renewed_and_the_call_made_again(place: Place) -> None:
    await sign_in(await place.hall.owner(), place.platform)
    for token in place.consent.tokens.values():
        if token.grant:
            token.code = "token_expired"

    assert "ok" == code_of(reply := await place.read()), reply.text
    assert place.consent.refreshed > 0
    assert 0 == place.consent.refused


@every_renewable
async def test_eight_workers_that_need_a_new_token_at_once_ask_for_one(place: Place) -> None:
    made = await renewable(place)
    place.consent.wait = 0.2
    world, tried = place.hall.world, PLATFORMS[place.platform]
    databases = [await Database.open(world.direct, size=2) for _ in range(8)]
    workers = [Connections(database, world.cipher, world.settings, world.clock) for database in databases]

    async def work(worker: Connections) -> str:
        connector = worker.open(await worker.read(made["id"]))
        return str((await getattr(connector, tried.read)(**tried.read_with)).status)

    done = await asyncio.gather(*(work(worker) for worker in workers), return_exceptions=True)

    of_one = 2 if place.oauth.second else 1
    assert (["success"] * 8, of_one, 0) == (done, place.consent.refreshed, place.consent.refused)
    for worker, database in zip(workers, databases, strict=True):
        await worker.close()
        await database.close()


@every_renewable
async def test_a_worker_that_dies_before_it_kept_a_new_token_leaves_no_green_and_dead_connection(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await renewable(place)
    worker = Connections(place.hall.world.database, place.hall.world.cipher, place.hall.world.settings, place.hall.world.clock)

    async def die(*_given: Any, **_more: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(worker, "_save", die)
    with pytest.raises(asyncio.CancelledError):
        await worker.renewed(await worker.read(made["id"]), connectors()[place.platform].manifest)
    await worker.close()
    await place.pause_is_over(made)

    code, now = code_of(await place.read()), await status_of(place.hall, made)

    lost = place.consent.rotates and not place.consent.old_stays
    assert ("needs_reconnect" if lost else "ok") == code
    assert (lost, not lost) == (now["needs_reconnect"], now["is_healthy"])


# The end ---------------------------------------------------------------------------------------------------------------------


@every_platform
@pytest.mark.parametrize("aged", [False, True], ids=["fresh", "its token over"])
async def test_what_is_taken_back_opens_nothing_any_more(place: Place, aged: bool) -> None:
    owner = await place.hall.owner()
    made = await sign_in(owner, place.platform)
    if aged:
        await age(place.hall.world, made["id"], hours=24 * 30)
        let_end(place.consent)

    gone = await owner.rest.request("DELETE", f"/api/v1/oauth/{place.platform}/revoke", json={"integration_id": made["id"]})

    assert (204, b"") == (gone.status_code, gone.content), gone.text
    assert "revoked" == (await status_of(place.hall, made))["status"]
    assert "not_connected" == code_of(await place.read())
    of_people = [name for name, token in place.consent.tokens.items() if token.grant]
    assert of_people
    if place.oauth.revoke is not None:
        assert [] == [name for name in of_people if place.consent.trouble_with(name) is None]
        assert [] == list(place.consent.refreshable) or place.consent.ok_member


def let_end(consent: Consent) -> None:
    """The platform takes no token any more that it gave until now, but those without an end."""
    for token in consent.tokens.values():
        token.ends_at = token.ends_at and 1.0


@every_platform
async def test_a_platform_that_does_not_answer_keeps_nobody_from_leaving(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = await place.hall.owner()
    made = await sign_in(owner, place.platform)
    monkeypatch.setattr(service, "RENEWAL_SECONDS", 0.2)
    place.twin.faults.append(Fault("", times=9))

    async with asyncio.timeout(5):
        gone = await owner.rest.delete(f"/api/v1/oauth/{place.platform}/revoke?integration_id={made['id']}")

    assert (204, "revoked") == (gone.status_code, (await status_of(place.hall, made))["status"])


@every_platform
async def test_only_owners_and_admins_begin_renew_and_end(place: Place) -> None:
    made = await sign_in(await place.hall.owner(), place.platform)
    base = f"/api/v1/oauth/{place.platform}"
    asked = [("POST", f"{base}/authorize"), ("POST", f"{base}/refresh?integration_id={made['id']}")]
    asked.append(("DELETE", f"{base}/revoke?integration_id={made['id']}"))

    for role in ("member", "viewer"):
        person = await place.hall.person(role)
        assert {403} == {(await person.rest.request(method, path)).status_code for method, path in asked}

    stranger = await (await Hall.open(place.hall.world, place.hall.app)).owner()
    assert {404} == {(await stranger.rest.request(method, path)).status_code for method, path in asked[1:]}
    assert "connected" == (await status_of(place.hall, made))["status"]


# What is told ----------------------------------------------------------------------------------------------------------------


@every_platform
async def test_whoever_runs_a_hall_reads_what_each_platform_needs(place: Place) -> None:
    manifest = connectors()[place.platform].manifest
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "integrations.md").read_text("utf-8")
    found = (await place.hall.rest.get("/api/v1/integrations/platforms")).json()["platforms"]
    told = next(one for one in found if one["platform"] == place.platform)

    assert [True] * 2 == [f"`{manifest.variable(end)}`" in guide for end in ("CLIENT_ID", "CLIENT_SECRET")]
    assert f"`{place.platform}`" in guide
    assert (True, [], f"http://localhost/api/v1/oauth/{place.platform}/callback") == (
        told["oauth_ready"], told["oauth_missing"], told["redirect_uri"],
    )  # fmt: skip


@pytest.mark.timeout(120)
async def test_no_secret_of_any_platform_is_anywhere_but_in_the_vault(
    outer_hall: Hall, twins: Twins, outer_world: World, debug_log: Path
) -> None:
    owner, said = await outer_hall.owner(), []
    planted: set[str] = set()
    for platform in WITH_OAUTH:
        place = Place(outer_hall, platform, twins[PLATFORMS[platform].twin])
        address = await go_there(owner, platform)
        planted |= {value[0] for name, value in parse_qs(address.query.decode()).items() if name == "state"}
        came = await owner.rest.get(str(address))
        said += [came.headers["location"], came.text, (await place.read()).text]
        made = (await owner.rest.get("/api/v1/integrations", params={"platform": platform})).json()["integrations"][0]
        if made["renews_itself"]:
            await age(outer_world, made["id"], hours=24 * 30)
            place.consent.trouble.append("invalid_client")
            said += [(await place.read()).text, (await owner.rest.get(f"/api/v1/integrations/{made['id']}")).text]
            await place.pause_is_over(made)
        place.twin.faults.append(Fault(PLATFORMS[platform].path, "malformed", times=5))
        said.append((await place.read()).text)
        place.twin.faults.clear()
        said.append((await owner.rest.get(f"/api/v1/integrations/{made['id']}/health/history")).text)
        planted |= {*place.consent.tokens, *place.consent.refreshable, *place.consent.clients.values()}
        said.append((await owner.rest.delete(f"/api/v1/oauth/{platform}/revoke?integration_id={made['id']}")).text)
    said.append((await owner.rest.get("/api/v1/audit")).text)
    for handler in logging.getLogger().handlers:
        handler.flush()
    said += [debug_log.read_text("utf-8"), await dump(outer_world)]

    text = "\n".join(said)
    assert len(planted) > 3 * len(WITH_OAUTH)
    assert "oauth.revoked" in text  # the log was written
    assert [] == [secret for secret in planted for form in forms(secret) if form in text]
