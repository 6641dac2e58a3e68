"""How often the ledger gave no answer, and which terms of an account it has been told.

Revision ID: 0002
"""

from alembic import op
from sqlalchemy import Column, text

from shared.storage.database import BigInt

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; the ledger knows the terms that accounts were opened with."""
    for name, value in (("attempts", "0"), ("terms_version", "1"), ("terms_told", "1")):
        op.add_column("accounts", Column(name, BigInt, nullable=False, server_default=text(value)))
