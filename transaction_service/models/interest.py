"""The tables of interest, fees and overdraft limits: rate plans, accounts on them, and what was settled."""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table
from sqlalchemy.orm import Mapped, mapped_column

from shared.storage.compact_columns import CompactId
from shared.storage.database import LongText, short_text
from transaction_service.models.base import db


class RatePlanVersion(db.Model):
    """What accounts of a kind earn and pay, from a day on: the newest version whose day has come counts.

    Rates are millionths a year, amounts minor units of `currency`, days those of the bank since the epoch; `tiers` is
    JSON text, `exchange_fee_bp` hundredths of a percent. `limit_applied_to` is the key of the account up to which the
    overdraft limit and the days of notice have been given to accounts.
    """

    __tablename__ = "rate_plans"
    __table_args__ = (
        PrimaryKeyConstraint("code", "version"),
        CheckConstraint("credit_rate >= 0 AND debit_rate >= 0", name="rates_not_negative"),
        CheckConstraint(
            "overdraft_limit_minor >= 0 AND minimum_balance_minor >= 0 AND monthly_fee_minor >= 0 "
            "AND overdraft_fee_minor >= 0",
            name="plan_amounts_not_negative",
        ),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(CompactId, unique=True)
    code: Mapped[str] = mapped_column(short_text(40))
    version: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(short_text(3))
    credit_rate: Mapped[int] = mapped_column(Integer)
    tiers: Mapped[str] = mapped_column(LongText)
    day_count: Mapped[str] = mapped_column(short_text(10))
    paid: Mapped[str] = mapped_column(short_text(10))
    debit_rate: Mapped[int] = mapped_column(Integer)
    overdraft_limit_minor: Mapped[int]
    minimum_balance_minor: Mapped[int]
    monthly_fee_minor: Mapped[int]
    overdraft_fee_minor: Mapped[int]
    late_payment_fee_minor: Mapped[int] = mapped_column(server_default="0")
    exchange_fee_bp: Mapped[int] = mapped_column(Integer, server_default="0")
    notice_days: Mapped[int] = mapped_column(Integer, server_default="0")
    limit_applied_to: Mapped[int]


class AccountPlan(db.Model):
    """By which rate plan an account earns and pays, since when, and how far that is settled; days of the bank.

    What is settled and could not be posted, as the account was frozen, is outstanding; below zero it was posted and not
    earned after all. `recompute_from`: an entry was backdated to this settled day.
    """

    __tablename__ = "account_plans"

    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(short_text(40))
    accrues_from: Mapped[int] = mapped_column(Integer)
    settled_until: Mapped[int | None] = mapped_column(Integer)
    recompute_from: Mapped[int | None] = mapped_column(Integer)
    outstanding_credit_minor: Mapped[int] = mapped_column(server_default="0")
    outstanding_debit_minor: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        Index("account_plans_of_code", "code", "account_key"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )


class InterestPeriodOfAccount(db.Model):
    """What an account earned and owes for a period, rounded once, as the journal was up to the position `as_of`."""

    __tablename__ = "interest_periods"
    __table_args__ = (
        PrimaryKeyConstraint("account_key", "first_day"),
        CheckConstraint("first_day < until_day", name="period_has_days"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"))
    first_day: Mapped[int] = mapped_column(Integer)
    until_day: Mapped[int] = mapped_column(Integer)
    credit_minor: Mapped[int]
    debit_minor: Mapped[int]
    as_of: Mapped[int]


class InterestEntry(db.Model):
    """An entry that posted what an account had earned or owed."""

    __tablename__ = "interest_entries"
    __table_args__ = ({"sqlite_strict": True},)

    position: Mapped[int] = mapped_column(ForeignKey("entries.position"), primary_key=True, autoincrement=False)
    account_key: Mapped[int] = mapped_column(ForeignKey("accounts.key"), index=True)


class InterestRun(db.Model):
    """The posting of interest and fees on the first of a month, and how far it is.

    First the journal since the last run is looked through for backdated entries, up to `scanned_to`; then accounts are
    settled in the order of their keys, up to `settled_to`.
    """

    __tablename__ = "interest_runs"
    __table_args__ = ({"sqlite_strict": True},)

    id: Mapped[str] = mapped_column(CompactId, primary_key=True)
    day: Mapped[int] = mapped_column(Integer, unique=True)
    scanned_to: Mapped[int]
    settled_to: Mapped[int]


rate_plans = cast("Table", RatePlanVersion.__table__)
account_plans = cast("Table", AccountPlan.__table__)
interest_periods = cast("Table", InterestPeriodOfAccount.__table__)
interest_entries = cast("Table", InterestEntry.__table__)
interest_runs = cast("Table", InterestRun.__table__)
