"""Opening, freezing and closing ledger accounts: idempotent, so that the account service may ask until answered."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from shared.amounts import money
from shared.enums import Channel, LedgerAccountStatus
from shared.http.field_problems import invalid
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import (
    ACCOUNT_CLOSED,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_COLLECTIONS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_NOT_EMPTY,
    ACCOUNT_SETTLES_CARD,
)
from shared.time import clock
from transaction_service.card_bills import bill_rows, billing, credit_lines
from transaction_service.card_bills.billing import Asker
from transaction_service.card_bills.credit_lines import LineTerms
from transaction_service.cards import authorization_rows
from transaction_service.interest import rate_plans
from transaction_service.ledger import bank_accounts, journal
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import DEPOSIT
from transaction_service.ledger.movements import post
from transaction_service.ledger.orders import Order
from transaction_service.models import accounts, former_names
from transaction_service.orders.direct_debit_rows import refundable_until
from transaction_service.refusals import ACCOUNT_CONFLICT

OPENING_CATEGORY = "opening"
"""Of what an account begins with: reports count it as no income."""


@dataclass(frozen=True)
class Opening:
    """The facts of an account to be opened; amounts in minor units of its currency. `credit_line`: a credit card's."""

    account_id: str
    owner_id: str
    account_number: str
    holder_name: str
    account_type: str
    currency: str
    floor_minor: int
    movement_limit_minor: int
    daily_limit_minor: int
    synthetic: bool
    initial_deposit_minor: int
    opened_by: str
    rate_plan: str | None = None
    credit_line: LineTerms | None = None


_IDENTIFYING = ("owner_id", "account_number", "account_type", "currency")


def open_accounts(connection: Connection, openings: list[Opening], *, now_us: int, request_id: str) -> list[Any]:
    """Open accounts, each with its first deposit, in the caller's commit; the rows, in order.

    An account that exists with the same facts is left as it is. Raises Refused: 409 when it exists with others, or what
    is to settle it cannot (422, 409).
    """
    ids = [opening.account_id for opening in openings]
    existing = {row.id: row for row in _rows(connection, ids)}
    for opening in openings:
        known = existing.get(opening.account_id)
        if known is not None and any(getattr(known, name) != getattr(opening, name) for name in _IDENTIFYING):
            raise Refused(ACCOUNT_CONFLICT)
    added = [opening for opening in openings if opening.account_id not in existing]
    bank_accounts.ensure(connection, {opening.currency for opening in added}, now_us)
    if added:
        connection.execute(insert(accounts), [_row(opening, now_us) for opening in added])
        plans = {opening.account_id: opening.rate_plan for opening in added if opening.rate_plan is not None}
        bank_time = _bank_time(connection, now_us)
        _put_on_plans(connection, plans, bank_time)
        for opening in added:
            if opening.credit_line is not None:
                credit_lines.set_line(connection, opening.account_id, opening.credit_line, bank_time=bank_time)
    deposits = [_first_deposit(opening, request_id) for opening in added if opening.initial_deposit_minor]
    for outcome in post(connection, deposits, now_us=now_us):
        if not outcome.succeeded:
            refused = json.loads(outcome.body)
            message, code = refused["message"], refused["error_code"]
            raise invalid("initial_deposit", f"cannot be paid in: {message}", code="deposit_refused", error_code=code)
    found = {row.id: row for row in _rows(connection, ids)}
    return [found[account_id] for account_id in ids]


def set_status(
    connection: Connection,
    account_id: str,
    status: str,
    reason: str | None,
    *,
    now_us: int,
    book_at: Callable[[], int],
    by: Asker | None = None,
) -> Any:
    """Open, freeze or close; the row. Closed is final. `now_us` is this machine's time, `book_at` that to book at; what
    is booked is booked for `by`.

    Only an empty account can be closed, without open disputes, to which nothing was collected that can still be
    refunded, nothing is promised by cards, and from which no credit card is settled. What a credit card has cost since
    its last bill is paid first.
    """
    bank_time = _bank_time(connection, now_us)
    rows = _rows(connection, [account_id])
    if not rows:
        raise Refused(NOT_FOUND)
    row = rows[0]
    if row.status == status:
        return row
    if row.status == "closed":
        raise Refused(ACCOUNT_CLOSED)
    if status == "closed":
        _check_can_be_closed(connection, row, bank_time)
        billing.make_last_statement(connection, account_id, at_us=bank_time, book_at=book_at, by=by)
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(status=status, status_reason=reason))
    return _rows(connection, [account_id])[0]


