"""The SQL of published rates, with the packaged history below what was fetched."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from account_service.rates import packaged
from account_service.rates.models import PublishedExchangeRates, PublishedInterestRate, RateSource
from account_service.rates.published import DayOfRates, InterestRates
from shared.http.json_parsing import render


class SourcedRates(NamedTuple):
    """The rates of a day, with who published them."""

    source: str
    rates: DayOfRates


def exchange_on(session: Session, day: date) -> SourcedRates | None:
    """What a euro was worth on a day, or on the last before it that is known; None before them all."""
    table = PublishedExchangeRates
    query = select(table).where(table.day <= day.isoformat()).order_by(table.day.desc()).limit(1)
    row = session.execute(query).scalar()
    fetched = None if row is None else _known(row)
    if fetched is not None and fetched.rates.day == day:
        return fetched
    found = packaged.on(day)
    if found is None or (fetched is not None and fetched.rates.day >= found.day):
        return fetched
    return SourcedRates(packaged.NAME, found)


def newest_exchange(session: Session) -> SourcedRates | None:
    """The newest rates there are."""
    return exchange_on(session, date.max)


def exchange_history(session: Session, until: date, days: int) -> list[DayOfRates]:
    """The rates of each day that has some, of so many days up to one, the oldest first."""
    since = until - timedelta(days=days)
    table = PublishedExchangeRates
    rows = session.execute(select(table).where(table.day.between(since.isoformat(), until.isoformat()))).scalars()
    found = {known.rates.day: known.rates for known in map(_known, rows)}
    for rates in _packaged_since(since):
        if rates.day <= until:
            found.setdefault(rates.day, rates)
    return [found[day] for day in sorted(found)]


def keep_exchange(session: Session, source: str, rates: DayOfRates, *, now_us: int) -> None:
    """Keep what was published of a day, in the place of what may be there of it."""
    day = rates.day.isoformat()
    session.execute(delete(PublishedExchangeRates).where(PublishedExchangeRates.day == day))
    session.add(PublishedExchangeRates(day=day, source=source, per_euro=render(rates.per_euro), fetched_at=now_us))


def keep_interest(session: Session, source: str, rates: InterestRates, *, now_us: int) -> None:
    """Keep rates that were published, in the place of what may be there of the same days."""
    table = PublishedInterestRate
    for place, (name, rate, effective_on) in enumerate(rates):
        day = effective_on.isoformat()
        same = (table.source == source, table.name == name, table.effective_on == day)
        session.execute(delete(table).where(*same))
        session.add(
            table(source=source, name=name, effective_on=day, place=place, rate=rate, fetched_at=now_us),
        )


def interest(session: Session) -> list[PublishedInterestRate]:
    """The newest of each rate of each source."""
    table = PublishedInterestRate
    newest = select(table.source, table.name, func.max(table.effective_on).label("day"))
    last = newest.group_by(table.source, table.name).subquery()
    is_last = (table.source == last.c.source) & (table.name == last.c.name) & (table.effective_on == last.c.day)
    query = select(table).join(last, is_last).order_by(table.source, table.place)
    return list(session.execute(query).scalars())


def sources(session: Session) -> dict[str, RateSource]:
    """What came of asking each source that was ever asked, by its name."""
    return {row.name: row for row in session.execute(select(RateSource)).scalars()}


def note_asked(session: Session, name: str, status: str, problem: str | None, *, now_us: int) -> None:
    """Keep what came of asking a source; without a problem it was read."""
    row = session.get(RateSource, name)
    if row is None:
        row = RateSource(name=name, asked_at=now_us, read_at=None, status=status, problem=problem)
        session.add(row)
    row.asked_at, row.status, row.problem = now_us, status, problem
    if problem is None:
        row.read_at = now_us


def _known(row: PublishedExchangeRates) -> SourcedRates:
    return SourcedRates(row.source, DayOfRates(date.fromisoformat(row.day), json.loads(row.per_euro)))


def _packaged_since(since: date) -> Iterator[DayOfRates]:
    for rates in packaged.days():
        if rates.day < since:
            return
        yield rates
