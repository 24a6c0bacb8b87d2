"""What holds for every connector, whatever its platform: asked of each folder of connectors/ that there is.

A new folder is asked by itself, as soon as a module of tests/connections/platforms says how it is tried and a twin answers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from crewhall.demo.twins import Fault
from crewhall.integrations import ConnectorError, get_connector
from crewhall.integrations.connectors import connectors
from crewhall.integrations.kit import Budget, Connector, Held, Means, NeedsReconnect, PlatformBusy, PlatformUnreadable, Unsure, Wire
from crewhall.integrations.kit import wire as wire_module
from crewhall.kit.capability import Kind
from crewhall.kit.errors import CrewhallError
from tests.connections.platforms import PLATFORMS, Tried
from tests.connectors.mangling import CHANGES, Mangling
from tests.harness.twins import Twins

KINDS = [pytest.param(kind, id=slug) for slug, kind in connectors().items()]
OUTSIDE = [pytest.param(one, id=one.slug) for one in PLATFORMS.values() if one.twin]
every_connector = pytest.mark.parametrize("kind", KINDS)
every_platform = pytest.mark.parametrize("tried", OUTSIDE)


# What a folder says ---------------------------------------------------------------------------------------------------------


def test_every_folder_says_how_it_is_tried() -> None:
    assert set(connectors()) == set(PLATFORMS)


@every_connector
def test_a_manifest_is_whole(kind: type[Connector]) -> None:
    manifest = kind.manifest

    assert re.fullmatch(r"[a-z][a-z0-9_]{1,39}", manifest.slug)
    assert manifest.title
    assert re.fullmatch(r"\w{2}", manifest.mark)
    assert manifest.variables
    assert all(name == name.upper() for name in manifest.variables)
    assert manifest.api == "" or urlsplit(manifest.api).scheme == "https"
    assert set(manifest.errors.values()) <= set(Means)
    assert all(words.strip() for words in manifest.words.values())
    assert 0 < manifest.limit.usual_wait <= 3600


@every_connector
def test_a_person_is_told_where_a_key_is_found(kind: type[Connector]) -> None:
    names = [key.name for key in kind.manifest.keys]

    assert len(names) == len(set(names))
    assert all(key.title and len(key.where) > 10 for key in kind.manifest.keys)
    assert kind.manifest.oauth is None or kind.manifest.setup


@every_connector
def test_oauth_is_asked_over_https_and_for_every_scope_that_an_operation_needs(kind: type[Connector]) -> None:
    oauth = kind.manifest.oauth
    if oauth is None:
        return
    addresses = [oauth.authorize, oauth.token, *([oauth.revoke] if oauth.revoke and "://" in oauth.revoke else [])]
    unasked = {one.name for one in kind.operations.values() if one.scopes and not set(one.scopes) & set(oauth.every_scope)}

    assert {"https"} == {urlsplit(address).scheme for address in addresses}
    assert set() == unasked


@every_connector
def test_an_operation_tells_what_it_is_good_for(kind: type[Connector]) -> None:
    assert kind.operations
    for name, one in kind.operations.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), name
        assert 20 <= len(one.summary) <= 200, name
        assert one.summary.endswith("."), name
        assert one.aliases, name
        assert len(set(one.questions)) >= 3, name
        assert isinstance(one.kind, Kind), name


@every_connector
def test_what_can_be_wanted_is_described(kind: type[Connector]) -> None:
    for name, one in kind.operations.items():
        for field, part in one.input.model_json_schema().get("properties", {}).items():
            assert field == "title" or "description" in part or "$ref" in str(part), f"{name}: {field}"


# What a platform answers -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(twins: Twins, tried: Tried, transport: httpx2.AsyncBaseTransport | None = None) -> AsyncIterator[Any]:
    """The connector on its twin, with credentials that are good for everything, after what is to be done first."""
    twin = twins[tried.twin]
    keys = twin.keys()
    api = f"{twin.address}{twin.prefix}"
    async with get_connector(tried.slug, keys, {"api": api}) as connector:
        for name, given in tried.first:
            await getattr(connector, name)(**given)
        if transport is None:
            yield connector
            return
        manifest = type(connector).manifest
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            budget = Budget(manifest.title, patience=0.5)
            wire = Wire(client, Held(keys, manifest.title), budget, manifest.limit, manifest.title)
            yield type(connector)(keys, {"api": api}, wire=wire, client=client, shelf=connector.shelf)


async def read(connector: Any, tried: Tried) -> Any:
    return (await getattr(connector, tried.read)(**tried.read_with)).data


@every_platform
async def test_the_health_call_works_and_asks_the_platform(twins: Twins, tried: Tried) -> None:
    async with opened(twins, tried) as connector:
        asked = len(twins[tried.twin].exchanges)
        who = await connector.test_connection()

    assert "success" == who.status
    assert who.data["id"]
    assert who.data["name"]
    assert len(twins[tried.twin].exchanges) > asked


LISTS = [pytest.param(one, name, given, id=f"{one.slug}_{name}") for one in PLATFORMS.values() if one.twin for name, given, _ in one.lists]


@pytest.mark.parametrize(("tried", "name", "given"), LISTS)
async def test_a_list_that_goes_round_is_noticed(twins: Twins, tried: Tried, name: str, given: Any) -> None:
    async with opened(twins, tried) as connector:
        page = (await getattr(connector, name)(**given)).data
        cursor = page["next_cursor"]
        assert cursor is not None, "the sample must page"
        operation = type(connector).operations[name]

        async def again(_self: Any, _wanted: Any) -> Any:
            return {**page, "next_cursor": cursor}

        round_and_round = dataclasses.replace(operation, method=again)
        looped = type("Looped", (type(connector),), {name: round_and_round})
        around = looped({}, {"api": "http://127.0.0.1:1"})
        with pytest.raises(PlatformUnreadable, match="again and again"):
            [row async for row in around.each(name, **given)]


@every_platform
async def test_a_wait_that_is_asked_for_is_kept_to(twins: Twins, tried: Tried) -> None:
    twin = twins[tried.twin]
    async with opened(twins, tried) as connector:
        twin.faults.append(Fault(tried.path, status=429, headers={"retry-after": "90"}, times=99))
        with pytest.raises(PlatformBusy) as busy:
            await read(connector, tried)
        asked = len(twin.exchanges)
        with pytest.raises(PlatformBusy) as still:
            await read(connector, tried)

    assert 90 == busy.value.retry_after_seconds
    assert 80 < (still.value.retry_after_seconds or 0) <= 90
    assert asked == len(twin.exchanges)


REFUSALS = [
    ("status", 401, "needs_reconnect"), ("status", 403, "missing_platform_scope"), ("status", 404, "platform_refused"),
    ("status", 400, "platform_refused"), ("status", 500, "platform_away"), ("status", 502, "platform_away"),
    ("status", 503, "platform_away"), ("cut", 0, "platform_away"), ("malformed", 0, "platform_unreadable"),
    ("silent", 0, "platform_away"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "status", "code"), REFUSALS, ids=[f"{fault} {status or ''}".strip() for fault, status, _ in REFUSALS])
@every_platform
async def test_what_goes_wrong_is_told_by_what_to_do_next(
    twins: Twins, tried: Tried, fault: str, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = twins[tried.twin]
    async with opened(twins, tried) as connector:
        if fault == "silent":
            monkeypatch.setattr(wire_module, "SECONDS", 0.1)
        twin.faults.append(Fault(tried.path, fault, status=status or 200, times=99))
        with pytest.raises(ConnectorError) as refused:
            await read(connector, tried)

    assert tried.refusals.get(status, code) == refused.value.code
    assert_holds_no_secret(refused.value, connector)


@pytest.mark.parametrize("tried", [pytest.param(one, id=one.slug) for one in PLATFORMS.values() if one.twin and one.revoked])
async def test_a_token_that_was_taken_back_is_told_in_our_words(twins: Twins, tried: Tried) -> None:
    twin = twins[tried.twin]
    async with opened(twins, tried) as connector:
        twin.faults.append(Fault(tried.path, "code", code=tried.revoked))
        with pytest.raises(NeedsReconnect) as refused:
            await read(connector, tried)

    assert "needs_reconnect" == refused.value.code
    assert "Said by the twin" not in told(refused.value)
    assert_holds_no_secret(refused.value, connector)


@pytest.mark.timeout(30)  # every operation of a platform, one after the other
@pytest.mark.parametrize("change", CHANGES)
@every_platform
async def test_an_answer_of_another_shape_is_a_refusal_and_no_crash(twins: Twins, tried: Tried, change: str) -> None:
    twin = twins[tried.twin]
    for name, given in tried.calls:
        twin.fill()
        async with opened(twins, tried, Mangling(CHANGES[change])) as connector:
            try:
                answer = (await getattr(connector, name)(**given)).data
            except CrewhallError as refused:
                assert_holds_no_secret(refused, connector)
            else:
                assert_is_what_is_promised(type(connector), name, answer)


BODIES = {
    "html": b"<html><h1>Sign in</h1></html>", "empty": b"", "deep": b"[" * 200_000, "list": b"[]", "text": b'"hello"', "null": b"null",
    "half": b'{"ok": true, "data": [{"id"', "no utf-8": b'{"a": "\xff\xfe"}', "huge": b'{"ok": true, "a": "' + b"x" * 200_000 + b'"}',
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
@every_platform
async def test_an_answer_that_is_none_is_unreadable(twins: Twins, tried: Tried, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(twins, tried, Mangling(body=BODIES[body])) as connector:
        if body == "huge":
            monkeypatch.setattr(wire_module, "LARGEST_ANSWER", 100_000)
        with pytest.raises(ConnectorError) if body not in {"empty", "list"} else contextlib.suppress(ConnectorError) as refused:
            await read(connector, tried)

    assert refused is None or refused.value.code in {"platform_unreadable", "platform_refused"}


@pytest.mark.timeout(30)
@every_platform
async def test_where_something_was_to_be_done_an_unreadable_answer_leaves_it_open(twins: Twins, tried: Tried) -> None:
    kind = connectors()[tried.slug]
    for name, given in tried.calls:
        if kind.operations[name].kind is Kind.OUTWARD:
            async with opened(twins, tried, Mangling(body=BODIES["html"])) as connector:
                with contextlib.suppress(Unsure):  # whoever reads no answer cannot tell either
                    await getattr(connector, name)(**given)


# What must hold of all of them --------------------------------------------------------------------------------------------------


def told(error: CrewhallError) -> str:
    """All that a caller is told of an error."""
    return f"{error.message} {error!r} {error.details}"


def assert_holds_no_secret(error: CrewhallError, connector: Any) -> None:
    credentials = connector._credentials
    hidden = {key.name for key in type(connector).manifest.keys if not key.secret}
    assert not [name for name, value in credentials.items() if name not in hidden and str(value) in told(error)]


def assert_is_what_is_promised(kind: type[Connector], name: str, answer: Any) -> None:
    """An answer that a caller gets has the shape that its operation describes."""
    kind.operations[name].require_shape(answer)
    assert not inspect.isawaitable(answer)
