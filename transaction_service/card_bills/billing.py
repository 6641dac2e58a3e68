"""On its billing day a credit card's account gets its statement, and that is settled from the linked account.

With too little there it is what is there, if that is the minimum at least; else nothing, and a fee. Either way it is
tried again on each of five days. As long as that account is frozen nothing is taken and no fee charged: it is the bank
that keeps the money from being paid. What is left costs interest from the day after the billing day, which the next
statement charges.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from shared.amounts import money
from shared.enums import AccountStatus, Channel
from shared.events.event_feed import event_rows
from shared.events.feeds import append
from shared.identifiers import new_id
from shared.refusals import Refused
from shared.service_refusals import ACCOUNT_NOT_EMPTY
from shared.time import clock
from shared.time.business_days import day_number, day_of_number
from transaction_service.card_bills import bill_rows
from transaction_service.card_bills.events import CardBillPaid, CardBillUnpaid, CardStatementMade, bill_event
from transaction_service.card_bills.statement import (
    MOST_ATTEMPTS,
    CreditLine,
    Statement,
    billing_instant,
    closing_minor,
    late_interest_minor,
    minimum_minor,
    next_billing_number,
)
from transaction_service.due_work import queue
from transaction_service.due_work.queue import Due
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Account, Actor
from transaction_service.ledger.entry import POSTS_ITS_OWN
from transaction_service.ledger.movement_rules import CARD_PAYMENT, FEE, INTEREST_CHARGE
from transaction_service.ledger.movements import post
from transaction_service.ledger.orders import Order
from transaction_service.models import events, feed_heads

_THE_BANK = Actor(POSTS_ITS_OWN, is_bank=True, channel=Channel.BANK)


class Asker(NamedTuple):
    """For whom the bank bills and settles before a bill is due, and in which request they asked."""

    actor: Actor
    request_id: str


def make_statements(now_us: Callable[[], int], connection: Connection, due: Sequence[Due]) -> None:
    """Make the statement of each account whose billing day has come, and settle it; `now_us`: this machine's clock."""
    for work in due:
        queue.cancel(connection, queue.CARD_BILLING, [work.subject_id])
        line = bill_rows.line_of(connection, work.subject_id)
        account = _account(connection, work.subject_id)
        if line is None or account is None or account.status == AccountStatus.CLOSED:
            continue
        today = day_number(work.due_at)
        next_day = next_billing_number(today, line.billing_day)
        queue.schedule(connection, queue.CARD_BILLING, [(line.account_id, billing_instant(next_day))])
        before = bill_rows.newest_statement(connection, line.account_id)
        if before is not None:
            _charge_interest(connection, line, before, work.due_at, now_us())
        made = _statement(connection, line, before, today)
        bill_rows.add_statement(connection, made, at_us=work.due_at)
        _tell(connection, bill_event(CardStatementMade, line, made, made.closing_minor, work.due_at))
        if made.closing_minor > 0:
            _settle(connection, line, made, work.due_at, now_us())


def settle_again(now_us: Callable[[], int], connection: Connection, due: Sequence[Due]) -> None:
    """Try again to settle what was left of a statement on a day after its billing day."""
    for work in due:
        queue.cancel(connection, queue.CARD_SETTLEMENT, [work.subject_id])
        tried = bill_rows.statement(connection, work.subject_id)
        line = None if tried is None else bill_rows.line_of(connection, tried.account_id)
        newest = None if line is None else bill_rows.newest_statement(connection, line.account_id)
        if tried is not None and line is not None and newest is not None and newest.id == tried.id:
            _settle(connection, line, tried, work.due_at, now_us())


def make_last_statement(
    connection: Connection, account_id: str, *, at_us: int, book_at: Callable[[], int], by: Asker | None
) -> None:
    """Bill what it has cost since the last statement that it was paid late, for an account that is about to be closed.

    Otherwise who gives a card up on the day before billing would owe nothing for it. It is settled at once; nothing is
    to be kept where that fails. Raises Refused (409) then, with what would be owed. `book_at` tells this machine's time
    where something is booked, and refuses while that is not believed. `by`: who closes it, where somebody does.
    """
    line, before = bill_rows.line_of(connection, account_id), bill_rows.newest_statement(connection, account_id)
    if line is None or before is None:
        return
    if _late_minor(connection, line, before, at_us) == 0:
        return
    now_us = book_at()
    owed = _charge_interest(connection, line, before, at_us, now_us, by=by)
    if owed == 0:
        return
    made = _statement(connection, line, before, day_number(at_us))
    bill_rows.add_statement(connection, made, at_us=at_us)
    _tell(connection, bill_event(CardStatementMade, line, made, made.closing_minor, at_us))
    paid = _take(connection, line, made, _there(connection, line, made, owed, 0), at_us, now_us, by=by)
    if paid < owed:
        balance = money.to_text(-owed, line.currency)
        raise Refused(ACCOUNT_NOT_EMPTY, details={"currency": line.currency, "balance": balance})
    bill_rows.note_attempt(connection, made._replace(attempts=1))
    _tell(connection, bill_event(CardBillPaid, line, made, paid, at_us))


