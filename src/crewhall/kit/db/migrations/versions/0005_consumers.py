"""A consumer's place in the middle of a batch."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql_file(__file__)
