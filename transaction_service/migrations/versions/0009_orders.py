"""Payments arranged beforehand: payees, standing orders and scheduled payments, mandates and collections.

Revision ID: 0009
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, UniqueConstraint

from shared.storage.compact_columns import CompactId
from shared.storage.database import BigInt, short_text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables; nothing is there to carry over."""
    _orders()
    _executions()
    _direct_debits()


def _orders() -> None:
    op.create_table(
        "payees",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("owner_id", CompactId, nullable=False),
        Column("name", short_text(200), nullable=False),
        Column("account_number", short_text(34), nullable=False),
        Column("reference", short_text(500), nullable=False),
        Column("created_at", BigInt, nullable=False),
        UniqueConstraint("owner_id", "account_number"),
        sqlite_strict=True,
    )
    op.create_index("payees_by_time", "payees", ["owner_id", "created_at", "id"])
    op.create_table(
        "payment_orders",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("kind", short_text(20), nullable=False),
        Column("payer_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("payee_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("payee_name", short_text(200)),
        Column("payee_number", short_text(34)),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("description", short_text(500), nullable=False),
        Column("frequency", short_text(20)),
        Column("execution_rule", short_text(20), nullable=False),
        Column("first_day", Integer, nullable=False),
        Column("last_day", Integer),
        Column("status", short_text(10), nullable=False),
        Column("next_day", Integer),
        Column("attempts", Integer, nullable=False),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("created_at", BigInt, nullable=False),
        Column("ended_at", BigInt),
        CheckConstraint("(status = 'active') = (next_day IS NOT NULL)", name="active_order_has_a_next_day"),
        CheckConstraint("amount_minor > 0 AND attempts >= 0", name="order_amounts"),
        CheckConstraint("(status IN ('active', 'paused')) = (ended_at IS NULL)", name="order_ends_once"),
        CheckConstraint("kind IN ('standing_order', 'scheduled_payment')", name="order_kind_known"),
        CheckConstraint("(kind = 'standing_order') = (frequency IS NOT NULL)", name="order_repeats_or_not"),
        CheckConstraint(
            "status IN ('active', 'paused', 'completed', 'failed', 'cancelled')", name="order_status_known"
        ),
        sqlite_strict=True,
    )
    op.create_index("payment_orders_by_time", "payment_orders", ["kind", "created_at", "id"])
    op.create_index("payment_orders_of_payer", "payment_orders", ["payer_key", "created_at", "id"])


def _executions() -> None:
    op.create_table(
        "order_executions",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("order_key", BigInt, ForeignKey("payment_orders.key"), nullable=False),
        Column("day", Integer, nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("position", BigInt, ForeignKey("entries.position")),
        Column("error_code", short_text(50)),
        Column("executed_at", BigInt, nullable=False),
        UniqueConstraint("order_key", "day"),
        CheckConstraint("(position IS NULL) = (error_code IS NOT NULL)", name="executed_or_refused"),
        sqlite_strict=True,
    )
    op.create_index("order_executions_by_time", "order_executions", ["order_key", "executed_at", "id"])


def _direct_debits() -> None:
    op.create_table(
        "mandates",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("creditor_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("debtor_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("reference", short_text(100), nullable=False),
        Column("kind", short_text(10), nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("expires_at", BigInt, nullable=False),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("created_at", BigInt, nullable=False),
        Column("confirmed_at", BigInt),
        Column("last_collected_at", BigInt),
        Column("ended_at", BigInt),
        UniqueConstraint("creditor_key", "reference"),
        CheckConstraint("(status IN ('pending', 'active')) = (ended_at IS NULL)", name="mandate_ends_once"),
        CheckConstraint("kind IN ('once', 'recurring')", name="mandate_kind_known"),
        CheckConstraint(
            "status IN ('pending', 'active', 'cancelled', 'expired', 'completed')", name="mandate_status_known"
        ),
        sqlite_strict=True,
    )
    op.create_index("mandates_by_time", "mandates", ["created_at", "id"])
    op.create_index("mandates_of_creditor", "mandates", ["creditor_key", "created_at", "id"])
    op.create_index("mandates_of_debtor", "mandates", ["debtor_key", "created_at", "id"])
    op.create_table(
        "collections",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False, unique=True),
        Column("mandate_key", BigInt, ForeignKey("mandates.key"), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("due_day", Integer, nullable=False),
        Column("description", short_text(500), nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("return_code", short_text(4)),
        Column("position", BigInt, ForeignKey("entries.position")),
        Column("refund_position", BigInt, ForeignKey("entries.position")),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("created_at", BigInt, nullable=False),
        Column("settled_at", BigInt),
        CheckConstraint("amount_minor > 0", name="collection_amount_positive"),
        CheckConstraint("(status = 'scheduled') = (settled_at IS NULL)", name="collection_settles_once"),
        CheckConstraint(
            "status IN ('scheduled', 'paid', 'returned', 'cancelled', 'refunded')", name="collection_status_known"
        ),
        CheckConstraint("(status IN ('paid', 'refunded')) = (position IS NOT NULL)", name="paid_by_an_entry"),
        CheckConstraint("(status = 'refunded') = (refund_position IS NOT NULL)", name="refunded_by_an_entry"),
        CheckConstraint("(status = 'returned') = (return_code IS NOT NULL)", name="returned_for_a_reason"),
        sqlite_strict=True,
    )
    op.create_index("collections_by_time", "collections", ["created_at", "id"])
    op.create_index("collections_of_mandate", "collections", ["mandate_key", "created_at", "id"])
