"""`crewhall clickup connect`: a workspace is connected with a token that no list of processes shows."""

from __future__ import annotations

from typing import cast

import pytest

from crewhall.clickup.jobs import tick
from crewhall.demo.twins import ClickUpTwin
from crewhall.demo.twins.clickup import TEAM
from crewhall.integrations import Connections
from crewhall.kit.settings import Settings
from tests.faces.cli.conftest import Cli
from tests.faces.cli.test_terminal import terminal
from tests.harness.hall import Hall
from tests.harness.twins import Twins

pytestmark = pytest.mark.timeout(30)

OTHER = {"id": "9009", "name": "Ebb and Flow", "color": "#000", "avatar": "", "members": []}


@pytest.fixture
def twin(twins: Twins) -> ClickUpTwin:
    return cast(ClickUpTwin, twins["clickup"])


@pytest.fixture
def token(twin: ClickUpTwin) -> str:
    return twin.keys()["access_token"]


@pytest.fixture
async def owner(nobody: Cli, outer_hall: Hall, outer_address: str) -> Cli:
    """The owner of a hall that reaches the twins."""
    signed_in = {"CREWHALL_URL": outer_address, "CREWHALL_API_KEY": (await outer_hall.owner()).token}
    return Cli(nobody.environment | signed_in | {"CLICKUP_API_TOKEN": None})


class Ticking:
    """What the mirror's tick needs of a run."""

    def __init__(self, hall: Hall) -> None:
        self.world = hall.world
        self.database, self.clock = hall.world.database, hall.world.clock

    def get(self, service: type) -> object:
        return {Connections: self.world.connections, Settings: self.world.settings}[service]


async def mirrored(hall: Hall) -> list[str]:
    """The workspaces that are mirrored, after the schedule has looked."""
    await tick(Ticking(hall))  # type: ignore[arg-type]
    return [one["workspace"] for one in (await hall.call("get_sync_status"))["mirrors"]]


async def test_a_token_from_the_standard_input_connects_and_a_mirror_is_made(owner: Cli, outer_hall: Hall, token: str) -> None:
    said = await owner("clickup", "connect", "--token", "-", given=f"{token}\n")

    assert 0 == said.code, said.err
    assert "ClickUp is connected as" in said.out
    assert "crewhall clickup status" in said.err
    assert token not in said.out + said.err
    assert ["Tidewater"] == await mirrored(outer_hall)


async def test_a_token_in_the_environment_is_taken_without_a_question(owner: Cli, token: str) -> None:
    said = await owner("clickup", "connect", "--json", CLICKUP_API_TOKEN=token)

    assert (0, "clickup", "connected") == (said.code, said.json["platform"], said.json["status"])


async def test_on_a_terminal_the_token_is_asked_for_without_echo(owner: Cli, token: str) -> None:
    async with terminal(owner, "clickup", "connect") as shown:
        await shown.shows("API token of ClickUp:")
        await shown.hides()
        shown.type(f"{token}\n")
        await shown.shows("ClickUp is connected as")

        assert 0 == await shown.left()
        assert token not in shown.shown


async def test_a_token_is_no_argument(owner: Cli, outer_hall: Hall, token: str) -> None:
    said = await owner("clickup", "connect", "--token", token)

    assert (2, False) == (said.code, token in said.out + said.err)
    assert "--token -" in said.err
    assert [] == await mirrored(outer_hall)


async def test_where_nobody_can_be_asked_that_is_said(owner: Cli) -> None:
    said = await owner("clickup", "connect")

    assert (2, True, True) == (said.code, "--token -" in said.err, "CLICKUP_API_TOKEN" in said.err)


@pytest.mark.parametrize(("given", "words"), [
    ("pk_never_given", "ClickUp does not take these credentials: are"), ("xoxb-of-another", "must begin with pk_"), ("", "No API token"),
])  # fmt: skip
async def test_a_token_that_is_refused_is_told_and_nothing_is_connected(owner: Cli, outer_hall: Hall, given: str, words: str) -> None:
    said = await owner("clickup", "connect", "--token", "-", given=f"{given}\n")

    assert 2 == said.code
    assert words in said.err
    assert [] == await mirrored(outer_hall)


