"""Projects, their plans and their risks."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql_file(__file__)
