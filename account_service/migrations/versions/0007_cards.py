"""Payment cards, and the keys that they were asked for with.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, PrimaryKeyConstraint, text

from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    _cards()
    op.create_table(
        "card_keys",
        Column("caller_id", short_text(64), nullable=False),
        Column("key", short_text(255), nullable=False),
        Column("request_hash", short_text(64), nullable=False),
        Column("card_id", IdText, nullable=False, unique=True),
        Column("status", BigInt),
        Column("reply", LongText),
        CheckConstraint("(status IS NULL) = (reply IS NULL)", name="card_reply_is_whole"),
        PrimaryKeyConstraint("caller_id", "key"),
        sqlite_strict=True,
    )


def _cards() -> None:
    op.create_table(
        "cards",
        Column("id", IdText, primary_key=True),
        Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False),
        Column("kind", short_text(8), nullable=False),
        Column("number_digest", short_text(64), nullable=False, unique=True),
        Column("sealed", short_text(200), nullable=False),
        Column("last4", short_text(4), nullable=False),
        Column("expires", short_text(7), nullable=False),
        Column("nickname", short_text(60)),
        Column("status", short_text(16), nullable=False),
        Column("frozen_by", short_text(8)),
        Column("per_payment_minor", BigInt),
        Column("daily_minor", BigInt),
        Column("monthly_minor", BigInt),
        *(Column(name, BigInt, nullable=False) for name in ("online", "contactless", "abroad", "cash")),
        Column("blocked_categories", LongText, nullable=False),
        Column("replaces", IdText),
        Column("replaced_by", IdText),
        Column("version", BigInt, nullable=False),
        Column("told_version", BigInt, nullable=False),
        Column("told_status", short_text(16)),
        Column("leased_until", BigInt, nullable=False),
        Column("attempts", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("created_at_bank", BigInt),
        CheckConstraint("kind IN ('debit', 'credit')", name="kind_known"),
        CheckConstraint(
            "status IN ('active', 'frozen', 'lost', 'stolen', 'blocked', 'cancelled', 'replaced')",
            name="card_status_known",
        ),
        CheckConstraint("(frozen_by IS NOT NULL) = (status = 'frozen')", name="frozen_by_somebody"),
        CheckConstraint("per_payment_minor > 0 AND daily_minor > 0 AND monthly_minor > 0", name="card_limits_positive"),
        CheckConstraint("told_version >= 0 AND told_version <= version", name="told_what_there_is"),
        CheckConstraint("(told_version = 0) = (told_status IS NULL)", name="told_status_is_known"),
        sqlite_strict=True,
    )
    op.create_index("cards_of_account", "cards", ["account_id", "created_at", "id"])
    op.create_index("cards_by_age", "cards", ["created_at", "id"])
    op.create_index("cards_to_be_told", "cards", ["leased_until"], sqlite_where=text("told_version < version"))