def _check_can_be_closed(connection: Connection, row: Any, bank_time: int) -> None:
    """Raises Refused (409) for an account with money, or that has to be there for what may yet come."""
    if row.balance_minor != 0 or row.held_minor != 0:
        balance = money.to_text(row.balance_minor, row.currency)
        raise Refused(ACCOUNT_NOT_EMPTY, details={"currency": row.currency, "balance": balance})
    until = refundable_until(connection, row.key)
    if until is not None and until > bank_time:
        raise Refused(ACCOUNT_HAS_COLLECTIONS, details={"until": clock.to_wire(until)})
    until = authorization_rows.pending_until(connection, row.key, at_us=bank_time)
    if until is not None:
        raise Refused(ACCOUNT_HAS_CARD_PAYMENTS, details={"until": clock.to_wire(until)})
    disputes = authorization_rows.count_open_disputes(connection, row.key)
    if disputes:
        raise Refused(ACCOUNT_HAS_DISPUTES, details={"disputes": disputes})
    settled = bill_rows.accounts_settled_from(connection, row.key)
    if settled:
        raise Refused(ACCOUNT_SETTLES_CARD, details={"card_account_ids": settled})


@dataclass(frozen=True)
class Terms:
    """What may change of an account while it lives; amounts in minor units. The newest `version` counts."""

    version: int
    holder_name: str
    floor_minor: int
    movement_limit_minor: int
    daily_limit_minor: int
    rate_plan: str | None = None
    credit_line: LineTerms | None = None


def set_terms(connection: Connection, account_id: str, terms: Terms, *, now_us: int) -> Any:
    """Give the account these terms; the row. Terms of a version that is not newer change nothing.

    The floor of an account on a rate plan is what that says; it is put on a plan once, and stays there. An account may
    be below its new floor: then nothing that its holder asks for leaves it until money has come in.
    Raises Refused: 404 for an unknown account, 422 for one that cannot settle a credit card's.
    """
    rows = _rows(connection, [account_id])
    if not rows:
        raise Refused(NOT_FOUND)
    row = rows[0]
    if terms.version <= row.terms_version:
        return row
    state = journal.state(connection)
    position, bank_time = state.head_position, state.bank_time(max(now_us, state.head_booked_at))
    if terms.rate_plan is not None:
        rate_plans.put_accounts_on(connection, {row.key: terms.rate_plan}, bank_time=bank_time)
    of_plan = rate_plans.bounds(connection, {row.key: row.currency}, bank_time=bank_time)
    floor_minor, notice_days = of_plan.get(row.key, (terms.floor_minor, 0))
    if terms.credit_line is not None:
        credit_lines.set_line(connection, account_id, terms.credit_line, bank_time=bank_time)
    if terms.holder_name != row.holder_name:
        _keep_name(connection, row, position)
    is_below = row.balance_minor - row.held_minor < floor_minor
    passed_at = position if row.floor_passed_at is None else row.floor_passed_at
    connection.execute(
        update(accounts)
        .where(accounts.c.key == row.key)
        .values(
            holder_name=terms.holder_name,
            floor_minor=floor_minor,
            floor_passed_at=passed_at if is_below else None,
            notice_days=notice_days,
            movement_limit_minor=terms.movement_limit_minor,
            daily_limit_minor=terms.daily_limit_minor,
            terms_version=terms.version,
        )
    )
    return _rows(connection, [account_id])[0]


def _keep_name(connection: Connection, row: Any, position: int) -> None:
    """Keep what the holder is called up to here, unless that was kept for this position already."""
    former = former_names.c
    is_kept = select(former.until_position).where(former.account_key == row.key, former.until_position == position)
    if connection.execute(is_kept).first() is None:
        connection.execute(
            insert(former_names).values(account_key=row.key, until_position=position, holder_name=row.holder_name)
        )


