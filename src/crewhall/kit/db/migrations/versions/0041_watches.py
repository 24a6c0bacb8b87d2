"""Who follows a task, and who does not want to hear of one."""

from crewhall.kit.db.migrate import run_sql_file

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    run_sql_file(__file__)
