"""The bank's own accounts, the other side of what moves: there are some in each currency that it deals in."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from transaction_service.ledger.movement_rules import BANK_ACCOUNT_NAMES, bank_account_id
from transaction_service.models import accounts


def ensure(connection: Connection, currencies: Iterable[str], now_us: int) -> None:
    """Have the bank keep accounts of every kind in these currencies, inside the caller's write transaction."""
    wanted = {bank_account_id(name, currency): currency for currency in currencies for name in BANK_ACCOUNT_NAMES}
    known = set(connection.execute(select(accounts.c.id).where(accounts.c.id.in_(wanted))).scalars())
    rows = [
        {
            "id": account_id,
            "owner_id": None,
            "holder_name": "The bank",
            "account_number": None,
            "account_type": "bank",
            "currency": currency,
            "status": "open",
            "status_reason": None,
            "synthetic": 0,
            "balance_minor": None,
            "held_minor": 0,
            "floor_minor": 0,
            "floor_passed_at": None,
            "movement_limit_minor": 0,
            "daily_limit_minor": 0,
            "opened_at": now_us,
        }
        for account_id, currency in wanted.items()
        if account_id not in known
    ]
    if rows:
        connection.execute(insert(accounts), rows)
