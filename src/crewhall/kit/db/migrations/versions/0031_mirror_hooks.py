"""The webhook of a mirror, and views for what mirrors read of other rooms."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run_sql_file(__file__)
