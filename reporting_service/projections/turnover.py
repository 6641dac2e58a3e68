"""What moved on each customer's account on each day, by type and category: derived from the journal, kept with it.

Reports over years are read from these rows; the movements themselves only for the days that a span cuts.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)

from reporting_service.models import balances, entries, legs, turnover

NO_CATEGORY = ""
_ACCOUNTS_A_QUERY = 1000
_SUMS = (
    "income_minor",
    "expense_minor",
    "movements",
    "own_income_minor",
    "own_expense_minor",
    "own_arrivals",
    "arrivals",
)

Key = tuple[str, int, str, str]
"""Account, day, type, category."""

_KEY = (turnover.c.account_id, turnover.c.day, turnover.c.type, turnover.c.category)
_KNOWN = select(*_KEY).where(
    turnover.c.account_id.in_(bindparam("ids", expanding=True)),
    turnover.c.day.between(bindparam("first"), bindparam("last")),
)
_ADD = (
    update(turnover)
    .where(*(column == bindparam(f"of_{column.name}") for column in _KEY))
    .values({name: turnover.c[name] + bindparam(f"by_{name}") for name in _SUMS})
)


def add(connection: Connection, rows: Iterable[Mapping[str, Any]], days: Iterable[int]) -> None:
    """Add journal rows that have not been added before; `days` are the bank's days they fall on."""
    sums: dict[Key, list[int]] = {}
    currencies: dict[str, str] = {}
    for row, day in zip(rows, days, strict=True):
        category = row["category"] or NO_CATEGORY
        owners = [posting["owner_id"] for posting in row["postings"]]
        is_own = owners[0] == owners[-1]
        for posting in row["postings"]:
            if posting["owner_id"] is None:
                continue
            account_id, amount_minor = posting["account_id"], posting["amount_minor"]
            income_minor, expense_minor = max(amount_minor, 0), max(-amount_minor, 0)
            added = sums.setdefault((account_id, day, row["type"], category), [0] * len(_SUMS))
            added[0] += income_minor
            added[1] += expense_minor
            added[2] += 1
            if is_own:
                added[3] += income_minor
                added[4] += expense_minor
                added[5] += income_minor > 0
            added[6] += income_minor > 0
            currencies[account_id] = posting["currency"]
    _store(connection, sums, currencies)


def _store(connection: Connection, sums: dict[Key, list[int]], currencies: dict[str, str]) -> None:
    keys = sorted(sums)
    known = _known(connection, sorted(currencies), {key[1] for key in keys})
    changed = [
        {f"of_{column.name}": part for column, part in zip(_KEY, key, strict=True)}
        | {f"by_{name}": value for name, value in zip(_SUMS, sums[key], strict=True)}
        for key in keys
        if key in known
    ]
    fresh = [
        {column.name: part for column, part in zip(_KEY, key, strict=True)}
        | {"currency": currencies[key[0]]}
        | dict(zip(_SUMS, sums[key], strict=True))
        for key in keys
        if key not in known
    ]
    if changed:
        connection.execute(_ADD, changed)
    if fresh:
        connection.execute(insert(turnover), fresh)


def _known(connection: Connection, account_ids: list[str], days: set[int]) -> set[Key]:
    """The rows there are of these accounts. By account and stretch of days: a page of the journal spans few days."""
    known: set[Key] = set()
    for start in range(0, len(account_ids), _ACCOUNTS_A_QUERY):
        some = {"ids": account_ids[start : start + _ACCOUNTS_A_QUERY], "first": min(days), "last": max(days)}
        known.update(tuple(row) for row in connection.execute(_KNOWN, some))
    return known


def differing(connection: Connection, here: Callable[[Any], ColumnElement[bool]]) -> list[tuple[Any, ...]]:
    """Account, day, type and category whose sums are not what the copied legs say, with both counts of movements.

    `here` says of a column of account ids which are looked at.
    """
    kept = select(*_KEY, *(turnover.c[name] for name in _SUMS), literal(0).label("true_movements"))
    kept = kept.where(here(turnover.c.account_id))
    true = _added_up_again(here)
    taken_away = select(*(true.c[column.name] for column in _KEY), *(-true.c[name] for name in _SUMS), true.c.movements)
    both = union_all(kept, taken_away).subquery()
    key = [both.c[column.name] for column in _KEY]
    sums = {name: func.sum(both.c[name]) for name in _SUMS}
    true_movements = func.sum(both.c.true_movements)
    query = select(*key, sums["movements"] + true_movements, true_movements).group_by(*key)
    return [tuple(row) for row in connection.execute(query.having(or_(*(total != 0 for total in sums.values()))))]


def _added_up_again(here: Callable[[Any], ColumnElement[bool]]) -> Subquery:
    """The same sums, from entries and legs."""
    payer, payee = balances.alias("payer"), balances.alias("payee")
    amount, own = legs.c.amount_minor, payer.c.owner_id == payee.c.owner_id
    key: list[ColumnElement[Any]] = [
        legs.c.account_id.label("account_id"),
        entries.c.day,
        entries.c.type.label("type"),
        func.coalesce(entries.c.category, NO_CATEGORY).label("category"),
    ]
    sums = (
        case((amount > 0, amount), else_=0),
        case((amount < 0, -amount), else_=0),
        1,
        case((and_(own, amount > 0), amount), else_=0),
        case((and_(own, amount < 0), -amount), else_=0),
        case((and_(own, amount > 0), 1), else_=0),
        case((amount > 0, 1), else_=0),
    )
    return (
        select(*key, *(func.sum(value).label(name) for name, value in zip(_SUMS, sums, strict=True)))
        .join(entries, entries.c.position == legs.c.position)
        .outerjoin(payer, payer.c.account_id == entries.c.from_account_id)
        .outerjoin(payee, payee.c.account_id == entries.c.to_account_id)
        .where(legs.c.balance_after_minor.is_not(None), here(legs.c.account_id))
        .group_by(*key)
        .subquery()
    )
