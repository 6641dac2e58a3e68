"""Reading statements from the projected journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select

from reporting_service.models import accounts, entries, exchanges, legs
from reporting_service.projections import bank_clock, journal_projection
from reporting_service.reports import turnover_queries
from reporting_service.reports.movements import Filters, Scope
from reporting_service.statements.statement import ExchangedAmount, Line, Party, StatedAccount, Statement
from shared.privacy.masking import mask_account_number
from shared.time.business_days import business_day, day_end_us, day_of_number, day_start_us, whole_month
from shared.time.date_ranges import DateRange

LINES_READ_AT_ONCE = 1000

_leg = legs.c
_entry = entries.c
_other = accounts.alias("other")
_OTHER_ID = case((_leg.account_id == _entry.from_account_id, _entry.to_account_id), else_=_entry.from_account_id)
_JOINED = (
    legs.join(entries, _entry.position == _leg.position)
    .outerjoin(_other, _other.c.id == _OTHER_ID)
    .outerjoin(exchanges, exchanges.c.position == _leg.position)
)
_COLUMNS = (
    *legs.c["position", "leg", "amount_minor", "effective_at", "currency"],
    *entries.c["id", "type", "day", "booked_at", "description", "category", "end_to_end_id"],
    *exchanges.c["source_currency", "source_minor", "target_currency", "target_minor", "rate"],
    _other.c.holder_name.label("other_name"),
    _other.c.account_number.label("other_number"),
    _other.c.user_id.label("other_user_id"),
    _other.c.id.label("other_id"),
)
LINES = select(*_COLUMNS).select_from(_JOINED)
"""Movements with what stands in a line of them, each for `line_of`."""


class TooManyLinesError(Exception):
    """A statement would have more lines than anybody can use in one file."""


@dataclass(frozen=True, slots=True)
class StatedMonth:
    """A month in which an account has existed, from its first day to its last."""

    first: date
    last: date
    opening_minor: int
    closing_minor: int
    count: int
    is_final: bool


def stated_account(account: Any, viewer_id: str) -> StatedAccount:
    """The account as its statements name it for this person."""
    number = account.account_number if account.user_id == viewer_id else mask_account_number(account.account_number)
    return StatedAccount(
        account.id, account.holder_name, number, account.account_type, account.currency, account.nickname
    )


def read_statement(
    connection: Connection,
    account: Any,
    viewer_id: str,
    span: tuple[date, date],
    *,
    bank_name: str,
    most: int,
    settled_until: int,
) -> Statement:
    """The statement of these days, the last included. Up to `settled_until` nothing is booked any more by the bank.

    Raises TooManyLinesError, and RuntimeError when what was added up by day is not what the lines come to.
    """
    first, last = span
    lines = tuple(read_lines(connection, account.id, viewer_id, first, last, most=most))
    opening_minor = turnover_queries.balance_before(connection, account.id, day_start_us(first))
    closing_minor = turnover_queries.balance_before(connection, account.id, day_end_us(last))
    statement = Statement(
        bank_name,
        stated_account(account, viewer_id),
        first,
        last,
        opening_minor,
        lines,
        is_final=day_end_us(last) <= settled_until,
        position=journal_projection.read_position(connection).position,
    )
    if statement.closing_minor != closing_minor:
        message = f"account {account.id}: lines from {first} to {last} do not lead to the balance at their end"
        raise RuntimeError(message)
    return statement


def read_lines(
    connection: Connection, account_id: str, viewer_id: str, first: date, last: date, *, most: int | None = None
) -> Iterator[Line]:
    """The movements of these days, oldest first, read some at a time. Raises TooManyLinesError beyond `most`."""
    of_days = (
        _leg.account_id == account_id,
        _leg.effective_at >= day_start_us(first),
        _leg.effective_at < day_end_us(last),
    )
    if most is not None:
        counted = connection.execute(select(func.count()).select_from(legs).where(*of_days)).scalar_one()
        if counted > most:
            raise TooManyLinesError
    query = LINES.where(*of_days).order_by(_leg.effective_at, _leg.position, _leg.leg)
    with connection.execution_options(yield_per=LINES_READ_AT_ONCE).execute(query) as rows:
        for row in rows:
            yield line_of(row, viewer_id)


def months(connection: Connection, account: Any, settled_until: int) -> list[StatedMonth]:
    """Every month from the account's first day or movement to now, or to its closing; newest first."""
    groups = turnover_queries.grouped(connection, Scope.of_account(account.id), Filters(DateRange()))
    moved: dict[date, list[int]] = {}
    for group in groups:
        month = day_of_number(group.day).replace(day=1)
        net_and_count = moved.setdefault(month, [0, 0])
        net_and_count[0] += group.income_minor - group.expense_minor
        net_and_count[1] += group.count
    now_us, in_bank_time = settled_until or bank_clock.shown_us(connection), bank_clock.to_bank_time(connection)
    opened = business_day(in_bank_time(account.created_at)).replace(day=1)
    ends_at = now_us if account.closed_at is None else min(in_bank_time(account.closed_at), now_us)
    last = max([business_day(ends_at).replace(day=1), opened, *moved])
    found, balance_minor = [], 0
    month = min([opened, *moved])
    while month <= last:
        net_minor, count = moved.get(month, (0, 0))
        _, end = whole_month(month)
        is_final = day_end_us(end) <= settled_until
        found.append(StatedMonth(month, end, balance_minor, balance_minor + net_minor, count, is_final))
        balance_minor += net_minor
        month = end + timedelta(days=1)
    return found[::-1]


def line_of(row: Any, viewer_id: str) -> Line:
    """A row of `LINES` as this person may see it."""
    return Line(
        row.id,
        row.position,
        row.type,
        row.amount_minor,
        day_of_number(row.day),
        row.effective_at,
        row.booked_at,
        row.description,
        row.category,
        _counterparty(row, viewer_id),
        row.end_to_end_id,
        _exchanged(row),
    )


def _counterparty(row: Any, viewer_id: str) -> Party | None:
    if row.other_number is None:
        return None
    is_own = row.other_user_id == viewer_id
    return Party(row.other_name, row.other_number if is_own else mask_account_number(row.other_number))


def _exchanged(row: Any) -> ExchangedAmount | None:
    """The side of an exchange that this account did not see."""
    if row.source_currency is None:
        return None
    if row.currency == row.source_currency:
        return ExchangedAmount(row.target_minor, row.target_currency, row.rate)
    return ExchangedAmount(row.source_minor, row.source_currency, row.rate)
