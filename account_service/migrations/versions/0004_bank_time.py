"""When accounts were opened and closed in the bank's time; those of before have real time alone.

Revision ID: 0004
"""

from alembic import op
from sqlalchemy import Column, text

from shared.storage.database import BigInt

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, and to the replies that keys repeat what replies have now."""
    for name in ("created_at_bank", "closed_at_bank"):
        op.add_column("accounts", Column(name, BigInt))
    op.get_bind().execute(
        text("UPDATE opening_keys SET reply = replace(reply, :last, :added || :last) WHERE status = 201"),
        {"last": '"closed_at": ', "added": '"created_at_bank": null, "closed_at_bank": null, "status_reason": null, '},
    )
