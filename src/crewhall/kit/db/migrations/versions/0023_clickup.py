"""The mirror of ClickUp."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    run_sql_file(__file__)
