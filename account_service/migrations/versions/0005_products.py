"""Products and their versions; which product each account is.

Revision ID: 0005
"""

import json

from alembic import op
from sqlalchemy import CheckConstraint, Column, PrimaryKeyConstraint, bindparam, column, select, table, text, update

from shared.amounts.money import to_text
from shared.storage.database import BigInt, LongText, short_text

revision = "0005"
down_revision = "0004"
_REPLIES_AT_ONCE = 500


def upgrade() -> None:
    """Make the table and say of each account that it is the product of its type; the ledger is told so in time."""
    op.create_table(
        "products",
        Column("code", short_text(40), nullable=False),
        Column("version", BigInt, nullable=False),
        Column("valid_from", BigInt, nullable=False),
        Column("name", short_text(60), nullable=False),
        Column("account_type", short_text(16), nullable=False),
        Column("currency", short_text(3), nullable=False),
        Column("credit_rate", BigInt, nullable=False),
        Column("tiers", LongText, nullable=False),
        Column("day_count", short_text(10), nullable=False),
        Column("paid", short_text(10), nullable=False),
        Column("overdraft_limit_minor", BigInt, nullable=False),
        Column("overdraft_rate", BigInt, nullable=False),
        Column("monthly_fee_minor", BigInt, nullable=False),
        Column("overdraft_fee_minor", BigInt, nullable=False),
        Column("minimum_balance_minor", BigInt, nullable=False),
        Column("is_told", BigInt, nullable=False),
        Column("created_by", short_text(64), nullable=False),
        Column("created_at", BigInt, nullable=False),
        CheckConstraint("is_told IN (0, 1)", name="is_told_boolean"),
        PrimaryKeyConstraint("code", "version"),
        sqlite_strict=True,
    )
    op.add_column("accounts", Column("product", short_text(40)))
    op.get_bind().execute(text("UPDATE accounts SET product = account_type, terms_version = terms_version + 1"))
    _complete_replies()


def _complete_replies() -> None:
    """Add to the replies that keys repeat what replies have now; at that time no account had any of it."""
    keys = table("opening_keys", *map(column, ("caller_id", "key", "status", "reply")))
    connection = op.get_bind()
    opened = connection.execute(select(keys.c.caller_id, keys.c.key, keys.c.reply).where(keys.c.status == 201)).all()
    rows = [{"caller": row.caller_id, "of_key": row.key, "told": _completed(row.reply)} for row in opened]
    is_it = (keys.c.caller_id == bindparam("caller")) & (keys.c.key == bindparam("of_key"))
    for start in range(0, len(rows), _REPLIES_AT_ONCE):
        changed = update(keys).where(is_it).values(reply=bindparam("told"))
        connection.execute(changed, rows[start : start + _REPLIES_AT_ONCE])


def _completed(reply: str) -> str:
    account = json.loads(reply)
    nothing = to_text(0, account["currency"])
    added = {
        "product": account["account_type"],
        "overdraft_limit": nothing,
        "overdraft_rate": "0.00",
        "accrued_interest": nothing,
        "accrued_overdraft_interest": nothing,
    }
    return json.dumps({**account, **added})
