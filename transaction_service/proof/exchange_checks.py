"""Exchanges against their entries and their own rates: what was taken and given is what the rate makes of it.

What was collected of an authorized card payment is converted together with what was before: `foreign_card_checks`.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from shared.amounts.exchange_rates import with_margin_taken
from shared.storage.database import Database
from transaction_service.exchange.agreement import Exchange
from transaction_service.exchange.conversion import Terms
from transaction_service.exchange.exchange_rows import EXCHANGE, exchange_of
from transaction_service.ledger.movement_rules import position_account_id
from transaction_service.models import accounts, card_entries, entries, exchanges, postings
from transaction_service.proof.finding import Finding

PAGE = 500
DERIVED = "derived rows equal entries"
RATES = "exchanges equal their rates"
_LEGS = (
    select(postings.c.position, postings.c.currency, postings.c.amount_minor, accounts.c.id, accounts.c.owner_id)
    .join(accounts, accounts.c.key == postings.c.account_key)
    .order_by(postings.c.position, postings.c.leg)
)


def findings(database: Database) -> list[Finding]:
    """Every exchange that is not what its entry moved, or not what its rate makes; empty when all is well."""
    found: list[Finding] = []
    after = 0
    while True:
        query = select(*EXCHANGE, entries.c.position, entries.c.id, card_entries.c.authorization_id)
        query = query.select_from(_EXCHANGES)
        query = query.where(exchanges.c.position > after).order_by(exchanges.c.position).limit(PAGE)
        with database.read() as connection:
            rows = connection.execute(query).all()
            legs = _legs(connection, [row.position for row in rows])
        for row in rows:
            found += _wrong(row, exchange_of(row), legs[row.position])
        if len(rows) < PAGE:
            return found
        after = rows[-1].position


_EXCHANGES = exchanges.join(entries, entries.c.position == exchanges.c.position).outerjoin(
    card_entries, card_entries.c.position == exchanges.c.position
)


def _legs(connection: Connection, positions: list[int]) -> dict[int, list[Any]]:
    legs: dict[int, list[Any]] = {position: [] for position in positions}
    for leg in connection.execute(_LEGS.where(postings.c.position.in_(positions))) if positions else ():
        legs[leg.position].append(leg)
    return legs


def _wrong(row: Any, exchange: Exchange | None, legs: list[Any]) -> Iterator[Finding]:
    if exchange is None:
        return
    source, target = exchange.source, exchange.target
    in_positions = [
        (position_account_id(source.currency), source.currency, source.minor),
        (position_account_id(target.currency), target.currency, -target.minor),
    ]
    between = [(source.currency, -source.minor), (target.currency, target.minor)]
    own = {account_id for account_id, *_ in in_positions}
    moved = [(leg.id, leg.currency, leg.amount_minor) for leg in legs if leg.id in own]
    moved_for = [(leg.currency, leg.amount_minor) for leg in legs if leg.id not in own]
    if (moved, moved_for) != (in_positions, between) or all(leg.owner_id is None for leg in legs):
        yield Finding(DERIVED, row.id, "the exchange is not what the entry's postings move")
    if exchange.rate is not None and row.authorization_id is None and not _is_at_rate(exchange):
        yield Finding(RATES, row.id, f"{source} are not {target} at the rate {exchange.rate}")


def _is_at_rate(exchange: Exchange) -> bool:
    """Whether the rate makes the one amount of the other, whichever of them was given."""
    rate, reference_rate, source, target = exchange.rate, exchange.reference_rate, exchange.source, exchange.target
    if rate is None or reference_rate is None or exchange.margin_bp is None or exchange.day is None:
        return False
    terms = Terms(source.currency, target.currency, rate, reference_rate, exchange.margin_bp, exchange.day)
    is_rate_of_its_margin = rate == with_margin_taken(reference_rate, exchange.margin_bp)
    is_either = terms.target_minor(source.minor) == target.minor or terms.source_minor(target.minor) == source.minor
    return is_rate_of_its_margin and is_either
