"""Notes and transcripts of meetings."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql_file(__file__)
