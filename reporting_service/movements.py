"""Reading the projected journal: movements of one account, or of all accounts of a person."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, literal, or_, select

from reporting_service.journal_projection import DAY_US
from reporting_service.models import accounts, balances, entries, legs
from reporting_service.summaries import Group
from shared import clock, money
from shared.masking import mask_account_number


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant (included) to another (not included), in microseconds of the bank's time; None: no end."""

    since: int | None = None
    until: int | None = None

    def wire(self) -> dict[str, str | None]:
        """As reports name it."""
        return {
            "from": None if self.since is None else clock.to_wire(self.since),
            "to": None if self.until is None else clock.to_wire(self.until),
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """Which movements: when, of which type, in which category (what has none goes by its type)."""

    span: Span = Span()
    type: str | None = None
    category: str | None = None


_leg = legs.c
_entry = entries.c
_other = accounts.alias("other")
_OTHER_ID = case((_leg.account_id == _entry.from_account_id, _entry.to_account_id), else_=_entry.from_account_id)
_LEGS = legs.join(entries, _entry.position == _leg.position)
_LEGS_WITH_OTHER = _LEGS.outerjoin(_other, _other.c.id == _OTHER_ID)


class Scope:
    """Whose movements: one account, or all of a person's accounts seen together."""

    def __init__(self, where: ColumnElement[bool], is_internal: ColumnElement[bool] | None) -> None:
        self.where = where
        self.is_internal = is_internal

    @classmethod
    def of_account(cls, account_id: str) -> "Scope":
        """One account: everything that moves is income or expense."""
        return cls(_leg.account_id == account_id, None)

    @classmethod
    def of_owner(cls, owner_id: str) -> "Scope":
        """A person's accounts: what goes from one to another is neither, and is seen once, where it leaves."""
        own = select(balances.c.account_id).where(balances.c.owner_id == owner_id)
        is_internal = and_(
            func.coalesce(_entry.from_account_id.in_(own), False), func.coalesce(_entry.to_account_id.in_(own), False)
        )
        return cls(_leg.account_id.in_(own), is_internal)


def grouped(connection: Connection, scope: Scope, filters: Filters) -> list[Group]:
    """Movements added up by day, type, category and currency."""
    amount = _leg.amount_minor
    outside = literal(True) if scope.is_internal is None else ~scope.is_internal
    inside = literal(False) if scope.is_internal is None else scope.is_internal
    day = (_leg.effective_at // DAY_US).label("day")
    query = _chosen(
        select(
            day,
            _entry.type,
            _entry.category,
            _entry.currency,
            func.sum(case((and_(outside, amount > 0), amount), else_=0)),
            func.sum(case((and_(outside, amount < 0), -amount), else_=0)),
            func.sum(case((inside, -amount), else_=0)),
            func.count(),
        ),
        scope,
        filters,
    ).group_by(day, _entry.type, _entry.category, _entry.currency)
    return [
        Group(int(row[0]), row[1], row[2], row[3], int(row[4]), int(row[5]), int(row[6]), row[7])
        for row in connection.execute(query)
    ]


def newest(connection: Connection, scope: Scope, filters: Filters, limit: int, viewer_id: str) -> list[dict[str, Any]]:
    """The newest movements, as reports list them."""
    query = _listed(scope, filters).order_by(_leg.effective_at.desc(), _leg.position.desc()).limit(limit)
    return [_shown(row, viewer_id) for row in connection.execute(query)]


def largest(connection: Connection, scope: Scope, filters: Filters, limit: int, viewer_id: str) -> list[dict[str, Any]]:
    """The largest movements of each direction, income first."""
    rows: list[Any] = []
    for direction in (_leg.amount_minor > 0, _leg.amount_minor < 0):
        query = _listed(scope, filters).where(direction)
        if scope.is_internal is not None:
            query = query.where(~scope.is_internal)
        rows += connection.execute(query.order_by(_entry.amount_minor.desc(), _leg.position.desc()).limit(limit)).all()
    return [_shown(row, viewer_id) for row in rows]


def balance_before(connection: Connection, account_id: str, instant_us: int | None) -> int:
    """What an account held just before an instant of the bank's time; nothing before its first movement."""
    if instant_us is None:
        return 0
    query = select(func.coalesce(func.sum(_leg.amount_minor), 0))
    query = query.where(_leg.account_id == account_id, _leg.effective_at < instant_us)
    return int(connection.execute(query).scalar_one())


def _chosen(query: Select[Any], scope: Scope, filters: Filters, source: FromClause = _LEGS) -> Select[Any]:
    query = query.select_from(source).where(scope.where)
    if scope.is_internal is not None:
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
        _leg.amount_minor,
        _leg.balance_after_minor,
        _leg.effective_at,
        _entry.id,
        _entry.type,
        _entry.currency,
        _entry.description,
        _entry.category,
        _entry.booked_at,
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
    }
