"""Making and changing products: a version is written down, told to the ledger, and in force from the day it says.

The ledger computes interest by the same versions, so it has the last word on the day: what reaches it late applies from
then on, and what has been earned stays as it was.
"""

from dataclasses import replace
from typing import Any

import structlog
from flask_sqlalchemy.session import Session
from sqlalchemy.exc import IntegrityError

from account_service import audit
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.lifecycle import is_final
from account_service.models import ProductVersion
from account_service.products import announcing, repository, terms
from account_service.products.payloads import NewProductRequest, ProductChangeRequest
from account_service.refusals import PRODUCT_CHANGED, PRODUCT_EXISTS
from account_service.settings import Settings
from shared.audit import AuditDetails, Subject, changed
from shared.audit_enums import AuditAction, AuditSubject
from shared.http.field_problems import invalid
from shared.refusals import NOT_FOUND, OUTCOME_UNKNOWN, Refused
from shared.time import clock
from shared.time.business_days import day_number, day_of_number

logger = structlog.get_logger(__name__)

_OF_THE_PRODUCT = ("account_type", "currency")
_OF_NO_TERMS = frozenset({"code", "is_told", "announced_until", "created_by", "created_at"})
_THE_BANK = "bank"


def offer_defaults(session: Session, settings: Settings) -> None:
    """Write down the products of a new bank; those that it has stay as they are."""
    known = {row.code for row in repository.versions(session)}
    rows = [
        _first(one, one.currency or settings.currency, _THE_BANK)
        for one in terms.default_products()
        if one.code not in known
    ]
    if rows:
        repository.add(session, rows)


def create(context: AccountContext, caller: Caller, wanted: NewProductRequest) -> dict[str, Any]:
    """Offer a new product; what it is then. Raises Refused (409) when there is one of this code; 503 and 504."""
    row = _first(wanted, wanted.currency or context.settings.currency, caller.user_id)
    try:
        with context.database.write_session() as session:
            repository.add(session, [row])
            audit.write(session, AuditAction.PRODUCT_CREATED, _product(wanted.code), AuditDetails(after=_told_of(row)))
    except IntegrityError:
        raise Refused(PRODUCT_EXISTS) from None
    return _told(context, wanted.code, 1)


def change(context: AccountContext, caller: Caller, code: str, wanted: ProductChangeRequest) -> dict[str, Any]:
    """Give a product these terms from a day on; the new version.

    Raises Refused: 404; 409 when somebody else has changed it; 422 for a day that has passed; and 503 or 504, after
    which the version will still apply, from the day on which the ledger hears of it.
    """
    today = bank_day(context)
    day = today if wanted.valid_from is None else day_number(wanted.valid_from)
    if day < today:
        first = str(day_of_number(today))
        raise invalid("valid_from", f"has passed: the first possible day is {first}", code="has_passed", bank_day=first)
    with context.database.write_session() as session:
        known = repository.versions(session, code, for_update=True)
        if not known:
            raise Refused(NOT_FOUND)
        newest = known[-1]
        if newest.version != wanted.version:
            raise Refused(PRODUCT_CHANGED, details={"version": newest.version})
        kept = {name: getattr(newest, name) for name in _OF_THE_PRODUCT}
        row = {
            **kept,
            **terms.columns_of(wanted, newest.account_type, newest.currency),
            **_mark(code, newest.version + 1, caller.user_id),
        }
        row["valid_from"] = day
        if announcing.changes(newest, ProductVersion(**row)):
            row["announced_until"] = announcing.FROM_THE_FIRST
        repository.add(session, [row])
        before = _told_of({name: getattr(newest, name) for name in row})
        audit.write(session, AuditAction.PRODUCT_CHANGED, _product(code), changed(before, _told_of(row)))
    return _told(context, code, newest.version + 1)


def tell(context: AccountContext) -> int:
    """Tell the ledger every version that it has not been told; how many. Raises Refused when it does not take one."""
    with context.database.read_session() as session:
        waiting = repository.untold(session)
    for row in waiting:
        day = context.ledger.put_rate_plan(row.code, terms.for_ledger(row))
        with context.database.write_session() as session:
            kept = _version(session, row.code, row.version)
            if kept is not None:
                kept.is_told, kept.valid_from = True, day
    return len(waiting)


def tell_due(context: AccountContext) -> tuple[int, list[Refused]]:
    """The same for the recoverer, which tells whoever has the products too: how many, and the refusal where the ledger
    gave no answer.

    A version that it will never take is said in the log, and nobody is shown it.
    """
    try:
        told = tell(context)
        announcing.announce(context)
        return told, []
    except Refused as refused:
        if not is_final(refused.refusal):
            return 0, [refused]
        logger.exception("rate_plan_refused", cause=refused.refusal.code)
        return 0, []


def bank_day(context: AccountContext) -> int:
    """The bank's day; by real time before the ledger has ever told its own."""
    return day_number(context.bank_clock.now_us() or clock.now_us())


def _told(context: AccountContext, code: str, version: int) -> dict[str, Any]:
    try:
        tell(context)
    except Refused as refused:
        logger.warning("rate_plan_not_told", product=code, cause=refused.refusal.code)
        raise replace(refused, details={**refused.details, **OUTCOME_UNKNOWN}) from None
    with context.database.read_session() as session:
        found = _version(session, code, version)
    if found is None:
        raise Refused(NOT_FOUND)
    return terms.render(found)


def _product(code: str) -> Subject:
    return Subject(AuditSubject.PRODUCT, code)


def _told_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _OF_NO_TERMS}


def _version(session: Session, code: str, version: int) -> ProductVersion | None:
    return next((row for row in repository.versions(session, code) if row.version == version), None)


def _first(wanted: NewProductRequest, currency: str, created_by: str) -> dict[str, Any]:
    facts = {"account_type": wanted.account_type.value, "currency": currency, "valid_from": 0}
    return {**facts, **terms.columns_of(wanted, wanted.account_type, currency), **_mark(wanted.code, 1, created_by)}


def _mark(code: str, version: int, created_by: str) -> dict[str, Any]:
    mark = {"code": code, "version": version, "is_told": False, "announced_until": None}
    return {**mark, "created_by": created_by, "created_at": clock.now_us()}
