"""The tables of the account service. Instants are microseconds since the epoch; a boolean is 0 or 1.

An account that is being changed has a `pending_status`: what the ledger is being asked to make of it. `leased_until`
keeps a second process from carrying out the same change at the same time; it costs nothing but time when both do.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, PrimaryKeyConstraint, Table

from shared.database import BigInt, IdText, LongText, short_text

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("user_id", IdText, nullable=False),
    Column("holder_name", short_text(100), nullable=False),
    Column("synthetic", BigInt, nullable=False),
    Column("account_number", short_text(34), nullable=False, unique=True),
    Column("account_type", short_text(16), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("nickname", short_text(60)),
    Column("floor_minor", BigInt, nullable=False),
    Column("movement_limit_minor", BigInt, nullable=False),
    Column("daily_limit_minor", BigInt, nullable=False),
    Column("initial_deposit_minor", BigInt, nullable=False),
    Column("opened_by", short_text(64), nullable=False),
    Column("status", short_text(16), nullable=False),
    Column("pending_status", short_text(16)),
    Column("pending_reason", short_text(200)),
    Column("leased_until", BigInt, nullable=False),
    Column("created_at", BigInt, nullable=False),
    Column("closed_at", BigInt),
    CheckConstraint("status IN ('opening', 'open', 'frozen', 'closing', 'closed', 'refused')", name="status_known"),
    CheckConstraint("pending_status IN ('open', 'frozen', 'closed')", name="pending_status_known"),
    CheckConstraint("status NOT IN ('opening', 'closing') OR pending_status IS NOT NULL", name="half_is_pending"),
    CheckConstraint("status NOT IN ('closed', 'refused') OR pending_status IS NULL", name="final_is_final"),
    CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
    CheckConstraint("floor_minor <= 0", name="floor_not_positive"),
    CheckConstraint("movement_limit_minor > 0 AND daily_limit_minor >= movement_limit_minor", name="limits_positive"),
    CheckConstraint("initial_deposit_minor >= 0", name="initial_deposit_not_negative"),
    CheckConstraint("synthetic IN (0, 1)", name="synthetic_boolean"),
    sqlite_strict=True,
)
Index("accounts_of_user", accounts.c.user_id, accounts.c.created_at, accounts.c.id)
Index("accounts_by_age", accounts.c.created_at, accounts.c.id)
Index("accounts_pending", accounts.c.leased_until, sqlite_where=accounts.c.pending_status.is_not(None))

opening_keys = Table(
    "opening_keys",
    metadata,
    Column("caller_id", short_text(64), nullable=False),
    Column("key", short_text(255), nullable=False),
    Column("request_hash", short_text(64), nullable=False),
    Column("account_id", IdText, ForeignKey("accounts.id"), nullable=False, unique=True),
    Column("shows_number", BigInt, nullable=False),
    Column("status", BigInt),
    Column("reply", LongText),
    CheckConstraint("(status IS NULL) = (reply IS NULL)", name="reply_is_whole"),
    PrimaryKeyConstraint("caller_id", "key"),
    sqlite_strict=True,
)

events = Table(
    "events",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=True),
    Column("id", IdText, nullable=False),
    Column("type", short_text(32), nullable=False),
    Column("occurred_at", BigInt, nullable=False),
    Column("data", LongText, nullable=False),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

feed_positions = Table(
    "feed_positions",
    metadata,
    Column("feed", short_text(64), primary_key=True),
    Column("position", BigInt, nullable=False),
    sqlite_strict=True,
)
