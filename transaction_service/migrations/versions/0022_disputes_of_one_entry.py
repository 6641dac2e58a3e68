"""No entry is what two disputes took; and which are undecided, and what cards have promised a shop, is found at once.

Revision ID: 0022
"""

from alembic import op
from sqlalchemy import column, table, update

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Of disputes that took nothing, each names something of its own: minus its key, where all said zero."""
    disputes = table("disputes", column("key"), column("debit_position"))
    took_nothing = disputes.c.debit_position == 0
    op.execute(update(disputes).where(took_nothing).values(debit_position=-disputes.c.key))
    op.create_index("disputes_debit_position", "disputes", ["debit_position"], unique=True)
    op.create_index("disputes_by_status", "disputes", ["status", "created_at", "id"])
    op.create_index("authorizations_of_shop", "authorizations", ["merchant_account_key"])
