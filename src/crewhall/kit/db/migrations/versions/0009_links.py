"""What hangs together: links between tasks, questions, reviews and confirmations."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql_file(__file__)
