"""Exchange rates, quotes, what entries exchanged, and the accounts in which the bank keeps its positions.

Revision ID: 0007
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Text, column, insert, select, table

from shared.storage import append_only
from shared.storage.compact_columns import CompactId
from shared.storage.database import BigInt, short_text

revision = "0007"
down_revision = "0006"

_PLAIN = (
    *("holder_name", "account_number", "account_type", "currency", "status", "status_reason", "synthetic"),
    *("balance_minor", "held_minor", "floor_minor", "floor_passed_at", "movement_limit_minor", "daily_limit_minor"),
    *("terms_version", "opened_at"),
)


def upgrade() -> None:
    """Make the tables; nothing has been exchanged yet, so there is nothing to carry over."""
    op.create_table(
        "exchange_rates",
        Column("day", Integer, primary_key=True, autoincrement=False),
        Column("source", short_text(40), nullable=False),
        Column("margin_bp", Integer, nullable=False),
        Column("per_euro", Text, nullable=False),
        CheckConstraint("margin_bp >= 0 AND margin_bp < 10000", name="margin_leaves_something"),
        sqlite_strict=True,
    )
    op.create_table(
        "quotes",
        Column("id", CompactId, primary_key=True),
        Column("user_id", CompactId, nullable=False),
        *_terms(nullable=False),
        Column("created_at", BigInt, nullable=False),
        Column("valid_until", BigInt, nullable=False),
        CheckConstraint("source_minor > 0 AND target_minor > 0", name="quote_amounts"),
        sqlite_strict=True,
    )
    op.create_index("quotes_by_end", "quotes", ["valid_until"])
    op.create_table(
        "exchanges",
        Column("position", BigInt, ForeignKey("entries.position"), primary_key=True, autoincrement=False),
        *_terms(nullable=True),
        Column("quote_id", CompactId, unique=True),
        CheckConstraint("source_minor > 0 AND target_minor > 0", name="exchange_amounts"),
        CheckConstraint("source_currency <> target_currency", name="two_currencies"),
        CheckConstraint(
            "(rate IS NULL) = (reference_rate IS NULL) AND (rate IS NULL) = (margin_bp IS NULL) "
            "AND (rate IS NULL) = (rate_day IS NULL)",
            name="terms_are_whole",
        ),
        sqlite_strict=True,
    )
    append_only.guard(op.get_bind(), "exchanges")
    _position_accounts()


def _terms(*, nullable: bool) -> tuple[Column[object], ...]:
    """What is taken of which currency and given of which; by which rates, where there are any."""
    return (
        Column("source_currency", short_text(3), nullable=False),
        Column("source_minor", BigInt, nullable=False),
        Column("target_currency", short_text(3), nullable=False),
        Column("target_minor", BigInt, nullable=False),
        Column("rate", short_text(24), nullable=nullable),
        Column("reference_rate", short_text(24), nullable=nullable),
        Column("margin_bp", Integer, nullable=nullable),
        Column("rate_day", Integer, nullable=nullable),
    )


def _position_accounts() -> None:
    """The account that holds what the bank has taken and given of a currency, beside each that holds cash."""
    accounts = table("accounts", *(column(name, CompactId) for name in ("id", "owner_id")), *map(column, _PLAIN))
    connection = op.get_bind()
    of_the_bank = select(accounts).where(accounts.c.owner_id.is_(None)).order_by(accounts.c.id)
    found = {row.id: row._asdict() for row in connection.execute(of_the_bank)}
    added = [
        {**row, "id": f"bank:exchange-position:{row['currency']}"}
        for account_id, row in found.items()
        if account_id == f"bank:cash:{row['currency']}"
    ]
    if added:
        connection.execute(insert(accounts), added)
