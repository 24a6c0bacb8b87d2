"""`crewhall doctor`: what works, and what to do about what does not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from crewhall.faces.cli import doctor
from crewhall.faces.cli.doctor import Verdict
from tests.faces.cli.conftest import Cli


def _by_name(said: Any) -> dict[str, Any]:
    return {check["name"]: check for check in said.json["checks"]}


async def test_a_hall_that_is_well_is_said_to_be_well(cli: Cli) -> None:
    said = await cli("doctor", "--json")

    checks = _by_name(said)
    assert 0 == said.code
    assert {"ok"} == {checks[name]["verdict"] for name in ("python", "profiles", "address", "clock", "credential", "mcp", "stream")}
    assert "◇ robin (agent)" in checks["credential"]["detail"]


async def test_a_hall_that_is_away_fails_with_its_fix(cli: Cli) -> None:
    said = await cli("doctor", CREWHALL_URL="http://127.0.0.1:9")

    assert 1 == said.code
    assert "✕ fail  address" in said.out
    assert "crewhall up" in said.out


async def test_a_wrong_key_fails_and_the_rest_is_left_out(cli: Cli) -> None:
    said = await cli("doctor", "--json", CREWHALL_API_KEY="crew_wrong")

    checks = _by_name(said)
    assert (1, "fail", False) == (said.code, checks["credential"]["verdict"], "stream" in checks)
    assert "crewhall login" in checks["credential"]["fix"]


async def test_somebody_who_is_not_signed_in_is_told_how(nobody: Cli, address: str) -> None:
    nowhere = await nobody("doctor", "--json")
    without = await nobody("doctor", "--json", CREWHALL_URL=address)

    assert (1, True) == (nowhere.code, "crewhall login ADDRESS" in _by_name(nowhere)["profile"]["fix"])
    assert (1, f"Sign in: crewhall login {address}") == (without.code, _by_name(without)["credential"]["fix"])


@pytest.mark.skipif(sys.platform == "win32", reason="rights are not kept in bits")
async def test_a_profile_that_others_may_read_is_a_warning(cli: Cli) -> None:
    file = Path(cli.environment["CREWHALL_CONFIG"] or "") / "profiles.json"
    file.parent.mkdir()
    file.write_text('{"current": null, "profiles": {}}')
    file.chmod(0o644)

    assert "warn" == _by_name(await cli("doctor", "--json"))["profiles"]["verdict"]
    assert "ok" == _by_name(await cli("doctor", "--json"))["profiles"]["verdict"]


class Ready:
    """A hall that says this at /ready."""

    def __init__(self, status: int, told: Any) -> None:
        self._answer = status, told

    def peek(self, path: str) -> tuple[int, Any]:
        return self._answer


@pytest.mark.parametrize(("status", "told", "verdicts"), [
    (404, None, []),
    (500, None, [Verdict.WARN]),
    (200, {"status": "ok", "checks": {"database": {"status": "ok", "detail": "3 ms"}}}, [Verdict.OK]),
    (503, {"status": "unavailable", "checks": {"database": {"status": "unavailable", "detail": "does not answer"},
     "redis": {"status": "degraded", "detail": "does not answer"}}}, [Verdict.FAIL, Verdict.WARN]),
])  # fmt: skip
def test_the_parts_that_the_hall_stands_on_are_told(status: int, told: Any, verdicts: list[Verdict]) -> None:
    checks = list(doctor.ready(Ready(status, told)))  # type: ignore[arg-type]

    assert verdicts == [check.verdict for check in checks]
    assert all(check.fix for check in checks if check.verdict is not Verdict.OK)
