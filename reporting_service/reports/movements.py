"""Reading the projected journal: movements of one account, or of all accounts of a person."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, literal, or_, select

from reporting_service.models import accounts, balances, entries, exchanges, legs
from reporting_service.reports.summaries import OPENING, Group
from shared.amounts import money
from shared.amounts.exchange_rates import fraction_of
from shared.enums import TransactionType
from shared.privacy.masking import mask_account_number
from shared.time import clock
from shared.time.business_days import day_of_number
from shared.time.date_ranges import EVERYTHING, DateRange


@dataclass(frozen=True, slots=True)
class Filters:
    """Which movements: when, of which type, in which category (what has none goes by its type)."""

    span: DateRange = EVERYTHING
    type: str | None = None
    category: str | None = None


_leg = legs.c
_entry = entries.c
_other = accounts.alias("other")
_OTHER_ID = case((_leg.account_id == _entry.from_account_id, _entry.to_account_id), else_=_entry.from_account_id)
_LEGS = legs.join(entries, _entry.position == _leg.position)
_LEGS_WITH_OTHER = _LEGS.outerjoin(_other, _other.c.id == _OTHER_ID).outerjoin(
    exchanges, exchanges.c.position == _leg.position
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose movements: one account, or (`is_joint`) all of a person's accounts seen together."""

    account_ids: tuple[str, ...]
    is_joint: bool

    @classmethod
    def of_account(cls, account_id: str) -> "Scope":
        """One account: everything that moves is income or expense."""
        return cls((account_id,), is_joint=False)

    @classmethod
    def of_owner(cls, connection: Connection, owner_id: str) -> "Scope":
        """A person's accounts: what goes from one to another is neither, and is seen once, where it leaves."""
        own = connection.execute(select(balances.c.account_id).where(balances.c.owner_id == owner_id)).scalars()
        return cls(tuple(sorted(own)), is_joint=True)

    @property
    def is_internal(self) -> ColumnElement[bool]:
        """Whether a movement stays among these accounts."""
        return and_(
            func.coalesce(_entry.from_account_id.in_(self.account_ids), False),
            func.coalesce(_entry.to_account_id.in_(self.account_ids), False),
        )


def grouped(connection: Connection, scope: Scope, filters: Filters) -> list[Group]:
    """Movements added up by day, type, category and currency, one by one; `grouping` does it for long spans."""
    amount = _leg.amount_minor
    outside = ~scope.is_internal if scope.is_joint else literal(True)
    inside = scope.is_internal if scope.is_joint else literal(False)
    day = _entry.day
    query = _chosen(
        select(
            day,
            _entry.type,
            _entry.category,
            _leg.currency,
            func.sum(case((and_(outside, amount > 0), amount), else_=0)),
            func.sum(case((and_(outside, amount < 0), -amount), else_=0)),
            func.sum(case((inside, -amount), else_=0)),
            func.count(),
            func.sum(case((and_(outside, amount > 0), 1), else_=0)),
            func.sum(case((inside, 1), else_=0)),
        ),
        scope,
        filters,
    ).group_by(day, _entry.type, _entry.category, _leg.currency)
    return [
        Group(int(row[0]), row[1], row[2], row[3], *(int(value) for value in row[4:]))
        for row in connection.execute(query)
    ]


def newest(connection: Connection, scope: Scope, filters: Filters, limit: int, viewer_id: str) -> list[dict[str, Any]]:
    """The newest movements, as reports list them."""
    order = (_leg.effective_at.desc(), _leg.position.desc())
    rows = _first(connection, scope, _listed(scope, filters).order_by(*order), limit)
    rows.sort(key=lambda row: (row.effective_at, row.position), reverse=True)
    return [_shown(row, viewer_id) for row in rows[:limit]]


