"""What platforms tell us by themselves, and what people do in Git for a task."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql_file(__file__)
