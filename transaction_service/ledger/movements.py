"""Money moves here: any number of orders in one write transaction, each with its own outcome.

A single transfer, a batch and a group of strangers' requests that share one commit all take this one way: look at the
keys, lock the accounts in sorted order, let the pure ledger decide order by order, then write everything at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from shared.http.json_parsing import render
from shared.identifiers import new_id
from shared.refusals import IDEMPOTENCY_KEY_REUSED, Refusal, Refused
from shared.service_refusals import NOTICE_REQUIRED
from shared.storage.compact_columns import pack_uuid
from shared.time import clock
from shared.time.business_days import business_day, day_end_us
from transaction_service import audit
from transaction_service.cards import clearing, payments
from transaction_service.cards import work as card_work
from transaction_service.exchange import exchange_rows
from transaction_service.exchange import rates as exchange_rates
from transaction_service.holds import hold_rows, promises
from transaction_service.interest import rate_plans
from transaction_service.ledger import bank_accounts, idempotency_keys, initiators, journal, refused_attempts, replays
from transaction_service.ledger.booking import book
from transaction_service.ledger.decisions import Account, decide, figures
from transaction_service.ledger.entry import Posting
from transaction_service.ledger.idempotency_keys import Claim
from transaction_service.ledger.notice import notice_details
from transaction_service.ledger.orders import COMPLETED, REPLAYED, Order, Outcome, refusal_outcome
from transaction_service.ledger.resolution import Days, ResolvedOrder, Work, resolve, time_of
from transaction_service.ledger.serializers import TransactionView, View, transaction_text
from transaction_service.refusals import BATCH_ABORTED, DAILY_LIMIT_EXCEEDED, STORED

_CREATED = 201


class _Answer(NamedTuple):
    """An outcome whose reply may still have to be written."""

    status: str
    http_status: int
    body: str | TransactionView


class BatchAbortedError(Exception):
    """An item of an all-or-nothing batch was refused; carries every item's outcome, and nothing was written."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("the batch was refused")
        self.outcomes = outcomes


def post(connection: Connection, orders: Sequence[Order], *, now_us: int) -> list[Outcome]:
    """Carry out the orders in order, inside the caller's write transaction; the outcomes, in the same order.

    `now_us` is this machine's time. Nothing counts before the caller has committed.
    """
    # Step by step for all of them, not order by order: code that is left and come back to is out of the processor's
    # caches, and takes half as long again.
    names = [_key_name(order) for order in orders]
    hashes = [b"" if name is None else order.request_hash() for order, name in zip(orders, names, strict=True)]
    work = _load(connection, orders, names, now_us)
    answers = [_answer(work, *each) for each in zip(orders, names, hashes, strict=True)]
    _store(connection, work)
    return [
        Outcome(status, http_status, body if isinstance(body, str) else transaction_text(*body))
        for status, http_status, body in answers
    ]


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
    card_requests = [order.card for order in orders if order.card is not None]
    named_at = [order.effective_at for order in orders if order.card is not None and order.effective_at is not None]
    cards = card_work.load(
        connection, card_requests, list(originals), bank_time, first_named_at=min(named_at, default=None)
    )
    hold_ids = [order.hold.hold_id for order in orders if order.hold and order.hold.hold_id]
    held = hold_rows.locked(connection, hold_ids + cards.hold_ids)
    cards.attach(connection, held)
    ids.update(hold.account_id for hold in held.values())
    ids.update(cards.account_ids)
    ids.update(each.merchant.account_id for each in card_requests if each.merchant and each.merchant.account_id)
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
    exchanged_on = _days_of_exchanges(orders, accounts, days, bank_time)
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
        cards=cards,
        used_keys={**idempotency_keys.used(connection, [name for name in names if name is not None])},
        days=days,
        quotes=exchange_rows.quotes_named(connection, [order.quote_id for order in orders if order.quote_id]),
        rates=exchange_rates.on_each(connection, exchanged_on),
        plans=rate_plans.with_fees_of(connection, [each.key for each in accounts.values()]) if exchanged_on else {},
    )


def _days_of_exchanges(
    orders: Sequence[Order], accounts: Mapping[str, Account], days: Days, bank_time: int
) -> set[int]:
    """The days whose rates are needed: none, where all accounts of the transaction are in one currency."""
    paid_in = {order.currency for order in orders if order.card is not None and order.currency is not None}
    if len(paid_in.union(account.currency for account in accounts.values())) < 2:
        return set()
    may_exchange = [order for order in orders if order.rule.may_exchange or order.card is not None]
    return {days[time_of(order, bank_time)] for order in may_exchange}


def _answer(work: Work, order: Order, name: bytes | None, request_hash: bytes) -> _Answer:
    """What comes of one order; `name` is that of its key."""
    if name is not None and name in work.used_keys:
        used_for, status, body = work.used_keys[name]
        if used_for != request_hash and not order.is_what_was_asked(used_for):
            return _refusal(Refused(IDEMPOTENCY_KEY_REUSED), order)
        return _Answer(REPLAYED, status, body)
    refusals_before = len(work.refusals)
    try:
        answer = _carry_out(work, order)
    except Refused as refused:
        answer = _refusal(refused, order)
        if audit.is_written(order.actor):
            work.audited.append(audit.row_of_refusal(order, refused.refusal.code, work.bank_time))
        if refused.refusal not in STORED:
            return answer
    else:
        if audit.is_written(order.actor):
            work.audited.append(audit.row_of_order(work, order, answer.body))
    if name is not None:
        _, status, body = answer
        work.used_keys[name] = request_hash, status, body
        if isinstance(body, str):  # no entry of which it could be written again
            remembered = work.refusals[refusals_before:]
            refusal_id = pack_uuid(remembered[0]["id"]) if remembered else None
            claim = Claim(name, request_hash, None, refusal_id, None, status, body, work.booked_at)
        else:
            position = work.next_position - 1
            claim = Claim(name, request_hash, position, None, replays.CURRENT_FORM, None, None, work.booked_at)
        work.claims.append(claim)
    return answer


