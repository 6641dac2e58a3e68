"""Cards as payments are decided by them, what shops ask for, the entries that come of it, and what is disputed.

Revision ID: 0008
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer

from shared.storage.compact_columns import CompactId, Digest
from shared.storage.database import BigInt, short_text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables; nobody has had a card before."""
    _cards()
    _authorizations()
    _entries()
    _disputes()


def _cards() -> None:
    op.create_table(
        "cards",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("kind", short_text(6), nullable=False),
        Column("number_digest", Digest, nullable=False, unique=True),
        Column("security_digest", Digest, nullable=False),
        Column("last4", short_text(4), nullable=False),
        Column("expires", short_text(7), nullable=False),
        Column("version", BigInt, nullable=False),
        Column("status", short_text(12), nullable=False),
        *(Column(name, BigInt) for name in ("per_payment_minor", "daily_minor", "monthly_minor")),
        *(
            Column(name, Integer, nullable=False)
            for name in ("allows_online", "allows_contactless", "allows_abroad", "allows_cash")
        ),
        Column("blocked_categories", short_text(500), nullable=False),
        CheckConstraint("kind IN ('debit', 'credit')", name="card_kind_known"),
        sqlite_strict=True,
    )
    op.create_index("ix_cards_account_key", "cards", ["account_key"])


def _authorizations() -> None:
    op.create_table(
        "authorizations",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("card_key", BigInt, ForeignKey("cards.key")),
        Column("account_key", BigInt, ForeignKey("accounts.key")),
        Column("hold_key", BigInt, ForeignKey("holds.key"), unique=True),
        *(Column(name, BigInt, nullable=False) for name in ("amount_minor", "approved_minor", "forced_minor")),
        Column("currency", short_text(3), nullable=False),
        Column("original_minor", BigInt, nullable=False),
        Column("original_currency", short_text(3), nullable=False),
        Column("exchange_rate", short_text(30)),
        Column("merchant_name", short_text(100), nullable=False),
        Column("merchant_category", short_text(4), nullable=False),
        Column("merchant_country", short_text(2), nullable=False),
        Column("merchant_city", short_text(60)),
        Column("merchant_account_key", BigInt, ForeignKey("accounts.key")),
        Column("channel", short_text(12), nullable=False),
        Column("decline_code", short_text(30)),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("expires_at", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        CheckConstraint("amount_minor > 0 AND approved_minor >= 0 AND forced_minor >= 0", name="authorized_amounts"),
        CheckConstraint("decline_code IS NULL OR approved_minor = 0", name="declined_is_not_approved"),
        sqlite_strict=True,
    )
    op.create_index("authorizations_of_card", "authorizations", ["card_key", "created_at", "id"])
    op.create_index("authorizations_of_account", "authorizations", ["account_key", "created_at", "id"])
    op.create_index("authorizations_by_time", "authorizations", ["created_at", "id"])
    op.create_table(
        "authorization_events",
        Column("key", BigInt, primary_key=True),
        Column("authorization_id", CompactId, nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_authorization_events_authorization_id", "authorization_events", ["authorization_id"])


def _entries() -> None:
    op.create_table(
        "card_entries",
        Column("position", BigInt, ForeignKey("entries.position"), primary_key=True, autoincrement=False),
        Column("card_key", BigInt, ForeignKey("cards.key"), nullable=False),
        Column("authorization_id", CompactId),
        Column("merchant_name", short_text(100), nullable=False),
        Column("merchant_category", short_text(4), nullable=False),
        Column("merchant_country", short_text(2), nullable=False),
        Column("channel", short_text(12), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_card_entries_card_key", "card_entries", ["card_key"])
    op.create_index("ix_card_entries_authorization_id", "card_entries", ["authorization_id"])


def _disputes() -> None:
    op.create_table(
        "disputes",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("position", BigInt, ForeignKey("entries.position"), nullable=False, unique=True),
        Column("credit_position", BigInt, ForeignKey("entries.position"), nullable=False, unique=True),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("reason", short_text(200), nullable=False),
        Column("status", short_text(4), nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("resolved_at", BigInt),
        CheckConstraint("status IN ('open', 'won', 'lost')", name="dispute_status_known"),
        CheckConstraint("(status = 'open') = (resolved_at IS NULL)", name="dispute_ends_once"),
        sqlite_strict=True,
    )
    op.create_index("disputes_by_time", "disputes", ["created_at", "id"])
    op.create_index("disputes_of_account", "disputes", ["account_key", "created_at", "id"])
