"""What goes back to ClickUp: comments, who is to be told when it is not taken, and what is to be read anew then."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    run_sql_file(__file__)
