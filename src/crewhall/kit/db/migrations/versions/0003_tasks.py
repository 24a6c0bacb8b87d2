"""Order on the board, projects and what lists of tasks need."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql_file(__file__)