def largest(connection: Connection, scope: Scope, filters: Filters, limit: int, viewer_id: str) -> list[dict[str, Any]]:
    """The largest movements of each direction, income first; what an account began with is none.

    Equal ones follow the index, so that none is sorted.
    """
    found: list[Any] = []
    amount = _leg.amount_minor
    time = (_leg.effective_at, _leg.position)
    income = (amount > 0, (amount.desc(), *(column.desc() for column in time)))
    expense = (amount < 0, (amount, *time))
    for direction, order in (income, expense):
        is_opening = and_(func.coalesce(_entry.category, "") == OPENING, _entry.type == TransactionType.DEPOSIT)
        query = _listed(scope, filters).where(direction, ~is_opening)
        if scope.is_joint:
            query = query.where(~scope.is_internal)
        rows = _first(connection, scope, query.order_by(*order), limit)
        rows.sort(key=lambda row: abs(row.amount_minor), reverse=True)
        found += rows[:limit]
    return [_shown(row, viewer_id) for row in found]


def _first(connection: Connection, scope: Scope, query: Select[Any], limit: int) -> list[Any]:
    """The first rows of each account in the query's order, which for one account is an index's: nothing is sorted."""
    return [
        row
        for account_id in scope.account_ids
        for row in connection.execute(query.where(_leg.account_id == account_id).limit(limit))
    ]


def _chosen(query: Select[Any], scope: Scope, filters: Filters, source: FromClause = _LEGS) -> Select[Any]:
    query = query.select_from(source).where(_leg.account_id.in_(scope.account_ids))
    if scope.is_joint:
        query = query.where(or_(_leg.amount_minor < 0, ~scope.is_internal))
    if filters.span.since is not None:
        query = query.where(_leg.effective_at >= filters.span.since)
    if filters.span.until is not None:
        query = query.where(_leg.effective_at < filters.span.until)
    if filters.type is not None:
        query = query.where(_entry.type == filters.type)
    if filters.category is not None:
        query = query.where(func.coalesce(_entry.category, _entry.type) == filters.category)
    return query


def _listed(scope: Scope, filters: Filters) -> Select[Any]:
    columns = (
        _leg.account_id,
        _leg.position,
        _leg.amount_minor,
        _leg.balance_after_minor,
        _leg.effective_at,
        _entry.id,
        _entry.type,
        _leg.currency,
        _entry.description,
        _entry.category,
        _entry.booked_at,
        _entry.end_to_end_id,
        *exchanges.c["source_currency", "source_minor", "target_currency", "target_minor"],
        *exchanges.c["rate", "reference_rate", "margin_bp", "rate_day"],
        _other.c.holder_name.label("other_name"),
        _other.c.account_number.label("other_number"),
        _other.c.user_id.label("other_user_id"),
    )
    return _chosen(select(*columns), scope, filters, _LEGS_WITH_OTHER)


def _shown(row: Any, viewer_id: str) -> dict[str, Any]:
    number = row.other_number
    is_own = row.other_user_id == viewer_id
    return {
        "id": row.id,
        "account_id": row.account_id,
        "type": row.type,
        "direction": "out" if row.amount_minor < 0 else "in",
        "amount": money.to_text(abs(row.amount_minor), row.currency),
        "currency": row.currency,
        "balance_after": money.to_text(row.balance_after_minor, row.currency),
        "counterparty": None
        if number is None
        else {"name": row.other_name, "account_number": number if is_own else mask_account_number(number)},
        "description": row.description,
        "category": row.category,
        "effective_at": clock.to_wire(row.effective_at),
        "booked_at": clock.to_wire(row.booked_at),
        "end_to_end_id": row.end_to_end_id,
        "exchange": _exchange(row),
    }


def _exchange(row: Any) -> dict[str, str | None] | None:
    """The `Exchange` of a movement between two currencies."""
    if row.source_currency is None:
        return None
    return {
        "rate": row.rate,
        "reference_rate": row.reference_rate,
        "margin": None if row.margin_bp is None else str(fraction_of(row.margin_bp)),
        "rates_of": None if row.rate_day is None else day_of_number(row.rate_day).isoformat(),
        "source_amount": money.to_text(row.source_minor, row.source_currency),
        "source_currency": row.source_currency,
        "target_amount": money.to_text(row.target_minor, row.target_currency),
        "target_currency": row.target_currency,
    }
