"""Accounts, entries, postings, the chained journal, keys and the bank clock; and the guards that make it append-only.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, text

from shared.storage import append_only
from shared.storage.database import BigInt, IdText, LongText, short_text

revision = "0001"
down_revision = None

APPEND_ONLY = ("entries", "postings", "journal")


def upgrade() -> None:
    """Make the tables, the one row of state, and the guards."""
    _accounts()
    _entries()
    _requests()
    _state()
    for table in APPEND_ONLY:
        append_only.guard(op.get_bind(), table)


def _accounts() -> None:
    op.create_table(
        "accounts",
        Column("id", IdText, primary_key=True),
        Column("owner_id", IdText),
        Column("holder_name", short_text(200), nullable=False),
        Column("account_number", short_text(34), unique=True),
        Column("account_type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("status_reason", short_text(500)),
        Column("synthetic", Integer, nullable=False),
        Column("balance_minor", BigInt),
        Column("held_minor", BigInt, nullable=False),
        Column("floor_minor", BigInt, nullable=False),
        Column("movement_limit_minor", BigInt, nullable=False),
        Column("daily_limit_minor", BigInt, nullable=False),
        Column("opened_at", BigInt, nullable=False),
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
        CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="bank_balances_are_derived"),
        CheckConstraint("balance_minor IS NULL OR balance_minor - held_minor >= floor_minor", name="above_floor"),
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint("status <> 'closed' OR balance_minor = 0", name="closed_is_empty"),
        sqlite_strict=True,
    )
    op.create_index("ix_accounts_owner_id", "accounts", ["owner_id"])
    op.create_table(
        "daily_outgoings",
        Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False),
        Column("day", Integer, nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        PrimaryKeyConstraint("account_id", "day"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _entries() -> None:
    op.create_table(
        "entries",
        Column("id", IdText, primary_key=True),
        Column("type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("from_account_id", IdText),
        Column("to_account_id", IdText),
        Column("description", short_text(500), nullable=False),
        Column("category", short_text(50)),
        Column("initiator_id", short_text(50), nullable=False),
        Column("reverses", IdText, ForeignKey("entries.id")),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        sqlite_strict=True,
    )
    op.create_index("entries_by_time", "entries", ["effective_at", "id"])
    op.create_index("entries_reversing", "entries", ["reverses"], sqlite_where=text("reverses IS NOT NULL"))
    op.create_table(
        "postings",
        Column("entry_id", IdText, ForeignKey("entries.id"), nullable=False),
        Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("balance_after_minor", BigInt),
        Column("effective_at", BigInt, nullable=False),
        Column("history_owner_id", IdText),
        PrimaryKeyConstraint("account_id", "effective_at", "entry_id"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("postings_of_entry", "postings", ["entry_id"])
    op.create_index(
        "postings_of_owner",
        "postings",
        ["history_owner_id", "effective_at", "entry_id"],
        sqlite_where=text("history_owner_id IS NOT NULL"),
    )
    op.create_table(
        "journal",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("entry_id", IdText, ForeignKey("entries.id"), nullable=False, unique=True),
        Column("hash", short_text(64), nullable=False),
        sqlite_strict=True,
    )


def _requests() -> None:
    op.create_table(
        "idempotency_keys",
        Column("user_id", short_text(50), nullable=False),
        Column("operation", short_text(20), nullable=False),
        Column("key", short_text(255), nullable=False),
        Column("request_hash", short_text(64), nullable=False),
        Column("status", Integer),
        Column("reply", LongText),
        Column("entry_id", IdText),
        Column("claimed_at", BigInt, nullable=False),
        PrimaryKeyConstraint("user_id", "operation", "key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refused_attempts",
        Column("id", IdText, primary_key=True),
        Column("user_id", short_text(50), nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("account_id", IdText),
        Column("from_account_id", IdText),
        Column("to_account_id", IdText),
        Column("description", short_text(500), nullable=False),
        Column("category", short_text(50)),
        Column("error_code", short_text(50), nullable=False),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("refused_attempts_of_user", "refused_attempts", ["user_id", "effective_at", "id"])


def _state() -> None:
    state = op.create_table(
        "ledger_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("head_position", BigInt, nullable=False),
        Column("head_hash", short_text(64), nullable=False),
        Column("head_booked_at", BigInt, nullable=False),
        Column("clock_offset_us", BigInt, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_offset_us >= 0", name="clock_not_behind"),
        sqlite_strict=True,
    )
    op.bulk_insert(
        state,
        [{"id": 1, "head_position": 0, "head_hash": "0" * 64, "head_booked_at": 0, "clock_offset_us": 0}],
    )
