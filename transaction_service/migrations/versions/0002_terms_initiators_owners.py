"""Who did it, whose refusals they are, versions of terms, and the zone that days are counted in.

Columns that earlier rows have no value for stay empty: who made an older entry is told from its `initiator_id`.

Revision ID: 0002
"""

from alembic import op
from sqlalchemy import Column, Integer

from shared.storage.database import IdText, short_text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, give refused attempts to the owners of their accounts, and index what is looked up."""
    for table in ("entries", "refused_attempts"):
        op.add_column(table, Column("initiator_kind", short_text(10)))
        op.add_column(table, Column("initiator_name", short_text(200)))
    op.add_column("accounts", Column("terms_version", Integer, nullable=False, server_default="0"))
    op.add_column("ledger_state", Column("time_zone", short_text(64)))
    op.add_column("refused_attempts", Column("owner_id", IdText))
    op.execute(
        "UPDATE refused_attempts SET owner_id = "
        "(SELECT owner_id FROM accounts WHERE accounts.id = refused_attempts.account_id)"
    )
    op.create_index("refused_attempts_of_owner", "refused_attempts", ["owner_id", "effective_at", "id"])
    op.create_index("refused_attempts_by_time", "refused_attempts", ["effective_at", "id"])
    op.drop_index("refused_attempts_of_user", "refused_attempts")
    op.create_index("idempotency_keys_by_age", "idempotency_keys", ["claimed_at"])