async def test_who_may_not_connect_is_told_so(owner: Cli, outer_hall: Hall, token: str) -> None:
    member = (await outer_hall.person("member")).token

    said = await owner("clickup", "connect", "--token", "-", given=token, CREWHALL_API_KEY=member)

    assert (1, True) == (said.code, "integrations:manage" in said.err)


@pytest.mark.parametrize("word", ["ebb and flow", "9009"])
async def test_one_workspace_of_several_is_mirrored_when_it_is_named(
    owner: Cli, outer_hall: Hall, twin: ClickUpTwin, token: str, word: str
) -> None:  # fmt: skip
    twin.other_teams.append(OTHER)

    said = await owner("clickup", "connect", "--token", "-", "--workspace", word, given=token)

    assert 0 == said.code, said.err
    assert ["Ebb and Flow"] == await mirrored(outer_hall)


async def test_without_a_name_all_of_them_are(owner: Cli, outer_hall: Hall, twin: ClickUpTwin, token: str) -> None:
    twin.other_teams.append(OTHER)

    await owner("clickup", "connect", "--token", "-", given=token)

    assert ["Ebb and Flow", "Tidewater"] == sorted(await mirrored(outer_hall))


async def test_a_workspace_that_the_token_does_not_open_is_refused_with_those_it_does(owner: Cli, outer_hall: Hall, token: str) -> None:
    said = await owner("clickup", "connect", "--token", "-", "--workspace", "Nowhere", given=token)

    assert 2 == said.code
    assert f"no workspace Nowhere. It opens Tidewater ({TEAM})" in said.err
    assert [] == await mirrored(outer_hall)


async def test_a_hall_that_is_connected_says_how_that_stands_and_asks_for_nothing(owner: Cli, outer_hall: Hall, token: str) -> None:
    await owner("clickup", "connect", "--token", "-", given=token)
    await mirrored(outer_hall)

    said = await owner("clickup", "connect", CLICKUP_API_TOKEN="pk_not_looked_at")
    as_json = await owner("clickup", "connect", "--json")

    assert 0 == said.code, said.err
    assert "it works" in said.out
    assert "Tidewater: 0 tasks, not read yet" in said.out
    assert ["Tidewater"] == [one["workspace"] for one in as_json.json["mirrors"]]


async def test_a_hall_that_is_connected_is_set_to_one_workspace_by_its_name(
    owner: Cli, outer_hall: Hall, twin: ClickUpTwin, token: str
) -> None:  # fmt: skip
    twin.other_teams.append(OTHER)
    await owner("clickup", "connect", "--token", "-", given=token)
    await mirrored(outer_hall)

    chosen = await owner("clickup", "connect", "--workspace", "Ebb and Flow")
    unknown = await owner("clickup", "connect", "--workspace", "Nowhere")

    assert (0, 2) == (chosen.code, unknown.code), chosen.err
    assert ["Ebb and Flow"] == await mirrored(outer_hall)


async def test_a_connection_that_broke_is_connected_anew(owner: Cli, outer_hall: Hall, twin: ClickUpTwin, token: str) -> None:
    await owner("clickup", "connect", "--token", "-", given=token)
    twin.consent.tokens.pop(token)
    (one,) = (await outer_hall.call("list_integrations"))["integrations"]
    await outer_hall.call("check_integration", (await outer_hall.owner()).actor, integration_id=str(one["id"]))

    said = await owner("clickup", "connect", CLICKUP_API_TOKEN=twin.keys()["access_token"])
    (after,) = (await outer_hall.call("list_integrations"))["integrations"]

    assert 0 == said.code, said.err
    assert (one["id"], "connected") == (after["id"], after["status"])
