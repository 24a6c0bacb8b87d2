"""What reports read in bulk, and the indexes that let them count without reading what tasks say."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run_sql_file(__file__)
