"""The tables of the reporting service. Instants are microseconds since the epoch, amounts minor units.

All but `reports` are projections: they can be emptied at any time and are derived again from the feeds. A `day` is the
bank's own, as a number (shared/business_days.py). Entries and
legs hold everything that the ledger's hash chain covers, so that the chain can be computed again from them alone.
"""

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared import feeds
from shared.database import BigInt, IdText, service_models, short_text

db = service_models()
metadata = db.metadata

feed_positions = feeds.positions_table(metadata)

# `time_zone` is that of the days below; `clock_ahead_us` how far ahead of real time the bank clock is known to be.
projection_state = Table(
    "projection_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("time_zone", short_text(64), nullable=False),
    Column("clock_ahead_us", BigInt, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    sqlite_strict=True,
)

# From which instant of real time the bank clock has been ahead by how much; a step is an hour at least.
clock_steps = Table(
    "clock_steps",
    metadata,
    Column("booked_at", BigInt, primary_key=True, autoincrement=False),
    Column("clock_ahead_us", BigInt, nullable=False),
    sqlite_strict=True,
)

entries = Table(
    "entries",
    metadata,
    Column("position", BigInt, primary_key=True, autoincrement=False),
    Column("id", IdText, nullable=False),
    Column("type", short_text(20), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    Column("from_account_id", IdText),
    Column("to_account_id", IdText),
    Column("description", short_text(500), nullable=False),
    Column("category", short_text(50)),
    Column("initiator_id", short_text(50), nullable=False),
    Column("reverses", IdText),
    Column("effective_at", BigInt, nullable=False),
    Column("booked_at", BigInt, nullable=False),
    Column("day", Integer, nullable=False),
    Column("hash", short_text(64), nullable=False),
    sqlite_strict=True,
)

legs = Table(
    "legs",
    metadata,
    Column("account_id", IdText, nullable=False),
    Column("effective_at", BigInt, nullable=False),
    Column("position", BigInt, nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    Column("balance_after_minor", BigInt),
    PrimaryKeyConstraint("account_id", "effective_at", "position"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("legs_by_position", legs.c.position)
Index("legs_by_amount", legs.c.account_id, legs.c.amount_minor)

balances = Table(
    "balances",
    metadata,
    Column("account_id", IdText, primary_key=True),
    Column("owner_id", IdText),
    Column("currency", short_text(3), nullable=False),
    Column("balance_minor", BigInt, nullable=False),
    sqlite_strict=True,
)
Index("balances_of_owner", balances.c.owner_id)

volumes = Table(
    "volumes",
    metadata,
    Column("day", Integer, nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("type", short_text(20), nullable=False),
    Column("entries", BigInt, nullable=False),
    Column("amount_minor", BigInt, nullable=False),
    PrimaryKeyConstraint("day", "currency", "type"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

# What moved on a customer's account in a day; `category` is '' where an entry has none. `own_*` is the part that came
# from or went to another account of the same person.
turnover = Table(
    "turnover",
    metadata,
    Column("account_id", IdText, nullable=False),
    Column("day", Integer, nullable=False),
    Column("type", short_text(20), nullable=False),
    Column("category", short_text(50), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("income_minor", BigInt, nullable=False),
    Column("expense_minor", BigInt, nullable=False),
    Column("movements", BigInt, nullable=False),
    Column("own_income_minor", BigInt, nullable=False),
    Column("own_expense_minor", BigInt, nullable=False),
    Column("own_arrivals", BigInt, nullable=False),
    Column("arrivals", BigInt, nullable=False),
    PrimaryKeyConstraint("account_id", "day", "type", "category"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("user_id", IdText, nullable=False),
    Column("holder_name", short_text(100), nullable=False),
    Column("account_number", short_text(34), nullable=False),
    Column("account_type", short_text(16), nullable=False),
    Column("currency", short_text(3), nullable=False),
    Column("nickname", short_text(60)),
    Column("status", short_text(16), nullable=False),
    Column("synthetic", Integer, nullable=False),
    Column("created_at", BigInt, nullable=False),
    Column("closed_at", BigInt),
    sqlite_strict=True,
)

users = Table(
    "users",
    metadata,
    Column("id", IdText, primary_key=True),
    Column("username", short_text(64), nullable=False),
    Column("full_name", short_text(100), nullable=False),
    Column("email", short_text(254), nullable=False),
    Column("role", short_text(16), nullable=False),
    Column("status", short_text(16), nullable=False),
    Column("synthetic", Integer, nullable=False),
    Column("registered_at", BigInt, nullable=False),
    sqlite_strict=True,
)


class StoredReport(db.Model):
    """A report that was made and kept for whoever asked; `parameters` and `content` are JSON text."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("owner_id", "content_hash"),
        Index("reports_of_owner", "owner_id", "created_at", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    owner_id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(short_text(20))
    title: Mapped[str] = mapped_column(short_text(200))
    parameters: Mapped[str]
    content: Mapped[str]
    content_hash: Mapped[str] = mapped_column(short_text(64))
    as_of_position: Mapped[int]
    created_at: Mapped[int]


class ProofRun(db.Model):
    """A proof that somebody asked for; `result` is JSON text, there once it has succeeded."""

    __tablename__ = "proofs"
    __table_args__ = (
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished_when_not_running"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True)
    status: Mapped[str] = mapped_column(short_text(16))
    started_by: Mapped[str] = mapped_column(IdText)
    started_at: Mapped[int]
    finished_at: Mapped[int | None]
    result: Mapped[str | None]
    error: Mapped[str | None] = mapped_column(short_text(500))


reports = StoredReport.__table__