def render_terms(row: Any) -> dict[str, Any]:
    """An account's terms as they stand."""
    return {
        "account_id": row.id,
        "version": row.terms_version,
        "holder_name": row.holder_name,
        "floor_minor": row.floor_minor,
        "movement_limit_minor": row.movement_limit_minor,
        "daily_limit_minor": row.daily_limit_minor,
    }


def customers(connection: Connection, account_ids: list[str]) -> list[Any]:
    """The rows of customer accounts; unknown ids are absent."""
    return list(connection.execute(_customers(account_ids)))


def render(row: Any) -> dict[str, Any]:
    """An account as services see it, with decimal strings. Of a closed one nothing is lent any more."""
    is_closed = row.status == LedgerAccountStatus.CLOSED
    available_minor = 0 if is_closed else row.balance_minor - row.held_minor - row.floor_minor
    return {
        "account_id": row.id,
        "currency": row.currency,
        "status": row.status,
        "status_reason": row.status_reason,
        "balance": money.to_text(row.balance_minor, row.currency),
        "available_balance": money.to_text(available_minor, row.currency),
        "held": money.to_text(row.held_minor, row.currency),
        "notice_days": row.notice_days,
    }


def _rows(connection: Connection, ids: Iterable[str]) -> list[Any]:
    """Customer accounts, locked in sorted order until the commit."""
    return list(connection.execute(_customers(ids).with_for_update()).all())


def _customers(ids: Iterable[str]) -> Select[Any]:
    query = select(accounts).where(accounts.c.id.in_(list(ids)), accounts.c.owner_id.is_not(None))
    return query.order_by(accounts.c.key)


def _row(opening: Opening, now_us: int) -> dict[str, Any]:
    return {
        "id": opening.account_id,
        "owner_id": opening.owner_id,
        "holder_name": opening.holder_name,
        "account_number": opening.account_number,
        "account_type": opening.account_type,
        "currency": opening.currency,
        "status": "open",
        "status_reason": None,
        "synthetic": int(opening.synthetic),
        "balance_minor": 0,
        "held_minor": 0,
        "floor_minor": opening.floor_minor,
        "floor_passed_at": None,
        "movement_limit_minor": opening.movement_limit_minor,
        "daily_limit_minor": opening.daily_limit_minor,
        "opened_at": now_us,
    }


def _bank_time(connection: Connection, now_us: int) -> int:
    state = journal.state(connection)
    return state.bank_time(max(now_us, state.head_booked_at))


def _put_on_plans(connection: Connection, plans: dict[str, str], bank_time: int) -> None:
    """Put new accounts, by their ids, on rate plans, and give them the floors and the notice that those say."""
    if not plans:
        return
    rows = {row.key: row for row in _rows(connection, plans)}
    rate_plans.put_accounts_on(connection, {key: plans[row.id] for key, row in rows.items()}, bank_time=bank_time)
    of_plan = rate_plans.bounds(connection, {key: row.currency for key, row in rows.items()}, bank_time=bank_time)
    changed = [
        {"account": key, "floor": floor_minor, "notice": notice_days}
        for key, (floor_minor, notice_days) in of_plan.items()
        if (floor_minor, notice_days) != (rows[key].floor_minor, 0)
    ]
    if changed:
        is_it = accounts.c.key == bindparam("account")
        set_bounds = update(accounts).where(is_it)
        set_bounds = set_bounds.values(floor_minor=bindparam("floor"), notice_days=bindparam("notice"))
        connection.execute(set_bounds, changed)


def _first_deposit(opening: Opening, request_id: str) -> Order:
    return Order(
        actor=Actor(opening.opened_by, is_bank=True, channel=Channel.BANK),
        type=DEPOSIT,
        amount=money.to_text(opening.initial_deposit_minor, opening.currency),
        request_id=request_id,
        account_id=opening.account_id,
        description="Opening deposit",
        category=OPENING_CATEGORY,
        idempotency_key=f"opening:{opening.account_id}",
    )
