"""compose.yaml, .env.example and the settings speak of the same variables. No engine is asked: nothing is started here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from crewhall.kit.settings import Settings

ROOT = Path(__file__).parents[2]
SECRETS = ("POSTGRES_PASSWORD", "JWT_SECRET", "API_KEY_SALT", "CREWHALL_ENCRYPTION_KEY")
TASK_SERVER = {  # what the task server was configured by
    "DATABASE_URL", "REDIS_URL", "JWT_SECRET", "API_KEY_SALT", "HOST", "PORT", "DEBUG", "MCP_SERVER_NAME", "MCP_SERVER_VERSION",
}  # fmt: skip
KNOWN = {str(field.validation_alias) for field in Settings.model_fields.values()}


@pytest.fixture(scope="module")
def compose_command() -> list[str]:
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if "compose" in os.environ.get("CREWHALL_REQUIRE", ""):
        pytest.fail("CREWHALL_REQUIRE names compose, which is not installed")
    pytest.skip("needs docker compose (on Debian: apt install docker-compose)")


def config(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*command, "-f", "compose.yaml", "config"], cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.mark.timeout(20)
def test_compose_accepts_the_file(compose_command: list[str]) -> None:
    done = config(compose_command, **dict.fromkeys(SECRETS, "something"))

    assert (0, {"postgres", "redis", "hub", "worker"}) == (done.returncode, set(yaml.safe_load(done.stdout)["services"])), done.stderr


@pytest.mark.timeout(20)
@pytest.mark.parametrize("missing", SECRETS)
def test_compose_asks_for_a_secret_that_is_missing(compose_command: list[str], missing: str) -> None:
    done = config(compose_command, **{name: "something" for name in SECRETS if name != missing})

    assert done.returncode != 0
    assert missing in done.stderr


def test_every_variable_of_hub_and_worker_is_a_setting() -> None:
    services = compose()["services"]

    assert {} == {name: unknown for name in ("hub", "worker") if (unknown := set(services[name]["environment"]) - KNOWN)}


def test_the_environment_file_names_what_compose_reads_and_what_the_task_server_was_configured_by() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    read = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text("utf-8")))

    assert set() == (read | TASK_SERVER) - named
    assert named <= read | KNOWN


def test_the_database_and_redis_are_not_opened_to_the_network_and_keep_what_they_are_given() -> None:
    services = compose()["services"]

    assert not any("ports" in services[name] for name in ("postgres", "redis", "worker"))
    assert services["hub"]["ports"][0].startswith("${CREWHALL_PUBLISH:-127.0.0.1:")
    assert "--appendonly" in services["redis"]["command"]
    assert {"postgres", "redis", "hub", "worker"} == set(compose()["volumes"])


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return loaded
