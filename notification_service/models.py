"""The inbox's tables: notifications, and what the feeds have told.

A notification is kept as facts; its words are made when it is read.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table

from shared import feeds, row_seals
from shared.database import BigInt, IdText, service_models, short_text

db = service_models()
metadata = db.metadata

seals = row_seals.seal_table(metadata)

notifications = Table(
    "notifications",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("user_id", IdText, nullable=False),
    Column("type", short_text(30), nullable=False),
    Column("created_at", BigInt, nullable=False),
    Column("read_at", BigInt),
    Column("entry_id", IdText),
    Column("movement", short_text(20)),
    Column("amount_minor", BigInt),
    Column("currency", short_text(3)),
    Column("account_id", IdText),
    Column("other_account_id", IdText),
    Column("detail", short_text(500), nullable=False),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_has_its_currency"),
    CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="amount_positive"),
    sqlite_strict=True,
)
Index("notifications_of_user", notifications.c.user_id, notifications.c.created_at, notifications.c.id)

# What the account service says of accounts, so that a message can name them.
accounts = Table(
    "accounts",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("holder_name", short_text(200), nullable=False),
    Column("account_number", short_text(34), nullable=False),
    Column("account_type", short_text(20), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("nickname", short_text(200)),
    sqlite_strict=True,
)

feed_positions = feeds.positions_table(metadata)

# `clock_ahead_us` is how far ahead of real time the bank clock is known to be.
inbox_state = Table(
    "inbox_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("clock_ahead_us", BigInt, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("clock_ahead_us >= 0", name="clock_not_behind"),
    sqlite_strict=True,
)
