"""Which notifications wait for an answer, and until when."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0036"
down_revision = "0033"


def upgrade() -> None:
    run_sql_file(__file__)
