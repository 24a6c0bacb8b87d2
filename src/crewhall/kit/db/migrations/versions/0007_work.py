"""Kinds of tasks, what blocks them, and what a project is."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql_file(__file__)
