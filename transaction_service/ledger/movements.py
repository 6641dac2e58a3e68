"""Money moves here: any number of orders in one write transaction, each with its own outcome.

A single transfer, a batch and a group of strangers' requests that share one commit all take this one way: look at the
keys, lock the accounts in sorted order, let the pure ledger decide order by order, then write everything at once.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from shared import clock
from shared.business_days import business_day, day_end_us
from shared.compact_columns import pack_uuid
from shared.identifiers import new_id
from shared.json_parsing import render
from shared.refusals import IDEMPOTENCY_KEY_REUSED, Refusal, Refused
from transaction_service.exchange import exchange_rows
from transaction_service.exchange import rates as exchange_rates
from transaction_service.exchange.agreement import Exchange
from transaction_service.holds import hold_rows, promises
from transaction_service.ledger import idempotency_keys, initiators, journal, replays
from transaction_service.ledger.decisions import Account, Movement, decide, figures
from transaction_service.ledger.entry import Entry, Posting
from transaction_service.ledger.idempotency_keys import Claim, UsedKey
from transaction_service.ledger.orders import COMPLETED, REPLAYED, Order, Outcome, refusal_outcome
from transaction_service.ledger.resolution import Days, Resolved, Work, resolve, time_of
from transaction_service.ledger.serializers import View, transaction_text
from transaction_service.refusals import BATCH_ABORTED, DAILY_LIMIT_EXCEEDED, STORED

_CREATED = 201


class _Reply(NamedTuple):
    """What came of an order: the position of its entry, or the attempt that was remembered, and the answer."""

    position: int | None
    refusal_id: bytes | None
    outcome: Outcome


class BatchAbortedError(Exception):
    """An item of an all-or-nothing batch was refused; carries every item's outcome, and nothing was written."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("the batch was refused")
        self.outcomes = outcomes


def post(connection: Connection, orders: Sequence[Order], *, now_us: int) -> list[Outcome]:
    """Carry out the orders in order, inside the caller's write transaction; the outcomes, in the same order.

    `now_us` is this machine's time. Nothing counts before the caller has committed.
    """
    names = [_key_name(order) for order in orders]
    work = _load(connection, orders, names, now_us)
    outcomes = [_outcome(work, order, name) for order, name in zip(orders, names, strict=True)]
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


def _load(connection: Connection, orders: Sequence[Order], names: Sequence[bytes | None], now_us: int) -> Work:
    state = journal.state(connection)
    # The machine's clock may step back; the journal's goes on by a little, so that what is later also sorts later.
    booked_at = max(now_us, state.head_booked_at + 1)
    bank_time = state.bank_time(booked_at)
    originals = journal.originals(connection, [order.reverses for order in orders if order.reverses])
    sides = [(order.source_id, order.target_id) for order in orders]
    ids = {account_id for both in sides for account_id in both if account_id}
    held = hold_rows.locked(connection, [order.hold.hold_id for order in orders if order.hold and order.hold.hold_id])
    ids.update(hold.account_id for hold in held.values())
    for original in originals.values():
        ids.update(side for side in (original.entry.from_account_id, original.entry.to_account_id) if side)
    numbers = {order.to_account_number for order in orders if order.to_account_number}
    accounts = {account.id: account for account in journal.lock_accounts(connection, ids, numbers)}
    days = Days()
    left_on = {
        (accounts[source_id].key, days[time_of(order, bank_time)])
        for order, (source_id, _) in zip(orders, sides, strict=True)
        if source_id in accounts
    }
    spent = journal.spent_on(connection, sorted(left_on))
    return Work(
        state=state,
        booked_at=booked_at,
        bank_time=bank_time,
        accounts=accounts,
        numbers={account.account_number: account.id for account in accounts.values()},
        opening={account.id: _standing(account) for account in accounts.values()},
        spent=spent,
        known_days=set(spent),
        originals=originals,
        holds=held,
        used_keys=idempotency_keys.used(connection, [name for name in names if name is not None]),
        days=days,
        quotes=exchange_rows.quotes_named(connection, [order.quote_id for order in orders if order.quote_id]),
        rates=exchange_rates.on_each(connection, _days_of_exchanges(orders, accounts, days, bank_time)),
    )


