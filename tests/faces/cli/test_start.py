"""The command line starts quickly because it imports little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = {
    "starlette",
    "uvicorn",
    "fastmcp",
    "mcp",
    "asyncpg",
    "sqlalchemy",
    "alembic",
    "jinja2",
    "redis",
    "pgqueuer",
    "structlog",
}
IMPORTED = """
import sys
from crewhall.__main__ import main
sys.argv = ["crewhall", *{arguments!r}]
try:
    main()
except SystemExit as left:
    code = left.code
print(code, *sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def _imported(*arguments: str, **environment: str) -> tuple[str, set[str]]:
    """The exit code and the packages that a command had imported when it ended."""
    script = IMPORTED.format(arguments=arguments)
    run = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | environment, capture_output=True, text=True, timeout=20, check=True
    )  # fmt: skip
    code, *names = run.stderr.splitlines()[-1].split()
    return code, set(names)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("arguments", [["task", "list", "--help"], ["--help"], ["--version"], ["completion", "bash"]])
def test_help_imports_neither_the_server_nor_the_http_client(arguments: list[str]) -> None:
    code, names = _imported(*arguments)

    assert ("0", set()) == (code, names & (SERVER | {"httpx2"}))


@pytest.mark.timeout(20)
def test_a_command_imports_the_http_client_and_not_the_server(tmp_path: Path) -> None:
    code, names = _imported("task", "list", CREWHALL_URL="http://127.0.0.1:9", CREWHALL_API_KEY="x", CREWHALL_CONFIG=str(tmp_path))

    assert ("3", {"httpx2"}) == (code, names & (SERVER | {"httpx2"}))
