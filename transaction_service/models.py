"""The ledger's tables. Entries, postings and journal are append-only: the database itself refuses to change them.

A customer's balance is a cache of their postings. Bank-owned accounts (`owner_id` is null) keep no balance: it is
derived from the postings, so that they are never a row every payment has to lock.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from shared.database import BigInt, IdText, LongText, service_models, short_text

db = service_models()
metadata = db.metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("owner_id", IdText, index=True),
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
    Column("terms_version", Integer, nullable=False, server_default="0"),
    Column("opened_at", BigInt, nullable=False),
    CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
    CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="bank_balances_are_derived"),
    CheckConstraint("balance_minor IS NULL OR balance_minor - held_minor >= floor_minor", name="above_floor"),
    CheckConstraint("held_minor >= 0", name="held_not_negative"),
    CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
    CheckConstraint("status <> 'closed' OR balance_minor = 0", name="closed_is_empty"),
    sqlite_strict=True,
)

entries = Table(
    "entries",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("type", short_text(20), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    Column("from_account_id", IdText),
    Column("to_account_id", IdText),
    Column("description", short_text(500), nullable=False),
    Column("category", short_text(50)),
    Column("initiator_id", short_text(50), nullable=False),
    Column("initiator_kind", short_text(10)),
    Column("initiator_name", short_text(200)),
    Column("reverses", IdText, ForeignKey("entries.id")),
    Column("effective_at", BigInt, nullable=False),
    Column("booked_at", BigInt, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
    sqlite_strict=True,
)
Index("entries_by_time", entries.c.effective_at, entries.c.id)
Index("entries_reversing", entries.c.reverses, sqlite_where=entries.c.reverses.is_not(None))

postings = Table(
    "postings",
    metadata,
    Column("entry_id", IdText, ForeignKey("entries.id"), nullable=False),
    Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    Column("balance_after_minor", BigInt),
    Column("effective_at", BigInt, nullable=False),
    # Whose combined history shows this posting: null for the bank's own legs and for the incoming leg of a transfer
    # between two accounts of one person, so that each movement stands there once.
    Column("history_owner_id", IdText),
    PrimaryKeyConstraint("account_id", "effective_at", "entry_id"),
    CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("postings_of_entry", postings.c.entry_id)
Index(
    "postings_of_owner",
    postings.c.history_owner_id,
    postings.c.effective_at,
    postings.c.entry_id,
    sqlite_where=postings.c.history_owner_id.is_not(None),
)

journal = Table(
    "journal",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=False),
    Column("entry_id", IdText, ForeignKey("entries.id"), nullable=False, unique=True),
    Column("hash", short_text(64), nullable=False),
    sqlite_strict=True,
)

ledger_state = Table(
    "ledger_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("head_position", BigInt, nullable=False),
    Column("head_hash", short_text(64), nullable=False),
    Column("head_booked_at", BigInt, nullable=False),
    Column("clock_offset_us", BigInt, nullable=False),
    Column("time_zone", short_text(64)),  # in which the days of daily_outgoings are counted
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("clock_offset_us >= 0", name="clock_not_behind"),
    sqlite_strict=True,
)

daily_outgoings = Table(
    "daily_outgoings",
    metadata,
    Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False),
    Column("day", Integer, nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    PrimaryKeyConstraint("account_id", "day"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", short_text(50), nullable=False),
    Column("operation", short_text(20), nullable=False),
    Column("key", short_text(255), nullable=False),
    Column("request_hash", short_text(64), nullable=False),
    Column("status", Integer),
    Column("reply", LongText),
    Column("entry_id", IdText),  # no foreign key: the key is the first write, the entry follows in the same commit
    Column("claimed_at", BigInt, nullable=False),
    PrimaryKeyConstraint("user_id", "operation", "key"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("idempotency_keys_by_age", idempotency_keys.c.claimed_at)

refused_attempts = Table(
    "refused_attempts",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("user_id", short_text(50), nullable=False),
    Column("initiator_kind", short_text(10)),
    Column("initiator_name", short_text(200)),
    Column("owner_id", IdText),  # whose account it was for, and who may read of it
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
Index("refused_attempts_of_owner", refused_attempts.c.owner_id, refused_attempts.c.effective_at, refused_attempts.c.id)
Index("refused_attempts_by_time", refused_attempts.c.effective_at, refused_attempts.c.id)
