"""Who was erased is known here: nobody lives in a world under their name. So far only that name has said so.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import MetaData, column, insert, literal, select, table

from shared.privacy.erased_people import erased_people_table
from shared.privacy.stand_ins import USERNAME_START
from shared.storage import row_seal_migrations
from shared.time import clock

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table, with those who were erased before there was one."""
    people = erased_people_table(MetaData())
    people.create(op.get_bind())
    residents = table("parties", column("user_id"), column("username"))
    is_stand_in = residents.c.username.startswith(USERNAME_START, autoescape=True)
    gone = select(residents.c.user_id, literal(clock.now_us())).where(is_stand_in)
    op.execute(insert(people).from_select(["user_id", "erased_at"], gone.distinct()))
    row_seal_migrations.seal_again(op.get_bind(), [people.name])
