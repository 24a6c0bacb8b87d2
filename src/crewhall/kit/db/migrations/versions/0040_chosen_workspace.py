"""What is set of a connection, for rooms that work through it."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0040"
down_revision = "0038"


def upgrade() -> None:
    run_sql_file(__file__)
