"""Published rates over HTTP: parse, call, render."""

from datetime import date
from decimal import Decimal

from flask_openapi3 import Tag

from account_service import audit
from account_service.context import context
from account_service.rates import repository
from account_service.rates.payloads import (
    ExchangeRates,
    ExchangeRatesQuery,
    HistoryQuery,
    InterestRate,
    RateOfDay,
    RateSource,
)
from account_service.rates.sources.every import SOURCES
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import fraction_of, rate_between, rate_text
from shared.audit import Subject, audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import RateSourceStatus
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, PUBLIC, access
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock

blueprint = ServiceBlueprint(
    "rates",
    __name__,
    url_prefix="/api/rates",
    abp_security=SECURED,
    abp_tags=[Tag(name="Rates", description="What money is worth in other currencies, and what it costs to borrow.")],
)
_TITLES = {source.name: source.title for source in SOURCES}


@blueprint.get("/exchange", responses={"200": reply_of(ExchangeRates)}, summary="Get exchange rates")
@access(PUBLIC)
@refuses(NOT_FOUND)
def list_exchange_rates(query: ExchangeRatesQuery) -> ViewReply:
    day = date.max if query.on is None else date.fromisoformat(query.on)
    with context().database.read_session() as session:
        known = repository.exchange_on(session, day)
    if known is None:
        raise Refused(NOT_FOUND, "There are no rates of that day or any before it.")
    per_euro = {name: Decimal(rate) for name, rate in known.rates.per_euro.items()}
    rates = {name: rate_between(per_euro, query.base, name) for name in MINOR_UNIT_DIGITS if name != query.base}
    found = [{"currency": name, "rate": rate_text(rate)} for name, rate in rates.items() if rate is not None]
    if not found:
        raise Refused(NOT_FOUND, f"There is no rate of {query.base} on that day.")
    margin = fraction_of(context().rates.settings.margin_basis_points)
    day_text = known.rates.day.isoformat()
    shown = {"base": query.base, "day": day_text, "source": known.source, "margin": str(margin), "rates": found}
    return success(shown)


@blueprint.get(
    "/exchange/history", responses={"200": list_of(RateOfDay)}, summary="Get exchange rate history, oldest first"
)
@access(PUBLIC)
def list_rate_history(query: HistoryQuery) -> ViewReply:
    with context().database.read_session() as session:
        newest = repository.newest_exchange(session)
        days = repository.exchange_history(session, newest.rates.day, query.days) if newest else []
    shown = []
    for known in days:
        rate = rate_between(
            {name: Decimal(worth) for name, worth in known.per_euro.items()}, query.base, query.currency
        )
        if rate is not None:
            shown.append({"day": known.day.isoformat(), "rate": rate_text(rate)})
    return success_list(shown)


@blueprint.get("/interest", responses={"200": list_of(InterestRate)}, summary="List published interest rates")
@access(PUBLIC)
def list_interest_rates() -> ViewReply:
    with context().database.read_session() as session:
        rows = repository.interest(session)
    return success_list(
        [
            {
                "source": row.source,
                "source_title": _TITLES.get(row.source, row.source),
                "name": row.name,
                "rate": row.rate,
                "effective_on": row.effective_on,
                "fetched_at": clock.to_wire(row.fetched_at),
            }
            for row in rows
        ]
    )


@blueprint.get("/sources", responses={"200": list_of(RateSource)}, summary="List rate sources")
@access(ADMIN)
def list_rate_sources() -> ViewReply:
    return success_list(_sources())


@blueprint.post("/refresh", responses={"200": list_of(RateSource)}, summary="Refresh published rates")
@access(ADMIN)
@audited(AuditAction.RATES_REFRESHED, on=AuditSubject.RATES)
def refresh_rates() -> ViewReply:
    with context().database.write_session() as session:
        audit.write(session, AuditAction.RATES_REFRESHED, Subject(AuditSubject.RATES))
    context().rates.refresh()
    return success_list(_sources())


def _sources() -> list[dict[str, str | None]]:
    addresses = context().rates.settings.addresses
    with context().database.read_session() as session:
        known = repository.sources(session)
    shown = []
    for source in SOURCES:
        row, address = known.get(source.name), addresses[source.name]
        status = RateSourceStatus.OFF if not address else row.status if row else RateSourceStatus.UNASKED
        shown.append(
            {
                "name": source.name,
                "title": source.title,
                "address": address or None,
                "status": str(status),
                "asked_at": clock.to_wire(row.asked_at) if row else None,
                "read_at": clock.to_wire(row.read_at) if row and row.read_at is not None else None,
                "problem": row.problem if row else None,
            }
        )
    return shown
