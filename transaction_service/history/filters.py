"""What a list of transactions is narrowed to, as conditions on the ledger's tables."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from shared.amounts.account_numbers import read_account_number
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import parse_amount
from shared.storage.compact_columns import IdDigits
from shared.storage.text_search import contains
from transaction_service.ledger.serializers import reference

_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Filters:
    """Instants in microseconds of the bank's time, amounts as decimal text; None: not narrowed."""

    account_id: str | None = None
    authorization_id: str | None = None
    type: str | None = None
    direction: str | None = None
    category: str | None = None
    since: int | None = None
    until: int | None = None
    min_amount: str | None = None
    max_amount: str | None = None
    text: str | None = None


def common_conditions(columns: Any, filters: Filters) -> list[ColumnElement[bool]]:
    """The conditions that entries and refused attempts have in common."""
    conditions: list[ColumnElement[bool]] = []
    if filters.type is not None:
        conditions.append(columns.type == filters.type)
    if filters.category is not None:
        conditions.append(columns.category == filters.category)
    if filters.since is not None:
        conditions.append(columns.effective_at >= filters.since)
    if filters.until is not None:
        conditions.append(columns.effective_at < filters.until)
    return conditions


def amount_conditions(
    currency: ColumnElement[str], amount_minor: ColumnElement[int], filters: Filters
) -> list[ColumnElement[bool]]:
    """The conditions on an amount, as it is seen from where it is listed."""
    bounds = ((filters.min_amount, operator.ge), (filters.max_amount, operator.le))
    return [_compared(currency, amount_minor, amount, compare) for amount, compare in bounds if amount is not None]


def has_text(wanted: str, row_id: ColumnElement[str], *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the row's id, or one of the columns, has this text in it, whatever its capitals.

    A reference is read as an id's end.
    """
    prefix = reference("")
    sought = wanted[len(prefix) :] if wanted.upper().startswith(prefix) else wanted
    return or_(*(contains(column, sought) for column in columns), _has_digits(row_id, sought))


def _has_digits(row_id: ColumnElement[str], sought: str) -> ColumnElement[bool]:
    digits = sought.replace("-", "").lower()
    if not digits or not _DIGITS.issuperset(digits):
        return false()
    return IdDigits(row_id).contains(digits)


def is_number(wanted: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of the columns is this whole account number, however it was typed."""
    try:
        number = read_account_number(wanted)
    except ValueError:
        return false()
    return or_(*(column == number for column in columns))


def has_number(wanted: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of the columns has this part of an account number in it: for staff, who may see all of it."""
    part = "".join(character for character in wanted.upper() if character.isalnum())
    return or_(*(contains(column, part) for column in columns)) if len(part) >= 4 else false()


def _compared(
    currency: ColumnElement[str], amount_minor: ColumnElement[int], amount: str, compare: Callable[[Any, int], Any]
) -> ColumnElement[bool]:
    """The amount compared in each currency that can express it; the others match nothing."""
    by_minor: dict[int, list[str]] = {}
    for name in MINOR_UNIT_DIGITS:
        try:
            by_minor.setdefault(parse_amount(amount, name).minor, []).append(name)
        except ValueError:
            continue
    return or_(
        false(),
        *(and_(currency.in_(names), compare(amount_minor, minor)) for minor, names in by_minor.items()),
    )
