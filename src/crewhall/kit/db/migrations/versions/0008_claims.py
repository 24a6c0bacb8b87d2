"""Claims, what agents hand in as evidence, and the order of ready work."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql_file(__file__)
