"""Money moves here: any number of orders in one write transaction, each with its own outcome.

A single transfer, a batch and a group of strangers' requests that share one commit all take this one way: look at the
keys, lock the accounts in sorted order, let the pure ledger decide order by order, then write everything at once.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from shared import clock
from shared.business_days import business_day, day_end_us, day_number
from shared.identifiers import new_id
from shared.json_parsing import render
from shared.refusals import IDEMPOTENCY_KEY_REUSED, Refusal, Refused
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Posting, decide, figures
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.movement_rules import REVERSAL
from transaction_service.ledger.orders import COMPLETED, REPLAYED, Order, Outcome, refusal_outcome
from transaction_service.ledger.resolution import Resolved, Work, resolve, time_of
from transaction_service.ledger.serializers import View, transaction
from transaction_service.refusals import BATCH_ABORTED, DAILY_LIMIT_EXCEEDED, STORED

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


def _load(connection: Connection, orders: Sequence[Order], now_us: int) -> Work:
    state = journal.state(connection)
    # The machine's clock may step back; the journal's goes on by a little, so that what is later also sorts later.
    booked_at = max(now_us, state.head_booked_at + 1)
    bank_time = booked_at + state.clock_offset_us
    names = [key for key in map(_key_name, orders) if key is not None]
    replies = {name: (row[3], row[4], row[5]) for name, row in journal.stored_replies(connection, names).items()}
    originals = journal.originals(connection, [order.reverses for order in orders if order.reverses])
    ids = {account_id for order in orders for account_id in (order.source_id, order.target_id) if account_id}
    for original, _ in originals.values():
        ids.update(side for side in (original.from_account_id, original.to_account_id) if side)
    numbers = {order.to_account_number for order in orders if order.to_account_number}
    accounts = journal.lock_accounts(connection, ids, numbers)
    days = {(order.source_id, day_number(time_of(order, bank_time))) for order in orders if order.source_id}
    spent = journal.spent_on(connection, sorted(days))
    return Work(
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


def _outcome(work: Work, order: Order) -> Outcome:
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


def _carry_out(work: Work, order: Order, entry_id: str) -> Outcome:
    resolved = resolve(work, order)
    decision = decide(resolved.movement)
    if isinstance(decision, Refusal):
        _remember_refusal(work, order, resolved, decision)
        raise Refused(decision, details=_figures(resolved, decision))
    entry = _entry(work, order, resolved, entry_id)
    work.drafts.append(journal.Draft(entry, decision, _history_owners(work, decision)))
    _take_effect(work, order, resolved, decision)
    body = render(transaction(entry, _view(resolved, decision), for_staff=order.actor.is_staff))
    return Outcome(COMPLETED, _CREATED, body)


def _figures(resolved: Resolved, refusal: Refusal) -> dict[str, str]:
    found = figures(resolved.movement, refusal)
    if refusal is DAILY_LIMIT_EXCEEDED:
        found["retry_at"] = clock.to_wire(day_end_us(business_day(resolved.effective_at)))
    return found


def _entry(work: Work, order: Order, resolved: Resolved, entry_id: str) -> Entry:
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
        initiator_kind=order.actor.kind_for(resolved.seen_from.owner_id),
        initiator_name=order.actor.name,
    )


def _take_effect(work: Work, order: Order, resolved: Resolved, legs: tuple[Posting, ...]) -> None:
    """Move the working copies along, so that the next order of this transaction sees them."""
    movement = resolved.movement
    for leg in legs:
        if leg.balance_after_minor is not None:
            work.accounts[leg.account_id].balance_minor = leg.balance_after_minor
    if order.type == REVERSAL:
        original, reversed_minor = work.originals[order.reverses or ""]
        work.originals[original.id] = (original, reversed_minor + movement.amount.minor)
    elif movement.is_limited and movement.source is not None:
        day = (movement.source.id, day_number(resolved.effective_at))
        work.spent[day] = work.spent.get(day, 0) + movement.amount.minor
        work.touched_days.add(day)


def _history_owners(work: Work, legs: tuple[Posting, ...]) -> tuple[str | None, ...]:
    owners = [work.accounts[leg.account_id].owner_id if leg.account_id in work.accounts else None for leg in legs]
    if owners[0] is not None and owners[0] == owners[-1]:
        owners[-1] = None
    return tuple(owners)


def _view(resolved: Resolved, legs: tuple[Posting, ...]) -> View:
    movement, account = resolved.movement, resolved.seen_from
    other = movement.target if account is movement.source else None
    leg = next(leg for leg in legs if leg.account_id == account.id)
    return View(
        account_id=account.id,
        direction="out" if leg.amount_minor < 0 else "in",
        balance_after_minor=leg.balance_after_minor,
        owner_id=account.owner_id,
        counterparty_owner_id=other.owner_id if other else None,
        counterparty_name=other.holder_name if other else None,
        counterparty_number=other.account_number if other else None,
        counterparty_is_own=other is not None and other.owner_id == account.owner_id,
    )


def _remember_refusal(work: Work, order: Order, resolved: Resolved, refusal: Refusal) -> None:
    """Keep the attempt for the account's owner. Of a recipient named by number it keeps no id: nobody learns it so."""
    movement, account = resolved.movement, resolved.seen_from
    target = movement.target
    is_known = target is not None and (order.to_account_number is None or target.owner_id == account.owner_id)
    work.refusals.append(
        {
            "id": new_id(),
            "user_id": order.actor.user_id,
            "initiator_kind": order.actor.kind_for(account.owner_id),
            "initiator_name": order.actor.name,
            "owner_id": account.owner_id,
            "type": order.type,
            "currency": movement.amount.currency,
            "amount_minor": movement.amount.minor,
            "account_id": account.id,
            "from_account_id": movement.source.id if movement.source else None,
            "to_account_id": target.id if target is not None and is_known else None,
            "description": order.description,
            "category": order.category,
            "error_code": refusal.code,
            "effective_at": resolved.effective_at,
            "booked_at": work.booked_at,
        }
    )


def _store(connection: Connection, work: Work) -> None:
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
    return None if key is None else (order.actor.principal, order.operation, key)