def _days_of_exchanges(
    orders: Sequence[Order], accounts: Mapping[str, Account], days: Days, bank_time: int
) -> set[int]:
    """The days whose rates are needed: none, where all accounts of the transaction are in one currency."""
    if len({account.currency for account in accounts.values()}) < 2:
        return set()
    return {days[time_of(order, bank_time)] for order in orders if order.rule.may_exchange}


def _outcome(work: Work, order: Order, name: bytes | None) -> Outcome:
    """What comes of one order; `name` is that of its key."""
    request_hash = b"" if name is None else order.request_hash()
    if name is not None and name in work.used_keys:
        used = work.used_keys[name]
        if used.request_hash != request_hash:
            return refusal_outcome(Refused(IDEMPOTENCY_KEY_REUSED), order.request_id)
        return Outcome(REPLAYED, used.status, used.body)
    refusals_before = len(work.refusals)
    try:
        outcome = _carry_out(work, order)
    except Refused as refused:
        outcome = refusal_outcome(refused, order.request_id)
        if refused.refusal not in STORED:
            return outcome
    if name is not None:
        work.used_keys[name] = UsedKey(request_hash, outcome.http_status, outcome.body)
        remembered = work.refusals[refusals_before:]
        refusal_id = pack_uuid(remembered[0]["id"]) if remembered else None
        position = work.next_position - 1 if outcome.succeeded and order.moves_money else None
        reply = _Reply(position, refusal_id, outcome)
        work.claims.append(_claim(name, request_hash, reply, work.booked_at))
    return outcome


def _claim(name: bytes, request_hash: bytes, reply: _Reply, at_us: int) -> Claim:
    """What a key keeps: where its entry stands, else the text of its reply, with the attempt that it is about."""
    position, refusal_id, outcome = reply
    if position is not None:
        return Claim(name, request_hash, position, None, replays.CURRENT_FORM, None, None, at_us)
    return Claim(name, request_hash, None, refusal_id, None, outcome.http_status, outcome.body, at_us)


def _carry_out(work: Work, order: Order) -> Outcome:
    if not order.moves_money:
        return promises.carry_out(work, order)
    resolved = resolve(work, order)
    decision = decide(resolved.movement)
    if isinstance(decision, Refusal):
        details = _figures(resolved, decision)
        _remember_refusal(work, order, resolved, decision, details)
        raise Refused(decision, details=details)
    entry = _entry(work, order, resolved)
    reverses = work.originals[order.reverses].position if order.reverses else None
    work.drafts.append(journal.Draft(entry, decision, reverses))
    _take_effect(work, order, resolved, decision)
    body = transaction_text(entry, _view(resolved, decision), for_staff=order.actor.is_staff)
    return Outcome(COMPLETED, _CREATED, body)


def _figures(resolved: Resolved, refusal: Refusal) -> dict[str, str]:
    found = figures(resolved.movement, refusal)
    if refusal is DAILY_LIMIT_EXCEEDED:
        found["retry_at"] = clock.to_wire(day_end_us(business_day(resolved.effective_at)))
    return found


def _entry(work: Work, order: Order, resolved: Resolved) -> Entry:
    movement = resolved.movement
    amount, source, target = resolved.amount_of(order), movement.source, movement.target
    return Entry(  # in the order of its fields: by their names it takes twice as long, thousands of times a batch
        new_id(),
        resolved.type_of(order),
        amount.currency,
        amount.minor,
        source.id if source else None,
        target.id if target else None,
        order.description or _promised_for(work, order),
        order.category,
        order.reverses,
        resolved.effective_at,
        work.booked_at,
        order.actor.initiator_for(resolved.seen_from.owner_id),
        order.request_id,
    )


def _promised_for(work: Work, order: Order) -> str:
    """What the hold that is captured was for; nothing of other orders."""
    return "" if order.hold is None else work.holds[order.hold.hold_id or ""].description


def _take_effect(work: Work, order: Order, resolved: Resolved, legs: tuple[Posting, ...]) -> None:
    """Move the working copies along, so that the next order of this transaction sees them."""
    movement = resolved.movement
    for leg in legs:
        if leg.balance_after_minor is not None:
            _move_balance(work, work.accounts[leg.account_id], leg, movement)
    if order.hold is not None:
        promises.take(work, order.hold, movement.amount.minor)
    if resolved.exchange is not None:
        _keep_exchange(work, resolved.exchange)
    if order.reverses is not None:
        original = work.originals[order.reverses]
        reversed_minor = original.reversed_minor + resolved.amount_of(order).minor
        work.originals[order.reverses] = original._replace(reversed_minor=reversed_minor)
    elif movement.is_limited and movement.source is not None:
        day = (movement.source.key, work.days[resolved.effective_at])
        work.spent[day] = work.spent.get(day, 0) + movement.amount.minor
        work.touched_days.add(day)


