"""Programs that people let in: clients and grants of OAuth 2.1."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql_file(__file__)
