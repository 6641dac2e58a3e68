"""An account's limits, and how much of the present day's is used."""

from typing import Any

from sqlalchemy import Connection, select

from shared.amounts import money
from shared.time import clock
from shared.time.business_days import business_day, day_end_us, day_number
from transaction_service.due_work import bank_clock
from transaction_service.ledger import journal
from transaction_service.models import accounts


def of_account(connection: Connection, account_id: str, *, now_us: int) -> dict[str, Any]:
    """The account's limits on the bank's present day; `resets_at` is when the day's is free again."""
    columns = accounts.c
    query = select(columns.key, columns.currency, columns.movement_limit_minor, columns.daily_limit_minor)
    row = connection.execute(query.where(columns.id == account_id)).one()
    bank_time = bank_clock.read(connection, now_us=now_us).now_us
    day = (row.key, day_number(bank_time))
    used = journal.spent_on(connection, [day]).get(day, 0)

    def shown(minor: int) -> str:
        return money.to_text(minor, row.currency)

    return {
        "account_id": account_id,
        "currency": row.currency,
        "per_payment": shown(row.movement_limit_minor),
        "daily": shown(row.daily_limit_minor),
        "used_today": shown(used),
        "available_today": shown(max(row.daily_limit_minor - used, 0)),
        "resets_at": clock.to_wire(day_end_us(business_day(bank_time))),
    }
