"""Notifications, presence and outside issuers."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql_file(__file__)
