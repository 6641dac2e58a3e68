"""Who was erased is known here: no report is kept for them again. So far only their name has said so.

Revision ID: 0010
"""

from alembic import op
from sqlalchemy import MetaData, column, insert, literal, select, table

from shared.privacy.erased_people import erased_people_table
from shared.privacy.stand_ins import USERNAME_START
from shared.time import clock

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table, with those who were erased before there was one."""
    people = erased_people_table(MetaData())
    people.create(op.get_bind())
    users = table("users", column("id"), column("username"))
    is_stand_in = users.c.username.startswith(USERNAME_START, autoescape=True)
    gone = select(users.c.id, literal(clock.now_us())).where(is_stand_in)
    op.execute(insert(people).from_select(["user_id", "erased_at"], gone))
