"""What sums of time and whole readings of a mirror write down, so that nothing is reckoned or rewritten row by row."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run_sql_file(__file__)
