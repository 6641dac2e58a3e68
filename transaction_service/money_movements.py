"""Money moves here: any number of orders in one write transaction, each with its own outcome.

A single transfer, a batch and a group of strangers' requests that share one commit all take this one way: look at the
keys, lock the accounts in sorted order, let the pure ledger decide order by order, then write everything at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import json
from sqlalchemy import Connection

from shared import clock
from shared.identifiers import new_id
from shared.money import Money, parse_amount
from shared.refusals import FORBIDDEN, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, VALIDATION, Refusal, Refused
from transaction_service import journal
from transaction_service.ledger import (
    REVERSAL,
    TRANSFERS,
    Account,
    Actor,
    Movement,
    Posting,
    counter_account_id,
    decide,
    may_act_for,
    may_pay,
)
from transaction_service.orders import COMPLETED, REPLAYED, Order, Outcome, refusal_outcome
from transaction_service.refusals import (
    BATCH_ABORTED,
    CURRENCY_MISMATCH,
    NOT_REVERSIBLE,
    REVERSAL_TOO_LARGE,
    STORED,
)
from transaction_service.rendering import Entry, View, transaction

DAY_US = 86_400 * clock.MICROSECONDS
_CREATED = 201


class BatchAbortedError(Exception):
    """An item of an all-or-nothing batch was refused; carries every item's outcome, and nothing was written."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("the batch was refused")
        self.outcomes = outcomes


def post(connection: Connection, orders: Sequence[Order], *, now_us: int) -> list[Outcome]:
    """Carry out the orders in order, inside the caller's write transaction; the outcomes, in the same order.

    `now_us` is this machine's time. Nothing counts before the caller has committed.
    """
    work = _load(connection, orders, now_us)
    outcomes = [_outcome(work, order) for order in orders]
    _store(connection, work)
    return outcomes


def post_all_or_nothing(connection: Connection, orders: Sequence[Order], *, now_us: int) -> list[Outcome]:
    """Like `post`, but raises BatchAbortedError, so that the caller rolls back, when any order is refused."""
    outcomes = post(connection, orders, now_us=now_us)
    if all(outcome.succeeded for outcome in outcomes):
        return outcomes
    aborted = [
        refusal_outcome(Refused(BATCH_ABORTED), order.request_id) if outcome.succeeded else outcome
        for order, outcome in zip(orders, outcomes, strict=True)
    ]
    raise BatchAbortedError(aborted)