def _refusal(refused: Refused, order: Order) -> _Answer:
    return _Answer(*refusal_outcome(refused, order.request_id))


def _carry_out(work: Work, order: Order) -> _Answer:
    entry_id, card_text = None, "null"
    if order.card is not None:
        if not order.replies_with_entry:
            return _Answer(*payments.carry_out(work, order))
        order, resolved, entry_id = clearing.prepare(work, order, order.card)
    elif not order.replies_with_entry:
        return _Answer(*promises.carry_out(work, order))
    else:
        resolved = resolve(work, order)
    decision = decide(resolved.movement)
    if isinstance(decision, Refusal):
        details = _figures(resolved, decision)
        _remember_refusal(work, order, resolved, decision, details)
        raise Refused(decision, details=details)
    entry = book(work, order, resolved, decision, entry_id=entry_id)
    if order.card is not None:
        card_text = clearing.keep(work, order.card, resolved)
    view = _view(resolved, decision)
    if work.below_floor:
        below_minor = work.below_floor.get((work.next_position - 1, resolved.seen_from.key))
        view = view._replace(below_floor_minor=below_minor)
    shown = TransactionView(entry, view, card_text, order.actor.is_staff)
    return _Answer(COMPLETED, _CREATED, shown)


def _figures(resolved: ResolvedOrder, refusal: Refusal) -> dict[str, Any]:
    found: dict[str, Any] = {**figures(resolved.movement, refusal)}
    source = resolved.movement.source
    if refusal is NOTICE_REQUIRED and source is not None:
        return notice_details(source.notice_days, resolved.effective_at)
    if refusal is DAILY_LIMIT_EXCEEDED:
        found["retry_at"] = clock.to_wire(day_end_us(business_day(resolved.effective_at)))
    return found


def _view(resolved: ResolvedOrder, legs: tuple[Posting, ...]) -> View:
    account, other, exchange = resolved.seen_from, resolved.movement.target, resolved.exchange
    if account is other:
        return View(account.id, "in", legs[-1].balance_after_minor, account.owner_id, exchange=exchange)
    balance_minor = legs[0].balance_after_minor
    if other is None:
        return View(account.id, "out", balance_minor, account.owner_id, exchange=exchange)
    owner_id, name, number = other.owner_id, other.holder_name, other.account_number
    is_own = owner_id == account.owner_id
    return View(account.id, "out", balance_minor, account.owner_id, owner_id, name, number, is_own, exchange)


def _remember_refusal(
    work: Work, order: Order, resolved: ResolvedOrder, refusal: Refusal, details: dict[str, Any]
) -> None:
    """Keep the attempt for the account's owner. Of a recipient named by number it keeps no id: nobody learns it so."""
    movement, account = resolved.movement, resolved.seen_from
    target = movement.target
    is_known = target is not None and (order.to_account_number is None or target.owner_id == account.owner_id)
    refused_attempts.remember(
        work,
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
            "end_to_end_id": order.end_to_end_id,
        },
        account,
    )


def _store(connection: Connection, work: Work) -> None:
    idempotency_keys.claim(connection, work.claims)
    account_keys = {account.id: account.key for account in work.accounts.values()}
    acting = {draft.entry.initiator for draft in work.drafts} | {row["initiator"] for row in work.refusals}
    acting.update(placed.initiator for placed in work.placed_holds)
    acting.update(initiator for _, initiator, *_ in (*work.cards.added, *work.cards.resolved))
    initiator_keys = initiators.keys_of(connection, acting)
    if work.exchanges:  # a card may be the first to pay in a currency
        paid_in = {side.currency for _, made in work.exchanges for side in (made.source, made.target)}
        bank_accounts.ensure(connection, paid_in, work.booked_at)
    journal.append(connection, work.state, work.drafts, account_keys, initiator_keys)
    exchange_rows.add(connection, work.exchanges)
    changes = [
        journal.BalanceChange(*_standing(account), account.key, *before[:2])
        for account in work.accounts.values()
        if _standing(account) != (before := work.opening[account.id])
    ]
    journal.move_balances(connection, changes)
    journal.note_below_floor(connection, work.below_floor)
    work.told = refused_attempts.to_tell(connection, work.told)
    promises.store(connection, work, account_keys, initiator_keys)
    work.cards.store(connection, account_keys, initiator_keys)
    touched = {day: work.spent[day] for day in work.touched_days}
    journal.store_outgoings(connection, work.known_days, touched)
    refused_attempts.record(connection, work.refusals, initiator_keys)
    audit.write(connection, work.audited)


def _standing(account: Account) -> tuple[int, int, int | None]:
    return account.balance_minor, account.held_minor, account.floor_passed_at


def _key_name(order: Order) -> bytes | None:
    key = order.idempotency_key
    return None if key is None else idempotency_keys.name_of(order.actor.principal, order.operation, key)
