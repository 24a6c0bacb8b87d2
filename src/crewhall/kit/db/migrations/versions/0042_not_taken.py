"""What ClickUp did not take is tried again, or let go of."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    run_sql_file(__file__)
