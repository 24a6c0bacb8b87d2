"""What people set of a connection."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run_sql_file(__file__)