@dataclass
class _Work:
    """What one write transaction has read and what it is going to write."""

    state: journal.State
    booked_at: int
    bank_time: int
    accounts: dict[str, Account]
    numbers: dict[str, str]
    opening_balances: dict[str, int]
    spent: dict[tuple[str, int], int]
    known_days: set[tuple[str, int]]
    originals: dict[str, tuple[Entry, int]]
    replies: dict[journal.KeyName, tuple[str, int, str]]
    drafts: list[journal.Draft] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    touched_days: set[tuple[str, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """An order whose names have become accounts and whose amount has become money."""

    movement: Movement
    effective_at: int

    @property
    def seen_from(self) -> Account:
        """The account the reply is written for: the one that pays, else the one that receives."""
        account = self.movement.source or self.movement.target
        if account is None:
            raise Refused(NOT_FOUND)
        return account


def _load(connection: Connection, orders: Sequence[Order], now_us: int) -> _Work:
    state = journal.state(connection)
    booked_at = max(now_us, state.head_booked_at)  # the machine's clock may step back; the journal's does not
    bank_time = booked_at + state.clock_offset_us
    names = [key for key in map(_key_name, orders) if key is not None]
    replies = {name: (row[3], row[4], row[5]) for name, row in journal.stored_replies(connection, names).items()}
    originals = journal.originals(connection, [order.reverses for order in orders if order.reverses])
    ids = {account_id for order in orders for account_id in (order.source_id, order.target_id) if account_id}
    for original, _ in originals.values():
        ids.update(side for side in (original.from_account_id, original.to_account_id) if side)
    numbers = {order.to_account_number for order in orders if order.to_account_number}
    accounts = journal.lock_accounts(connection, ids, numbers)
    days = {(order.source_id, _day(order.effective_at or bank_time)) for order in orders if order.source_id}
    spent = journal.spent_on(connection, sorted(days))
    return _Work(
        state=state,
        booked_at=booked_at,
        bank_time=bank_time,
        accounts={account.id: account for account in accounts},
        numbers={account.account_number: account.id for account in accounts},
        opening_balances={account.id: account.balance_minor for account in accounts},
        spent=spent,
        known_days=set(spent),
        originals=originals,
        replies=replies,
    )


def _outcome(work: _Work, order: Order) -> Outcome:
    name = _key_name(order)
    if name is not None and name in work.replies:
        request_hash, status, body = work.replies[name]
        if request_hash != order.request_hash:
            return refusal_outcome(Refused(IDEMPOTENCY_KEY_REUSED), order.request_id)
        return Outcome(REPLAYED, status, body)
    entry_id = new_id()
    try:
        outcome = _carry_out(work, order, entry_id)
    except Refused as refused:
        outcome = refusal_outcome(refused, order.request_id)
        if refused.refusal not in STORED:
            return outcome
    if name is not None:
        work.replies[name] = (order.request_hash, outcome.http_status, outcome.body)
        work.claims.append(
            {
                "user_id": name[0],
                "operation": name[1],
                "key": name[2],
                "request_hash": order.request_hash,
                "status": outcome.http_status,
                "reply": outcome.body,
                "entry_id": entry_id if outcome.succeeded else None,
                "claimed_at": work.booked_at,
            }
        )
    return outcome


def _carry_out(work: _Work, order: Order, entry_id: str) -> Outcome:
    resolved = _resolve_reversal(work, order) if order.type == REVERSAL else _resolve(work, order)
    decision = decide(resolved.movement)
    if isinstance(decision, Refusal):
        _remember_refusal(work, order, resolved, decision)
        raise Refused(decision)
    entry = _entry(work, order, resolved, entry_id)
    work.drafts.append(journal.Draft(entry, decision, _history_owners(work, decision)))
    _take_effect(work, order, resolved, decision)
    body = json.dumps(transaction(entry, _view(resolved, decision)), separators=(",", ":"))
    return Outcome(COMPLETED, _CREATED, body)


def _resolve(work: _Work, order: Order) -> _Resolved:
    source = _own_account(work, order.actor, order.source_id) if order.source_id else None
    if order.type in TRANSFERS:
        target = _payable_account(work, order)
    else:
        target = _own_account(work, order.actor, order.target_id) if order.target_id else None
    effective_at = _effective_at(work, order, source, target)
    account = source or target
    if account is None or order.amount is None:
        raise Refused(NOT_FOUND)
    try:
        amount = parse_amount(order.amount, account.currency)
    except ValueError as error:
        raise Refused(VALIDATION, details={"fields": {"amount": str(error)}}) from None
    if order.currency is not None and order.currency != account.currency:
        raise Refused(CURRENCY_MISMATCH)
    spent = work.spent.get((source.id, _day(effective_at)), 0) if source else 0
    bank_side = "" if order.type in TRANSFERS else counter_account_id(order.type, account.currency)
    return _Resolved(Movement(amount, source, target, bank_side, spent), effective_at)


def _resolve_reversal(work: _Work, order: Order) -> _Resolved:
    original, reversed_minor = work.originals.get(order.reverses or "", (None, 0))
    if original is None or not order.actor.is_staff:
        raise Refused(NOT_FOUND)
    if original.type == REVERSAL:
        raise Refused(NOT_REVERSIBLE)
    left_minor = original.amount_minor - reversed_minor
    try:
        amount = parse_amount(order.amount, original.currency) if order.amount else Money(left_minor, original.currency)
    except ValueError as error:
        raise Refused(VALIDATION, details={"fields": {"amount": str(error)}}) from None
    if not 0 < amount.minor <= left_minor:
        raise Refused(REVERSAL_TOO_LARGE)
    source = work.accounts[original.to_account_id] if original.to_account_id else None
    target = work.accounts[original.from_account_id] if original.from_account_id else None
    bank_side = "" if source and target else counter_account_id(original.type, original.currency)
    movement = Movement(amount, source, target, bank_side, is_correction=True)
    return _Resolved(movement, work.bank_time)


def _own_account(work: _Work, actor: Actor, account_id: str) -> Account:
    account = work.accounts.get(account_id)
    if account is None or not may_act_for(actor, account):
        raise Refused(NOT_FOUND)
    return account


def _payable_account(work: _Work, order: Order) -> Account:
    target_id = order.to_account_id or work.numbers.get(order.to_account_number or "")
    target = work.accounts.get(target_id or "")
    if target is None or not may_pay(order.actor, target):
        raise Refused(NOT_FOUND, "No account of this bank has that number or id.")
    return target


def _effective_at(work: _Work, order: Order, *sides: Account | None) -> int:
    if order.effective_at is None:
        return work.bank_time
    if not order.actor.is_bank and any(side is not None and not side.synthetic for side in sides):
        raise Refused(FORBIDDEN, "Only the movements of synthetic customers can be given a time.")
    if order.effective_at > work.bank_time:
        raise Refused(VALIDATION, details={"fields": {"effective_at": "is in the future of the bank clock"}})
    return order.effective_at


def _entry(work: _Work, order: Order, resolved: _Resolved, entry_id: str) -> Entry:
    movement = resolved.movement
    return Entry(
        id=entry_id,
        type=order.type,
        currency=movement.amount.currency,
        amount_minor=movement.amount.minor,
        from_account_id=movement.source.id if movement.source else None,
        to_account_id=movement.target.id if movement.target else None,
        description=order.description,
        category=order.category,
        initiator_id=order.actor.user_id,
        reverses=order.reverses,
        effective_at=resolved.effective_at,
        booked_at=work.booked_at,
    )


def _take_effect(work: _Work, order: Order, resolved: _Resolved, legs: tuple[Posting, ...]) -> None:
    """Move the working copies along, so that the next order of this transaction sees them."""
    movement = resolved.movement
    for leg in legs:
        if leg.balance_after_minor is not None:
            work.accounts[leg.account_id].balance_minor = leg.balance_after_minor
    if movement.is_correction:
        original, reversed_minor = work.originals[order.reverses or ""]
        work.originals[original.id] = (original, reversed_minor + movement.amount.minor)
    elif movement.source is not None:
        day = (movement.source.id, _day(resolved.effective_at))
        work.spent[day] = work.spent.get(day, 0) + movement.amount.minor
        work.touched_days.add(day)


def _history_owners(work: _Work, legs: tuple[Posting, ...]) -> tuple[str | None, ...]:
    owners = [work.accounts[leg.account_id].owner_id if leg.account_id in work.accounts else None for leg in legs]
    if owners[0] is not None and owners[0] == owners[-1]:
        owners[-1] = None
    return tuple(owners)


def _view(resolved: _Resolved, legs: tuple[Posting, ...]) -> View:
    movement, account = resolved.movement, resolved.seen_from
    other = movement.target if account is movement.source else None
    leg = next(leg for leg in legs if leg.account_id == account.id)
    return View(
        account_id=account.id,
        direction="out" if leg.amount_minor < 0 else "in",
        balance_after_minor=leg.balance_after_minor,
        counterparty_name=other.holder_name if other else None,
        counterparty_number=other.account_number if other else None,
        counterparty_is_own=other is not None and other.owner_id == account.owner_id,
    )


def _remember_refusal(work: _Work, order: Order, resolved: _Resolved, refusal: Refusal) -> None:
    movement = resolved.movement
    work.refusals.append(
        {
            "id": new_id(),
            "user_id": order.actor.user_id,
            "type": order.type,
            "currency": movement.amount.currency,
            "amount_minor": movement.amount.minor,
            "account_id": resolved.seen_from.id,
            "from_account_id": movement.source.id if movement.source else None,
            "to_account_id": movement.target.id if movement.target else None,
            "description": order.description,
            "category": order.category,
            "error_code": refusal.code,
            "effective_at": resolved.effective_at,
            "booked_at": work.booked_at,
        }
    )


def _store(connection: Connection, work: _Work) -> None:
    journal.claim_keys(connection, work.claims)
    journal.append(connection, work.state, work.drafts)
    changes = [
        {"account": account.id, "before": before, "after": account.balance_minor}
        for account in work.accounts.values()
        if account.balance_minor != (before := work.opening_balances[account.id])
    ]
    journal.move_balances(connection, changes)
    touched = {day: work.spent[day] for day in work.touched_days}
    journal.store_outgoings(connection, work.known_days, touched)
    journal.record_refusals(connection, work.refusals)


def _key_name(order: Order) -> journal.KeyName | None:
    key = order.idempotency_key
    return None if key is None else (order.actor.user_id, order.operation, key)


def _day(instant_us: int) -> int:
    return instant_us // DAY_US
