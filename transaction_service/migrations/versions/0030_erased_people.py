"""Who was erased is known here: their terms are the last that there can be. Nothing of theirs is kept again.

Revision ID: 0030
"""

from alembic import op
from sqlalchemy import MetaData, column, insert, literal, select, table

from shared.privacy.erased_people import erased_people_table
from shared.storage.compact_columns import CompactId
from shared.time import clock

revision = "0030"
down_revision = "0029"

_LAST_TERMS = 2**62


def upgrade() -> None:
    """Make the table, with those who were erased before there was one."""
    people = erased_people_table(MetaData(), CompactId)
    people.create(op.get_bind())
    accounts = table("accounts", column("owner_id", CompactId), column("terms_version"))
    gone = select(accounts.c.owner_id, literal(clock.now_us())).where(accounts.c.terms_version == _LAST_TERMS)
    op.execute(insert(people).from_select(["user_id", "erased_at"], gone.distinct()))
