"""From when on an erasure may have no way back; why it was asked for is not kept for longer than it is needed.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.database import BigInt

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Of those that were agreed to, the reason stands in the audit trail."""
    op.add_column("erasures", Column("begun_at", BigInt))
    op.execute("UPDATE erasures SET begun_at = agreed_at, reason = NULL WHERE agreed_at IS NOT NULL")
