"""The rates that the ledger exchanges by: a row for each day that the account service told it of."""

import json
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import Connection, delete, insert, select

from shared.amounts.exchange_rates import rate_text
from shared.http.json_parsing import render
from transaction_service.exchange.conversion import DayRates
from transaction_service.models import exchange_rates


def keep(connection: Connection, rates: DayRates) -> None:
    """Keep a day's rates, in the place of those there may be of it; what was exchanged by them stays as it is."""
    connection.execute(delete(exchange_rates).where(exchange_rates.c.day == rates.day))
    per_euro = {currency: rate_text(rate) for currency, rate in sorted(rates.per_euro.items())}
    row = {"day": rates.day, "source": rates.source, "margin_bp": rates.margin_bp, "per_euro": render(per_euro)}
    connection.execute(insert(exchange_rates).values(row))


def on(connection: Connection, day: int) -> DayRates | None:
    """The rates of a day, or of the last day before it that has any; None before them all."""
    query = select(exchange_rates).where(exchange_rates.c.day <= day)
    row = connection.execute(query.order_by(exchange_rates.c.day.desc()).limit(1)).first()
    if row is None:
        return None
    per_euro = {currency: Decimal(rate) for currency, rate in json.loads(row.per_euro).items()}
    return DayRates(row.day, row.source, row.margin_bp, per_euro)


def on_each(connection: Connection, days: Iterable[int]) -> dict[int, DayRates | None]:
    """The same of several days, by day."""
    return {day: on(connection, day) for day in set(days)}
