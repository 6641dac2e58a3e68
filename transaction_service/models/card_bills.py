"""The ledger's tables of credit cards: what their accounts are billed by, and the statements there have been."""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.storage.compact_columns import CompactId
from shared.storage.database import short_text
from transaction_service.models.base import db


class CreditLine(db.Model):
    """How the account of a credit card is billed: on which day of the month, and from which account that is settled.

    `plan` is the rate plan that says what it costs not to pay in time.
    """

    __tablename__ = "credit_lines"
    __table_args__ = (
        CheckConstraint("billing_day BETWEEN 1 AND 28", name="billing_day_in_every_month"),
        Index("credit_lines_of_settlement", "settlement_key"),
        {"sqlite_strict": True},
    )

    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), primary_key=True, autoincrement=False)
    settlement_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    billing_day: Mapped[int] = mapped_column(Integer)
    plan: Mapped[str] = mapped_column(short_text(40))


class CardStatement(db.Model):
    """What was owed on a billing day: everything since the statement before, up to `until_position` of the journal.

    Amounts in minor units; what is owed is positive. `fee_position` is the entry of the fee where it was paid late.
    `attempts` counts how often it was settled, or tried to be.
    """

    __tablename__ = "card_statements"
    __table_args__ = (
        UniqueConstraint("account_key", "due_day"),
        CheckConstraint(
            "closing_minor = opening_minor + purchases_minor + interest_minor + fees_minor - payments_minor",
            name="statement_adds_up",
        ),
        {"sqlite_strict": True},
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(CompactId, unique=True)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    until_position: Mapped[int]
    from_day: Mapped[int] = mapped_column(Integer)
    due_day: Mapped[int] = mapped_column(Integer)
    opening_minor: Mapped[int]
    purchases_minor: Mapped[int]
    payments_minor: Mapped[int]
    interest_minor: Mapped[int]
    fees_minor: Mapped[int]
    closing_minor: Mapped[int]
    minimum_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(short_text(3))
    attempts: Mapped[int] = mapped_column(Integer)
    fee_position: Mapped[int | None] = mapped_column(ForeignKey("entries.position"))
    created_at: Mapped[int]


credit_lines = cast("Table", CreditLine.__table__)
card_statements = cast("Table", CardStatement.__table__)
