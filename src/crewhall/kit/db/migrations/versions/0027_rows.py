"""Tasks as rows with the columns that ClickUp's mirror had before, their dependencies as sentences, and workspaces."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run_sql_file(__file__)
