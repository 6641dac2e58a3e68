"""The tables of quotes and of what was exchanged: their SQL, and what is read of an entry that exchanged money."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from shared.amounts.exchange_rates import rate_text
from shared.amounts.money import Money
from transaction_service.exchange.agreement import Exchange, Quote
from transaction_service.models import exchanges, quotes

_TERMS = (
    *("source_currency", "source_minor", "target_currency", "target_minor"),
    *("rate", "reference_rate", "margin_bp", "rate_day"),
)
EXCHANGE = tuple(exchanges.c[name].label(f"exchange_{name}") for name in (*_TERMS, "quote_id"))
"""The columns of an entry's exchange, all null where it exchanged nothing, for `exchange_of`."""


def exchange_of(row: Any) -> Exchange | None:
    """The exchange that a row tells of, of a query that selects EXCHANGE; None of a movement in one currency."""
    values = [row._mapping[column.name] for column in EXCHANGE]
    return None if values[0] is None else _exchange(values)


def add(connection: Connection, rows: Sequence[tuple[int, Exchange]]) -> None:
    """Keep what entries at these positions exchanged."""
    if rows:
        connection.execute(insert(exchanges), [{"position": at, **_row(made)} for at, made in rows])


def add_quote(connection: Connection, quote: Quote, *, created_at: int) -> None:
    """Keep what was promised."""
    row = {**_row(quote.exchange), "quote_id": None}
    del row["quote_id"]
    values = {"id": quote.id, "user_id": quote.user_id, "created_at": created_at, "valid_until": quote.valid_until}
    values["account_id"] = quote.account_id
    connection.execute(insert(quotes).values({**row, **values}))


def quotes_named(connection: Connection, ids: Iterable[str]) -> dict[str, Quote]:
    """Quotes by their ids, as far as there are any, with whether an entry has used each."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (
        select(quotes, exchanges.c.position)
        .outerjoin(exchanges, exchanges.c.quote_id == quotes.c.id)
        .where(quotes.c.id.in_(wanted))
    )
    return {
        row.id: Quote(
            row.id,
            row.user_id,
            _exchange([*(row._mapping[name] for name in _TERMS), row.id]),
            row.valid_until,
            row.position is not None,
            row.account_id,
        )
        for row in connection.execute(query)
    }


def has_quotes_before(connection: Connection, before_us: int) -> bool:
    """Whether there are quotes that ended before an instant."""
    query = select(quotes.c.id).where(quotes.c.valid_until < before_us).limit(1)
    return connection.execute(query).first() is not None


def forget_quotes(connection: Connection, before_us: int) -> int:
    """Delete those quotes; how many there were."""
    return connection.execute(delete(quotes).where(quotes.c.valid_until < before_us)).rowcount


def _exchange(values: Sequence[Any]) -> Exchange:
    source_currency, source_minor, target_currency, target_minor, *terms = values
    rate, reference_rate, margin_bp, day, quote_id = terms
    return Exchange(
        Money(source_minor, source_currency),
        Money(target_minor, target_currency),
        None if rate is None else Decimal(rate),
        None if reference_rate is None else Decimal(reference_rate),
        margin_bp,
        day,
        quote_id,
    )


def _row(exchange: Exchange) -> dict[str, Any]:
    return {
        "source_currency": exchange.source.currency,
        "source_minor": exchange.source.minor,
        "target_currency": exchange.target.currency,
        "target_minor": exchange.target.minor,
        "rate": None if exchange.rate is None else rate_text(exchange.rate),
        "reference_rate": None if exchange.reference_rate is None else rate_text(exchange.reference_rate),
        "margin_bp": exchange.margin_bp,
        "rate_day": exchange.day,
        "quote_id": exchange.quote_id,
    }