def _keep_exchange(work: Work, exchange: Exchange) -> None:
    """The last entry drafted has exchanged this, by its quote where it has one: nobody uses that again."""
    work.exchanges.append((work.next_position - 1, exchange))
    if exchange.quote_id is not None:
        work.quotes[exchange.quote_id] = work.quotes[exchange.quote_id]._replace(is_used=True)


def _move_balance(work: Work, account: Account, leg: Posting, movement: Movement) -> None:
    """Move the working copy, and keep the place where a forced movement took the account below its floor.

    Raises DriftError when a voluntary one does: `decide` refuses it, so it cannot be (LEDGER rule 12).
    """
    available_minor = account.available_minor
    account.balance_minor += leg.amount_minor
    if leg.amount_minor < 0:
        account.held_minor -= movement.released_minor
    is_falling = account.available_minor < available_minor
    if account.available_minor >= 0:
        account.floor_passed_at = None
    elif is_falling and not movement.is_forced:
        raise journal.DriftError("a movement that its holder asked for took an account below its floor")
    elif is_falling and account.floor_passed_at is None:
        account.floor_passed_at = work.next_position - 1


def _view(resolved: Resolved, legs: tuple[Posting, ...]) -> View:
    account, other, exchange = resolved.seen_from, resolved.movement.target, resolved.exchange
    if account is other:
        return View(account.id, "in", legs[1].balance_after_minor, account.owner_id)
    balance_minor = legs[0].balance_after_minor
    if other is None:
        return View(account.id, "out", balance_minor, account.owner_id)
    owner_id, name, number = other.owner_id, other.holder_name, other.account_number
    is_own = owner_id == account.owner_id
    return View(account.id, "out", balance_minor, account.owner_id, owner_id, name, number, is_own, exchange)


def _remember_refusal(work: Work, order: Order, resolved: Resolved, refusal: Refusal, details: dict[str, str]) -> None:
    """Keep the attempt for the account's owner. Of a recipient named by number it keeps no id: nobody learns it so."""
    movement, account = resolved.movement, resolved.seen_from
    target = movement.target
    is_known = target is not None and (order.to_account_number is None or target.owner_id == account.owner_id)
    work.refusals.append(
        {
            "id": new_id(),
            "initiator": order.actor.initiator_for(account.owner_id),
            "request_id": order.request_id,
            "owner_id": account.owner_id,
            "type": order.type,
            "currency": movement.amount.currency,
            "amount_minor": movement.amount.minor,
            "account_key": account.key,
            "payer_key": movement.source.key if movement.source else None,
            "payee_key": target.key if target is not None and is_known else None,
            "description": order.description,
            "category": order.category,
            "error_code": refusal.code,
            "details": render(details) if details else None,
            "effective_at": resolved.effective_at,
            "booked_at": work.booked_at,
        }
    )


def _store(connection: Connection, work: Work) -> None:
    idempotency_keys.claim(connection, work.claims)
    account_keys = {account.id: account.key for account in work.accounts.values()}
    acting = {draft.entry.initiator for draft in work.drafts} | {row["initiator"] for row in work.refusals}
    acting.update(placed.initiator for placed in work.placed_holds)
    initiator_keys = initiators.keys_of(connection, acting)
    journal.append(connection, work.state, work.drafts, account_keys, initiator_keys)
    exchange_rows.add(connection, work.exchanges)
    changes = [
        journal.BalanceChange(*_standing(account), account.key, *before[:2])
        for account in work.accounts.values()
        if _standing(account) != (before := work.opening[account.id])
    ]
    journal.move_balances(connection, changes)
    promises.store(connection, work, account_keys, initiator_keys)
    touched = {day: work.spent[day] for day in work.touched_days}
    journal.store_outgoings(connection, work.known_days, touched)
    journal.record_refusals(connection, work.refusals, initiator_keys)


def _standing(account: Account) -> tuple[int, int, int | None]:
    return account.balance_minor, account.held_minor, account.floor_passed_at


def _key_name(order: Order) -> bytes | None:
    key = order.idempotency_key
    return None if key is None else idempotency_keys.name_of(order.actor.principal, order.operation, key)
