"""Tasks that were put away: few, and taken off the counts of all."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0038"
down_revision = "0036"


def upgrade() -> None:
    run_sql_file(__file__)
