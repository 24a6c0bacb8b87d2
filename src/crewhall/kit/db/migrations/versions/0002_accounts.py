"""Invitations, and what an audit line is about."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql_file(__file__)
