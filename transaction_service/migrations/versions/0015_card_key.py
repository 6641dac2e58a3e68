"""Under which key card numbers were digested is known again by a digest of its own.

Revision ID: 0015
"""

from alembic import op
from sqlalchemy import Column

from shared.storage.compact_columns import Digest

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing is known of the key before it is next used."""
    op.add_column("ledger_state", Column("card_key_digest", Digest))
