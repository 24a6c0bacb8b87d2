"""Private projects, and keys limited to projects."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql_file(__file__)
