"""The tables in their final shape: whole numbers inside, ids and hashes as bytes, entries that are their own journal.

Every entry, posting, key and account is carried over. What entries were sealed by stays as it was: they have version 1
of the hash, whose facts the new tables hold. Replies kept for keys stay as their text. The floor is no constraint on
rows any more, and there are holds.

Like every step it is one transaction: killed midway, it has not begun.

Revision ID: 0003
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, UniqueConstraint, text

from shared.storage import append_only
from shared.storage.compact_columns import CompactId, Digest
from shared.storage.database import BigInt, IdText, LongText, short_text
from transaction_service.migrations.carried_over import carry_over, refuse_what_would_be_lost

revision = "0003"
down_revision = "0002"

_WERE_APPEND_ONLY = ("entries", "postings", "journal")
_APPEND_ONLY = ("entries", "postings")
_OLD_TABLES = (  # those that point at others first
    "postings",
    "journal",
    "daily_outgoings",
    "idempotency_keys",
    "refused_attempts",
    "entries",
    "accounts",
    "ledger_state",
)
_INDEXES_OF_THE_SAME_NAME = {
    "ix_accounts_owner_id": "accounts",
    "entries_by_time": "entries",
    "entries_reversing": "entries",
    "refused_attempts_of_owner": "refused_attempts",
    "refused_attempts_by_time": "refused_attempts",
}


def upgrade() -> None:
    """Put the old tables aside, make the new ones, carry over what there is, and drop the old."""
    connection = op.get_bind()
    refuse_what_would_be_lost(connection)
    for table in _WERE_APPEND_ONLY:
        append_only.unguard(connection, table)
    if connection.dialect.name in ("sqlite", "postgresql"):  # elsewhere a name is its table's own
        for index, table in _INDEXES_OF_THE_SAME_NAME.items():
            op.drop_index(index, table_name=table)
    for table in _OLD_TABLES:
        op.rename_table(table, f"old_{table}")
    _accounts()
    _entries()
    _holds()
    _requests()
    _state()
    op.create_table("carried_accounts", Column("id", IdText, primary_key=True), Column("account_key", BigInt))
    carry_over(connection)
    op.drop_table("carried_accounts")
    for table in _OLD_TABLES:
        op.drop_table(f"old_{table}")
    for table in _APPEND_ONLY:
        append_only.guard(connection, table)


def _accounts() -> None:
    op.create_table(
        "accounts",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False),
        Column("owner_id", CompactId),
        Column("holder_name", short_text(200), nullable=False),
        Column("account_number", short_text(34)),
        Column("account_type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("status_reason", short_text(500)),
        Column("synthetic", Integer, nullable=False),
        Column("balance_minor", BigInt),
        Column("held_minor", BigInt, nullable=False),
        Column("floor_minor", BigInt, nullable=False),
        Column("floor_passed_at", BigInt),
        Column("movement_limit_minor", BigInt, nullable=False),
        Column("daily_limit_minor", BigInt, nullable=False),
        Column("terms_version", BigInt, nullable=False, server_default="0"),
        Column("opened_at", BigInt, nullable=False),
        UniqueConstraint("id"),
        UniqueConstraint("account_number"),
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="status_known"),
        CheckConstraint("(owner_id IS NULL) = (balance_minor IS NULL)", name="bank_balances_are_derived"),
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
        CheckConstraint("status <> 'closed' OR balance_minor = 0", name="closed_is_empty"),
        sqlite_strict=True,
    )
    op.create_index("ix_accounts_owner_id", "accounts", ["owner_id"])
    op.create_table(
        "former_names",
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("until_position", BigInt, nullable=False),
        Column("holder_name", short_text(200), nullable=False),
        PrimaryKeyConstraint("account_key", "until_position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_outgoings",
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("day", Integer, nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        PrimaryKeyConstraint("account_key", "day"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _entries() -> None:
    op.create_table(
        "initiators",
        Column("key", BigInt, primary_key=True),
        Column("digest", Digest, nullable=False),
        Column("user_id", CompactId, nullable=False),
        Column("kind", short_text(10)),
        Column("name", short_text(200)),
        Column("role", short_text(20)),
        Column("session_id", CompactId),
        Column("channel", short_text(20)),
        UniqueConstraint("digest"),
        sqlite_strict=True,
    )
    op.create_table(
        "entries",
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", CompactId, nullable=False),
        Column("type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("payer_key", BigInt, ForeignKey("accounts.key")),
        Column("payee_key", BigInt, ForeignKey("accounts.key")),
        Column("description", short_text(500), nullable=False),
        Column("category", short_text(50)),
        Column("reverses", BigInt, ForeignKey("entries.position")),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("hash_version", Integer, nullable=False),
        Column("hash", Digest, nullable=False),
        UniqueConstraint("id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        sqlite_strict=True,
    )
    op.create_index("entries_by_time", "entries", ["effective_at", "position"])
    is_reversal = text("reverses IS NOT NULL")
    op.create_index(
        "entries_reversing", "entries", ["reverses"], sqlite_where=is_reversal, postgresql_where=is_reversal
    )
    op.create_table(
        "postings",
        Column("position", BigInt, ForeignKey("entries.position"), nullable=False),
        Column("leg", Integer, nullable=False),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("balance_after_minor", BigInt),
        Column("effective_at", BigInt, nullable=False),
        PrimaryKeyConstraint("position", "leg"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("postings_of_account", "postings", ["account_key", "effective_at", "position"])


def _holds() -> None:
    op.create_table(
        "holds",
        Column("key", BigInt, primary_key=True),
        Column("id", CompactId, nullable=False),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("authorization_id", CompactId),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("captured_minor", BigInt, nullable=False),
        Column("remaining_minor", BigInt, nullable=False),
        Column("status", short_text(10), nullable=False),
        Column("description", short_text(500), nullable=False),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("expires_at", BigInt, nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("ended_at", BigInt),
        UniqueConstraint("id"),
        CheckConstraint("status IN ('pending', 'captured', 'voided', 'expired')", name="hold_status_known"),
        CheckConstraint("amount_minor > 0 AND captured_minor >= 0 AND remaining_minor >= 0", name="hold_amounts"),
        CheckConstraint("status = 'pending' OR remaining_minor = 0", name="ended_hold_holds_nothing"),
        CheckConstraint("(status = 'pending') = (ended_at IS NULL)", name="hold_ends_once"),
        sqlite_strict=True,
    )
    op.create_index("holds_of_account", "holds", ["account_key", "created_at", "key"])
    is_pending = text("ended_at IS NULL")
    op.create_index("holds_by_expiry", "holds", ["expires_at"], sqlite_where=is_pending, postgresql_where=is_pending)


def _requests() -> None:
    op.create_table(
        "idempotency_keys",
        Column("number", BigInt, primary_key=True),
        Column("name", Digest, nullable=False),
        Column("request_hash", Digest, nullable=False),
        Column("position", BigInt),
        Column("refusal_id", CompactId),
        Column("reply_form", Integer),
        Column("status", Integer),
        Column("reply", LongText),
        Column("claimed_at", BigInt, nullable=False),
        UniqueConstraint("name"),
        CheckConstraint("(reply IS NULL) = (status IS NULL)", name="kept_replies_have_a_status"),
        CheckConstraint("(reply IS NULL) = (reply_form IS NOT NULL)", name="rendered_or_kept"),
        CheckConstraint("reply IS NOT NULL OR position IS NOT NULL", name="rendered_from_an_entry"),
        sqlite_strict=True,
    )
    op.create_table(
        "refused_attempts",
        Column("id", CompactId, primary_key=True),
        Column("initiator_key", BigInt, ForeignKey("initiators.key"), nullable=False),
        Column("request_id", CompactId),
        Column("owner_id", CompactId),
        Column("type", short_text(20), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("amount_minor", BigInt, nullable=False),
        Column("account_key", BigInt, ForeignKey("accounts.key")),
        Column("payer_key", BigInt, ForeignKey("accounts.key")),
        Column("payee_key", BigInt, ForeignKey("accounts.key")),
        Column("description", short_text(500), nullable=False),
        Column("category", short_text(50)),
        Column("error_code", short_text(50), nullable=False),
        Column("details", LongText),
        Column("effective_at", BigInt, nullable=False),
        Column("booked_at", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("refused_attempts_of_owner", "refused_attempts", ["owner_id", "effective_at", "id"])
    op.create_index("refused_attempts_by_time", "refused_attempts", ["effective_at", "id"])


def _state() -> None:
    op.create_table(
        "ledger_state",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("head_position", BigInt, nullable=False),
        Column("head_hash", Digest, nullable=False),
        Column("head_booked_at", BigInt, nullable=False),
        Column("clock_offset_us", BigInt, nullable=False),
        Column("time_zone", short_text(64)),
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("clock_offset_us >= 0", name="clock_not_behind"),
        sqlite_strict=True,
    )
