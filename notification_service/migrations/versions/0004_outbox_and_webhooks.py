"""The outbox, and webhooks: endpoints, events, deliveries with their attempts.

Revision ID: 0004
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Integer, UniqueConstraint

from shared.storage import row_seal_migrations
from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; nothing has been sent before."""
    _webhooks()
    _outbox()
    row_seal_migrations.seal_again(op.get_bind(), ["outbox_state"])


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        Column("id", IdText, primary_key=True),
        Column("user_id", IdText, nullable=False),
        Column("scope", short_text(10), nullable=False),
        Column("url", short_text(2000)),
        Column("description", short_text(200), nullable=False),
        Column("events", short_text(1500), nullable=False),
        Column("secret", short_text(200), nullable=False),
        Column("previous_secret", short_text(200)),
        Column("previous_until", BigInt),
        Column("is_enabled", BigInt, nullable=False),
        Column("failing_since", BigInt),
        Column("chaos", short_text(200)),
        Column("created_at", BigInt, nullable=False),
        CheckConstraint("(previous_secret IS NULL) = (previous_until IS NULL)", name="previous_secret_has_an_end"),
        sqlite_strict=True,
    )
    op.create_index("webhook_endpoints_of_user", "webhook_endpoints", ["user_id", "created_at", "id"])
    op.create_table(
        "webhook_events",
        Column("id", IdText, primary_key=True),
        Column("position", BigInt, nullable=False),
        Column("user_id", IdText, nullable=False),
        Column("type", short_text(60), nullable=False),
        Column("body", LongText, nullable=False),
        Column("created_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("webhook_events_in_order", "webhook_events", ["position"], unique=True)
    op.create_index("webhook_events_of_user", "webhook_events", ["user_id", "position"])


def _outbox() -> None:
    op.create_table(
        "deliveries",
        Column("id", IdText, primary_key=True),
        Column("channel", short_text(10), nullable=False),
        Column("target_id", IdText, nullable=False),
        Column("event_id", IdText, nullable=False),
        Column("order_key", IdText, nullable=False),
        Column("position", BigInt, nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("attempts", BigInt, nullable=False),
        Column("due_at", BigInt, nullable=False),
        Column("give_up_at", BigInt, nullable=False),
        Column("claim_id", IdText),
        Column("claimed_until", BigInt),
        Column("created_at", BigInt, nullable=False),
        Column("finished_at", BigInt),
        UniqueConstraint("target_id", "event_id", name="delivered_once"),
        CheckConstraint("(claim_id IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"),
        sqlite_strict=True,
    )
    op.create_index("deliveries_due", "deliveries", ["status", "due_at"])
    op.create_index("deliveries_in_order", "deliveries", ["target_id", "order_key", "status", "position"])
    op.create_index("deliveries_of_target", "deliveries", ["target_id", "position"])
    op.create_table(
        "delivery_attempts",
        Column("delivery_id", IdText, primary_key=True),
        Column("number", BigInt, primary_key=True, autoincrement=False),
        Column("made_at", BigInt, nullable=False),
        Column("milliseconds", BigInt, nullable=False),
        Column("answer_status", BigInt),
        Column("answer_start", short_text(500), nullable=False),
        Column("problem", short_text(200), nullable=False),
        sqlite_strict=True,
    )
    state = op.create_table(
        "outbox_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInt, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
    op.bulk_insert(state, [{"id": 1, "position": 0}])
