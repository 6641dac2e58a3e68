"""From an order's names to a movement: which accounts, how much money, at what time, and whether the actor may.

`Work` is what one write transaction has read, moved along order by order, and what it is going to write.
"""

from dataclasses import dataclass, field
from typing import Any

from shared import clock
from shared.money import Money, parse_amount
from shared.refusals import FORBIDDEN, NOT_FOUND, VALIDATION, Refused
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Account, Actor, Movement, may_act_for, may_pay
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.orders import Order
from transaction_service.ledger.rules import REVERSAL, TRANSFERS, counter_account_id
from transaction_service.refusals import CURRENCY_MISMATCH, NOT_REVERSIBLE, REVERSAL_TOO_LARGE

DAY_US = 86_400 * clock.MICROSECONDS


@dataclass
class Work:
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
class Resolved:
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


def resolve(work: Work, order: Order) -> Resolved:
    """The movement that an order asks for. Raises Refused when it names what is not there or not the actor's."""
    return _resolve_reversal(work, order) if order.type == REVERSAL else _resolve_movement(work, order)


def day_of(instant_us: int) -> int:
    """The day of the bank's time, as days since the epoch in UTC."""
    return instant_us // DAY_US


def _resolve_movement(work: Work, order: Order) -> Resolved:
    source = _own_account(work, order.actor, order.source_id) if order.source_id else None
    if order.type in TRANSFERS:
        target: Account | None = _payable_account(work, order)
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
    spent = work.spent.get((source.id, day_of(effective_at)), 0) if source else 0
    bank_side = "" if order.type in TRANSFERS else counter_account_id(order.type, account.currency)
    return Resolved(Movement(amount, source, target, bank_side, spent), effective_at)


def _resolve_reversal(work: Work, order: Order) -> Resolved:
    if order.reverses not in work.originals or not order.actor.is_staff:
        raise Refused(NOT_FOUND)
    original, reversed_minor = work.originals[order.reverses]
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
    return Resolved(movement, work.bank_time)


def _own_account(work: Work, actor: Actor, account_id: str) -> Account:
    account = work.accounts.get(account_id)
    if account is None or not may_act_for(actor, account):
        raise Refused(NOT_FOUND)
    return account


def _payable_account(work: Work, order: Order) -> Account:
    target_id = order.to_account_id or work.numbers.get(order.to_account_number or "")
    target = work.accounts.get(target_id or "")
    if target is None or not may_pay(order.actor, target):
        raise Refused(NOT_FOUND, "No account of this bank has that number or id.")
    return target


def _effective_at(work: Work, order: Order, *sides: Account | None) -> int:
    if order.effective_at is None:
        return work.bank_time
    if not order.actor.is_bank and any(side is not None and not side.synthetic for side in sides):
        raise Refused(FORBIDDEN, "Only the movements of synthetic customers can be given a time.")
    if order.effective_at > work.bank_time:
        raise Refused(VALIDATION, details={"fields": {"effective_at": "is in the future of the bank clock"}})
    return order.effective_at
