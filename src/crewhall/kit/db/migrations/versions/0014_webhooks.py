"""Webhooks out, and what was imported."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql_file(__file__)
