"""Looking at products: those in force on the bank's day, and every version of one."""

from itertools import groupby
from typing import Any

from account_service.context import AccountContext
from account_service.products import repository, terms
from account_service.products.changes import bank_day
from shared.refusals import NOT_FOUND, Refused


def offered(context: AccountContext) -> list[dict[str, Any]]:
    """Every product as it is today: the one of each account type first."""
    day = bank_day(context)
    with context.database.read_session() as session:
        shown = [row for row in repository.versions(session) if terms.is_shown(row)]
    found = [terms.in_force(rows, day) for _, rows in groupby(shown, key=lambda row: row.code)]
    rows = sorted((row for row in found if row is not None), key=lambda row: (row.code != row.account_type, row.code))
    return [terms.render(row) for row in rows]


def product(context: AccountContext, code: str) -> dict[str, Any]:
    """A product as it is today. Raises Refused (404)."""
    day = bank_day(context)
    with context.database.read_session() as session:
        found = terms.in_force(filter(terms.is_shown, repository.versions(session, code)), day)
    if found is None:
        raise Refused(NOT_FOUND)
    return terms.render(found)


def versions(context: AccountContext, code: str) -> list[dict[str, Any]]:
    """What a product was, is and will be, newest first. Raises Refused (404)."""
    with context.database.read_session() as session:
        found = [row for row in repository.versions(session, code) if terms.is_shown(row)]
    if not found:
        raise Refused(NOT_FOUND)
    return [terms.render(row) for row in reversed(found)]
