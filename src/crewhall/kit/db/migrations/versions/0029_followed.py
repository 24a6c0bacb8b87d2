"""What is followed of another source, for rooms that list projects."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run_sql_file(__file__)