def _statement(connection: Connection, line: CreditLine, before: Statement | None, today: int) -> Statement:
    until = journal.state(connection).head_position
    after = 0 if before is None else before.until_position
    totals = bill_rows.totals_since(connection, line.account_id, after, until)
    opening = 0 if before is None else before.closing_minor
    closing = closing_minor(opening, totals)
    return Statement(
        id=new_id(),
        account_id=line.account_id,
        until_position=until,
        from_day=today if before is None else before.due_day,
        due_day=today,
        opening_minor=opening,
        totals=totals,
        closing_minor=closing,
        minimum_minor=minimum_minor(closing, line.currency),
        currency=line.currency,
    )


def _late_minor(connection: Connection, line: CreditLine, before: Statement, at_us: int) -> int:
    """What it costs by now that the last statement was not paid in time."""
    paid = bill_rows.credits_since(connection, line.account_id, before.until_position)
    return late_interest_minor(before, paid, day_number(at_us), line.versions)


def _charge_interest(
    connection: Connection, line: CreditLine, before: Statement, at_us: int, now_us: int, *, by: Asker | None = None
) -> int:
    """Charge what it cost that the last statement was not paid in time; how much: nothing of a frozen account."""
    minor = _late_minor(connection, line, before, at_us)
    if minor == 0:
        return 0
    actor, request_id = by or Asker(_THE_BANK, before.id)
    order = Order(
        actor,
        INTEREST_CHARGE,
        money.to_text(minor, line.currency),
        request_id,
        account_id=line.account_id,
        description="Interest on what was not paid in time",
        effective_at=at_us,
        idempotency_key=f"card_interest:{before.id}",
    )
    (outcome,) = post(connection, [order], now_us=now_us)
    return minor if outcome.succeeded else 0


def _settle(connection: Connection, line: CreditLine, bill: Statement, at_us: int, now_us: int) -> None:
    paid = sum(minor for _, minor in bill_rows.credits_since(connection, line.account_id, bill.until_position))
    left = bill.left_minor(paid)
    if left == 0:
        return
    taken = _take(connection, line, bill, _there(connection, line, bill, left, paid), at_us, now_us)
    bill = bill._replace(attempts=bill.attempts + 1)
    has_fee_now = False
    if paid + taken < bill.minimum_minor and bill.fee_position is None and not _is_frozen(connection, line):
        bill = bill._replace(fee_position=_charge_fee(connection, line, bill, at_us, now_us))
        has_fee_now = bill.fee_position is not None
    bill_rows.note_attempt(connection, bill)
    if taken:
        _tell(connection, bill_event(CardBillPaid, line, bill, taken, at_us))
    if left > taken:
        if bill.attempts == 1 or has_fee_now:
            _tell(connection, bill_event(CardBillUnpaid, line, bill, left - taken, at_us))
        if bill.attempts < MOST_ATTEMPTS:
            again = billing_instant(bill.due_day + bill.attempts)
            queue.schedule(connection, queue.CARD_SETTLEMENT, [(bill.id, again)])


def _is_frozen(connection: Connection, line: CreditLine) -> bool:
    """Whether the bank lets nobody move what is on the linked account."""
    settlement = _account(connection, line.settlement_id)
    return settlement is not None and settlement.status == AccountStatus.FROZEN


def _there(connection: Connection, line: CreditLine, bill: Statement, left: int, paid: int) -> int:
    """How much of what is left can be taken: all of it, else what is there, if the minimum is reached by it."""
    settlement = _account(connection, line.settlement_id)
    if settlement is None or settlement.status != AccountStatus.OPEN:
        return 0
    there = min(max(settlement.available_minor, 0), left)
    return there if there == left or paid + there >= bill.minimum_minor else 0


def _take(  # noqa: PLR0917 (all that a payment is made of)
    connection: Connection,
    line: CreditLine,
    bill: Statement,
    minor: int,
    at_us: int,
    now_us: int,
    *,
    by: Asker | None = None,
) -> int:
    """Pay so much from the linked account; how much was paid, nothing where the ledger refuses it."""
    if minor == 0:
        return 0
    actor, request_id = by or Asker(_THE_BANK, bill.id)
    order = Order(
        actor,
        CARD_PAYMENT,
        money.to_text(minor, line.currency),
        request_id,
        from_account_id=line.settlement_id,
        to_account_id=line.account_id,
        description=f"Credit card bill of {day_of_number(bill.due_day).isoformat()}",
        effective_at=at_us,
        idempotency_key=f"card_bill:{bill.id}:{bill.attempts}",
    )
    (outcome,) = post(connection, [order], now_us=now_us)
    return minor if outcome.succeeded else 0


def _charge_fee(connection: Connection, line: CreditLine, bill: Statement, at_us: int, now_us: int) -> int | None:
    """Charge the fee for paying late; where its entry stands, None where there is none."""
    late_fee_minor = line.late_fee_minor(bill.due_day)
    if late_fee_minor == 0:
        return None
    order = Order(
        _THE_BANK,
        FEE,
        money.to_text(late_fee_minor, line.currency),
        bill.id,
        account_id=line.account_id,
        description=f"Late payment of the bill of {day_of_number(bill.due_day).isoformat()}",
        effective_at=at_us,
        idempotency_key=f"card_late_fee:{bill.id}",
    )
    (outcome,) = post(connection, [order], now_us=now_us)
    return journal.state(connection).head_position if outcome.succeeded else None


def _account(connection: Connection, account_id: str) -> Account | None:
    found = journal.lock_accounts(connection, [account_id])
    return found[0] if found else None


def _tell(connection: Connection, event: CardStatementMade | CardBillPaid | CardBillUnpaid) -> None:
    append(connection, feed_heads, events, event_rows([event], at=clock.now_us()))
