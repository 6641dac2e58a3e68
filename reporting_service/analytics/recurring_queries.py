"""The movements in which payments that come again are looked for."""

from sqlalchemy import Connection, and_, case, func, select

from reporting_service.analytics.recurring import Payment
from reporting_service.models import accounts, balances, entries, legs
from shared.enums import TransactionType
from shared.time.business_days import day_of_number

MOST_PAYMENTS = 5000
"""Of each account the newest so many are looked at: years of an ordinary one."""
_NEVER = (TransactionType.REVERSAL, TransactionType.CARD_REFUND, TransactionType.CHARGEBACK, TransactionType.DEPOSIT)


def newest_payments(connection: Connection, owner_id: str) -> list[Payment]:
    """A person's payments to others and from others, oldest first; between own accounts nothing recurs."""
    own = connection.execute(select(balances.c.account_id).where(balances.c.owner_id == owner_id)).scalars().all()
    found: list[Payment] = []
    for account_id in own:
        found += _of_account(connection, account_id, owner_id)
    return sorted(found, key=lambda one: one.day)


def _of_account(connection: Connection, account_id: str, owner_id: str) -> list[Payment]:
    other_id = case(
        (legs.c.account_id == entries.c.from_account_id, entries.c.to_account_id), else_=entries.c.from_account_id
    )
    other = accounts.alias("other")
    query = (
        select(
            entries.c.day,
            legs.c.amount_minor,
            legs.c.currency,
            func.coalesce(other.c.holder_name, ""),
            entries.c.description,
            func.coalesce(entries.c.category, entries.c.type),
            other.c.id,
        )
        .select_from(legs.join(entries, entries.c.position == legs.c.position).outerjoin(other, other.c.id == other_id))
        .where(
            and_(
                legs.c.account_id == account_id,
                entries.c.type.not_in(_NEVER),
                func.coalesce(other.c.user_id, "") != owner_id,
            )
        )
        .order_by(legs.c.effective_at.desc(), legs.c.position.desc())
        .limit(MOST_PAYMENTS)
    )
    rows = connection.execute(query).all()
    return [Payment(account_id, day_of_number(int(row[0])), int(row[1]), *row[2:]) for row in reversed(rows)]
