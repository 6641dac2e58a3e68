"""Who was erased is known here, from the commit on that forgets them: no report is kept for them again.

Nobody is in it yet. That their name is a stand-in says that auth has forgotten them, not that their reports are gone.

Revision ID: 0010
"""

from alembic import op
from sqlalchemy import MetaData

from shared.privacy.erased_people import erased_people_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    erased_people_table(MetaData()).create(op.get_bind())
