"""Rate plans, the accounts on them, and what interest was settled and posted; the bank's accounts for interest income.

Revision ID: 0006
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, PrimaryKeyConstraint, column, insert, select, table

from shared.storage.compact_columns import CompactId
from shared.storage.database import BigInt, LongText, short_text

revision = "0006"
down_revision = "0005"

_PLAIN = (
    *("holder_name", "account_number", "account_type", "currency", "status", "status_reason", "synthetic"),
    *("balance_minor", "held_minor", "floor_minor", "floor_passed_at", "movement_limit_minor", "daily_limit_minor"),
    *("terms_version", "opened_at"),
)


def upgrade() -> None:
    """Make the tables; no account is on a plan before the account service says so."""
    _rate_plans()
    op.create_table(
        "account_plans",
        Column("account_key", BigInt, ForeignKey("accounts.key"), primary_key=True, autoincrement=False),
        Column("code", short_text(40), nullable=False),
        Column("accrues_from", Integer, nullable=False),
        Column("settled_until", Integer),
        Column("recompute_from", Integer),
        Column("outstanding_credit_minor", BigInt, nullable=False, server_default="0"),
        Column("outstanding_debit_minor", BigInt, nullable=False, server_default="0"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("account_plans_of_code", "account_plans", ["code", "account_key"])
    op.create_table(
        "interest_periods",
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        Column("first_day", Integer, nullable=False),
        Column("until_day", Integer, nullable=False),
        Column("credit_minor", BigInt, nullable=False),
        Column("debit_minor", BigInt, nullable=False),
        Column("as_of", BigInt, nullable=False),
        PrimaryKeyConstraint("account_key", "first_day"),
        CheckConstraint("first_day < until_day", name="period_has_days"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interest_entries",
        Column("position", BigInt, ForeignKey("entries.position"), primary_key=True, autoincrement=False),
        Column("account_key", BigInt, ForeignKey("accounts.key"), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_interest_entries_account_key", "interest_entries", ["account_key"])
    op.create_table(
        "interest_runs",
        Column("id", CompactId, primary_key=True),
        Column("day", Integer, nullable=False, unique=True),
        Column("scanned_to", BigInt, nullable=False),
        Column("settled_to", BigInt, nullable=False),
        sqlite_strict=True,
    )
    _income_accounts()


def _rate_plans() -> None:
    op.create_table(
        "rate_plans",
        Column("id", CompactId, nullable=False, unique=True),
        Column("code", short_text(40), nullable=False),
        Column("version", Integer, nullable=False),
        Column("valid_from", Integer, nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("credit_rate", Integer, nullable=False),
        Column("tiers", LongText, nullable=False),
        Column("day_count", short_text(10), nullable=False),
        Column("paid", short_text(10), nullable=False),
        Column("debit_rate", Integer, nullable=False),
        Column("overdraft_limit_minor", BigInt, nullable=False),
        Column("minimum_balance_minor", BigInt, nullable=False),
        Column("monthly_fee_minor", BigInt, nullable=False),
        Column("overdraft_fee_minor", BigInt, nullable=False),
        Column("limit_applied_to", BigInt, nullable=False),
        PrimaryKeyConstraint("code", "version"),
        CheckConstraint("credit_rate >= 0 AND debit_rate >= 0", name="rates_not_negative"),
        CheckConstraint(
            "overdraft_limit_minor >= 0 AND minimum_balance_minor >= 0 AND monthly_fee_minor >= 0 "
            "AND overdraft_fee_minor >= 0",
            name="plan_amounts_not_negative",
        ),
        sqlite_strict=True,
    )


def _income_accounts() -> None:
    """The account that interest of overdrafts goes to, beside each that holds cash."""
    accounts = table("accounts", *(column(name, CompactId) for name in ("id", "owner_id")), *map(column, _PLAIN))
    connection = op.get_bind()
    of_the_bank = select(accounts).where(accounts.c.owner_id.is_(None)).order_by(accounts.c.id)
    found = {row.id: row._asdict() for row in connection.execute(of_the_bank)}
    added = [
        {**row, "id": f"bank:interest-income:{row['currency']}"}
        for account_id, row in found.items()
        if account_id == f"bank:cash:{row['currency']}"
    ]
    if added:
        connection.execute(insert(accounts), added)
