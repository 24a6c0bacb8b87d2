"""Lists and time entries of any source, and the views through which other rooms read tasks."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql_file(__file__)
