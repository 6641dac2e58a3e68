"""The ledger's tables. Entries, postings and journal are append-only: the database itself refuses to change them.

A customer's balance is a cache of their postings. Bank-owned accounts (`owner_id` is null) keep no balance: it is
derived from the postings, so that they are never a row every payment has to lock.

The models say what a row is; the statements of the ledger are Core, over the same tables, named at the end.
"""

from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import IdText, LongText, service_models, short_text

db = service_models()
metadata = db.metadata


class LedgerAccount(db.Model):
    """An account as the ledger knows it: whose it is, what it may do, and a customer's balance."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
        CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="bank_balances_are_derived"),
        CheckConstraint("balance_minor IS NULL OR balance_minor - held_minor >= floor_minor", name="above_floor"),
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint("status <> 'closed' OR balance_minor = 0", name="closed_is_empty"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(IdText, index=True)
    holder_name: Mapped[str] = mapped_column(short_text(200))
    account_number: Mapped[str | None] = mapped_column(short_text(34), unique=True)
    account_type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    status: Mapped[str] = mapped_column(short_text(10))
    status_reason: Mapped[str | None] = mapped_column(short_text(500))
    synthetic: Mapped[int] = mapped_column(Integer)
    balance_minor: Mapped[int | None]
    held_minor: Mapped[int]
    floor_minor: Mapped[int]
    movement_limit_minor: Mapped[int]
    daily_limit_minor: Mapped[int]
    terms_version: Mapped[int] = mapped_column(Integer, server_default="0")
    opened_at: Mapped[int]


class JournalEntry(db.Model):
    """One movement of money, apart from its postings."""

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    amount_minor: Mapped[int]
    from_account_id: Mapped[str | None] = mapped_column(IdText)
    to_account_id: Mapped[str | None] = mapped_column(IdText)
    description: Mapped[str] = mapped_column(short_text(500))
    category: Mapped[str | None] = mapped_column(short_text(50))
    initiator_id: Mapped[str] = mapped_column(short_text(50))
    initiator_kind: Mapped[str | None] = mapped_column(short_text(10))
    initiator_name: Mapped[str | None] = mapped_column(short_text(200))
    reverses: Mapped[str | None] = mapped_column(IdText, ForeignKey("entries.id"))
    effective_at: Mapped[int]
    booked_at: Mapped[int]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("entries_by_time", "effective_at", "id"),
        Index("entries_reversing", "reverses", sqlite_where=reverses.is_not(None)),
        {"sqlite_strict": True},
    )


class LedgerPosting(db.Model):
    """One leg of an entry.

    `history_owner_id` says whose combined history shows it: null for the bank's own legs and for the incoming leg of a
    transfer between two accounts of one person, so that each movement stands there once.
    """

    __tablename__ = "postings"

    entry_id: Mapped[str] = mapped_column(IdText, ForeignKey("entries.id"))
    account_id: Mapped[str] = mapped_column(IdText, ForeignKey("accounts.id"))
    amount_minor: Mapped[int]
    balance_after_minor: Mapped[int | None]
    effective_at: Mapped[int]
    history_owner_id: Mapped[str | None] = mapped_column(IdText)

    __table_args__ = (
        PrimaryKeyConstraint("account_id", "effective_at", "entry_id"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        Index("postings_of_entry", "entry_id"),
        Index(
            "postings_of_owner",
            "history_owner_id",
            "effective_at",
            "entry_id",
            sqlite_where=history_owner_id.is_not(None),
        ),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )


class JournalRow(db.Model):
    """An entry's place in the feed and in the hash chain."""

    __tablename__ = "journal"
    __table_args__ = ({"sqlite_strict": True},)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[str] = mapped_column(IdText, ForeignKey("entries.id"), unique=True)
    hash: Mapped[str] = mapped_column(short_text(64))


class LedgerState(db.Model):
    """The one row of state: the head of the chain, the bank clock, and the zone that days are counted in."""

    __tablename__ = "ledger_state"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_offset_us >= 0", name="clock_not_behind"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    head_position: Mapped[int]
    head_hash: Mapped[str] = mapped_column(short_text(64))
    head_booked_at: Mapped[int]
    clock_offset_us: Mapped[int]
    time_zone: Mapped[str | None] = mapped_column(short_text(64))


class DailyOutgoing(db.Model):
    """What has left an account on a day of the bank, for its limit."""

    __tablename__ = "daily_outgoings"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "day"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    account_id: Mapped[str] = mapped_column(IdText, ForeignKey("accounts.id"))
    day: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int]


class IdempotencyKey(db.Model):
    """A used key with the answer that it was given.

    `entry_id` has no foreign key: the key is the first write of its transaction, the entry follows in the same commit.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "operation", "key"),
        Index("idempotency_keys_by_age", "claimed_at"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )

    user_id: Mapped[str] = mapped_column(short_text(50))
    operation: Mapped[str] = mapped_column(short_text(20))
    key: Mapped[str] = mapped_column(short_text(255))
    request_hash: Mapped[str] = mapped_column(short_text(64))
    status: Mapped[int | None] = mapped_column(Integer)
    reply: Mapped[str | None] = mapped_column(LongText)
    entry_id: Mapped[str | None] = mapped_column(IdText)
    claimed_at: Mapped[int]


class RefusedAttempt(db.Model):
    """An order that was refused, kept for the account's owner (`owner_id`) and for staff."""

    __tablename__ = "refused_attempts"
    __table_args__ = (
        Index("refused_attempts_of_owner", "owner_id", "effective_at", "id"),
        Index("refused_attempts_by_time", "effective_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    user_id: Mapped[str] = mapped_column(short_text(50))
    initiator_kind: Mapped[str | None] = mapped_column(short_text(10))
    initiator_name: Mapped[str | None] = mapped_column(short_text(200))
    owner_id: Mapped[str | None] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(20))
    currency: Mapped[str] = mapped_column(short_text(3))
    amount_minor: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(IdText)
    from_account_id: Mapped[str | None] = mapped_column(IdText)
    to_account_id: Mapped[str | None] = mapped_column(IdText)
    description: Mapped[str] = mapped_column(short_text(500))
    category: Mapped[str | None] = mapped_column(short_text(50))
    error_code: Mapped[str] = mapped_column(short_text(50))
    effective_at: Mapped[int]
    booked_at: Mapped[int]


accounts = cast("Table", LedgerAccount.__table__)
entries = cast("Table", JournalEntry.__table__)
postings = cast("Table", LedgerPosting.__table__)
journal = cast("Table", JournalRow.__table__)
ledger_state = cast("Table", LedgerState.__table__)
daily_outgoings = cast("Table", DailyOutgoing.__table__)
idempotency_keys = cast("Table", IdempotencyKey.__table__)
refused_attempts = cast("Table", RefusedAttempt.__table__)

APPEND_ONLY = (entries, postings, journal)
"""The database itself refuses to change these."""
