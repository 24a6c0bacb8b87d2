"""Connections to platforms."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0020"
down_revision = "0014"


def upgrade() -> None:
    run_sql_file(__file__)
