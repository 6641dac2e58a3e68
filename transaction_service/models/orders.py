"""Payments that are arranged beforehand: whom somebody pays, what they ordered, and what may be collected from them.

Days are whole numbers of the bank's calendar (`shared.time.business_days.day_number`); instants are of the bank's time.
What will be done of an active row, and when, is its row of due work.
"""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.storage.compact_columns import CompactId
from shared.storage.database import short_text
from transaction_service.models.base import db

_NAME, _NUMBER, _DESCRIPTION, _END_TO_END_ID = short_text(200), short_text(34), short_text(500), short_text(35)


class SavedPayee(db.Model):
    """Somebody whom a person pays, as that person calls them; the account may be none of this bank."""

    __tablename__ = "payees"
    __table_args__ = (
        UniqueConstraint("owner_id", "account_number"),
        Index("payees_by_time", "owner_id", "created_at", "id"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    owner_id: Mapped[str] = mapped_column(CompactId)
    name: Mapped[str] = mapped_column(_NAME)
    account_number: Mapped[str] = mapped_column(_NUMBER)
    reference: Mapped[str] = mapped_column(_DESCRIPTION)
    created_at: Mapped[int]


class LedgerPaymentOrder(db.Model):
    """A standing order, or a payment on one day (then without a `frequency`); `kind` is that of its due work.

    `payee_name` and `payee_number` are what its owner knows of the payee. `next_day` is the next day that its schedule
    names, before a day on which banks do not settle is passed over; `attempts` were made on it. The amount is what
    leaves, or with `fixed` of `target` what arrives, in that currency.
    """

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("kind IN ('standing_order', 'scheduled_payment')", name="order_kind_known"),
        CheckConstraint(
            "status IN ('active', 'paused', 'completed', 'failed', 'cancelled')", name="order_status_known"
        ),
        CheckConstraint("(kind = 'standing_order') = (frequency IS NOT NULL)", name="order_repeats_or_not"),
        CheckConstraint("(status = 'active') = (next_day IS NOT NULL)", name="active_order_has_a_next_day"),
        CheckConstraint("(status IN ('active', 'paused')) = (ended_at IS NULL)", name="order_ends_once"),
        CheckConstraint("amount_minor > 0 AND attempts >= 0", name="order_amounts"),
        Index("payment_orders_of_payer", "payer_key", "created_at", "id"),
        Index("payment_orders_by_time", "kind", "created_at", "id"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    kind: Mapped[str] = mapped_column(short_text(20))
    payer_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    payee_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    payee_name: Mapped[str | None] = mapped_column(_NAME)
    payee_number: Mapped[str | None] = mapped_column(_NUMBER)
    currency: Mapped[str] = mapped_column(short_text(3))
    amount_minor: Mapped[int]
    description: Mapped[str] = mapped_column(_DESCRIPTION)
    frequency: Mapped[str | None] = mapped_column(short_text(20))
    execution_rule: Mapped[str] = mapped_column(short_text(20))
    first_day: Mapped[int] = mapped_column(Integer)
    last_day: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(short_text(10))
    next_day: Mapped[int | None] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    created_at: Mapped[int]
    ended_at: Mapped[int | None]
    end_to_end_id: Mapped[str | None] = mapped_column(_END_TO_END_ID)
    fixed: Mapped[str] = mapped_column(short_text(6), server_default="source")


class OrderExecution(db.Model):
    """What came of an order on one of its days, once and for all: an entry, or the code of the refusal."""

    __tablename__ = "order_executions"
    __table_args__ = (
        UniqueConstraint("order_key", "day"),
        CheckConstraint("(position IS NULL) = (error_code IS NOT NULL)", name="executed_or_refused"),
        Index("order_executions_by_time", "order_key", "executed_at", "id"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    order_key: Mapped[int] = mapped_column(ForeignKey("payment_orders.key"))
    day: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int]
    attempts: Mapped[int] = mapped_column(Integer)
    position: Mapped[int | None] = mapped_column(ForeignKey("entries.position"))
    error_code: Mapped[str | None] = mapped_column(short_text(50))
    executed_at: Mapped[int]


class DirectDebitMandate(db.Model):
    """A debtor's permission to collect, asked for by the creditor. It ends at `expires_at`, unless it is used.

    Who asked is the initiator; who agreed that of `confirmer_key`, null until then.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        UniqueConstraint("creditor_key", "reference"),
        CheckConstraint("kind IN ('once', 'recurring')", name="mandate_kind_known"),
        CheckConstraint(
            "status IN ('pending', 'active', 'cancelled', 'expired', 'completed')", name="mandate_status_known"
        ),
        CheckConstraint("(status IN ('pending', 'active')) = (ended_at IS NULL)", name="mandate_ends_once"),
        Index("mandates_of_creditor", "creditor_key", "created_at", "id"),
        Index("mandates_of_debtor", "debtor_key", "created_at", "id"),
        Index("mandates_by_time", "created_at", "id"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    creditor_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    debtor_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    reference: Mapped[str] = mapped_column(short_text(100))
    kind: Mapped[str] = mapped_column(short_text(10))
    status: Mapped[str] = mapped_column(short_text(10))
    expires_at: Mapped[int]
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    created_at: Mapped[int]
    confirmed_at: Mapped[int | None]
    last_collected_at: Mapped[int | None]
    ended_at: Mapped[int | None]
    confirmer_key: Mapped[int | None]


class DirectDebitCollection(db.Model):
    """Money that a creditor takes on a day by a mandate: `position` is the entry that did, `refund_position` the one
    that gave it back.
    """

    __tablename__ = "collections"
    __table_args__ = (
        CheckConstraint(
            "status IN ('scheduled', 'paid', 'returned', 'cancelled', 'refunded')", name="collection_status_known"
        ),
        CheckConstraint("(status = 'scheduled') = (settled_at IS NULL)", name="collection_settles_once"),
        CheckConstraint("(status = 'returned') = (return_code IS NOT NULL)", name="returned_for_a_reason"),
        CheckConstraint("(status IN ('paid', 'refunded')) = (position IS NOT NULL)", name="paid_by_an_entry"),
        CheckConstraint("(status = 'refunded') = (refund_position IS NOT NULL)", name="refunded_by_an_entry"),
        CheckConstraint("amount_minor > 0", name="collection_amount_positive"),
        Index("collections_of_mandate", "mandate_key", "created_at", "id"),
        Index("collections_by_time", "created_at", "id"),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    mandate_key: Mapped[int] = mapped_column(ForeignKey("mandates.key"))
    amount_minor: Mapped[int]
    due_day: Mapped[int] = mapped_column(Integer)
    description: Mapped[str] = mapped_column(_DESCRIPTION)
    status: Mapped[str] = mapped_column(short_text(10))
    return_code: Mapped[str | None] = mapped_column(short_text(4))
    position: Mapped[int | None] = mapped_column(ForeignKey("entries.position"))
    refund_position: Mapped[int | None] = mapped_column(ForeignKey("entries.position"))
    initiator_key: Mapped[int] = mapped_column(ForeignKey("initiators.key"))
    request_id: Mapped[str | None] = mapped_column(CompactId)
    created_at: Mapped[int]
    settled_at: Mapped[int | None]
    end_to_end_id: Mapped[str | None] = mapped_column(_END_TO_END_ID)


payees = cast("Table", SavedPayee.__table__)
payment_orders = cast("Table", LedgerPaymentOrder.__table__)
order_executions = cast("Table", OrderExecution.__table__)
mandates = cast("Table", DirectDebitMandate.__table__)
collections = cast("Table", DirectDebitCollection.__table__)
