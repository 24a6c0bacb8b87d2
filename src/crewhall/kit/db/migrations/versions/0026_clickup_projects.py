"""What is followed of a mirror, its days, and what goes back to ClickUp."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql_file(__file__)
