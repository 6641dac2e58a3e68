"""An order that was decided for becomes an entry, and moves the working copies along for those that follow it."""

from shared.identifiers import new_id
from transaction_service.exchange.agreement import Exchange
from transaction_service.holds import promises
from transaction_service.holds.hold import HoldRequest
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Account, Movement
from transaction_service.ledger.entry import Entry, Posting
from transaction_service.ledger.events import floor_passed
from transaction_service.ledger.orders import Order
from transaction_service.ledger.resolution import ResolvedOrder, Work


def book(
    work: Work, order: Order, resolved: ResolvedOrder, legs: tuple[Posting, ...], *, entry_id: str | None = None
) -> Entry:
    """Draft the entry, under a new id or the one that it was promised under, and let it take effect in `work`."""
    entry = _entry(work, order, resolved, entry_id or new_id())
    reverses = work.originals[order.reverses].position if order.reverses else None
    work.drafts.append(journal.Draft(entry, legs, reverses))
    _take_effect(work, order, resolved, legs)
    return entry


def _entry(work: Work, order: Order, resolved: ResolvedOrder, entry_id: str) -> Entry:
    movement, effective_at, _, taken_back = resolved
    amount, source, target = taken_back or movement.amount, movement.source, movement.target
    return Entry(  # in the order of its fields: by their names it takes twice as long, thousands of times a batch
        entry_id,
        resolved.type_of(order),
        amount.currency,
        amount.minor,
        source.id if source else None,
        target.id if target else None,
        order.description or (_promised_for(work, order.hold) if order.hold else ""),
        order.category,
        order.reverses,
        effective_at,
        work.booked_at,
        order.actor.initiator_for(resolved.seen_from.owner_id),
        order.request_id,
        order.end_to_end_id,
    )


def _promised_for(work: Work, request: HoldRequest) -> str:
    """What the hold that is captured was for."""
    return work.holds[request.hold_id or ""].description


def _take_effect(work: Work, order: Order, resolved: ResolvedOrder, legs: tuple[Posting, ...]) -> None:
    movement = resolved.movement
    for leg in legs:
        if leg.balance_after_minor is not None:
            _move_balance(work, work.accounts[leg.account_id], leg, movement, resolved.effective_at)
    if order.hold is not None:
        promises.take(work, order.hold.hold_id or "", movement.amount.minor, is_final=order.hold.is_final)
    if resolved.exchange is not None:
        _keep_exchange(work, resolved.exchange)
    if order.reverses is not None:
        _count_reversed(work, order.reverses, resolved)
    elif movement.is_limited and movement.source is not None:
        day = (movement.source.key, work.days[resolved.effective_at])
        work.spent[day] = work.spent.get(day, 0) + movement.amount.minor
        work.touched_days.add(day)


def _count_reversed(work: Work, entry_id: str, resolved: ResolvedOrder) -> None:
    """So much more of it is reversed, and as much less of what it reversed itself."""
    original = work.originals[entry_id]
    minor, other_minor = resolved.amount.minor, original.other_minor(resolved.exchange)
    work.originals[entry_id] = original.without(minor, other_minor)
    undone = work.originals.get(original.entry.reverses or "")
    if undone is not None:
        work.originals[undone.entry.id] = undone.without(-minor, -other_minor)


def _keep_exchange(work: Work, exchange: Exchange) -> None:
    """The last entry drafted has exchanged this, by its quote where it has one: nobody uses that again."""
    work.exchanges.append((work.next_position - 1, exchange))
    if exchange.quote_id is not None:
        work.quotes[exchange.quote_id] = work.quotes[exchange.quote_id]._replace(is_used=True)


def _move_balance(work: Work, account: Account, leg: Posting, movement: Movement, at_us: int) -> None:
    """Move the working copy, and keep where a forced movement left the account below its floor, and how far.

    Who has the account is told when it is passed, not of each fee that follows.

    Raises DriftError when a voluntary one does: `decide` refuses it, so it cannot be (LEDGER rule 12).
    """
    moved_minor = leg.amount_minor
    account.balance_minor += moved_minor
    if moved_minor < 0:
        account.held_minor -= movement.released_minor
        moved_minor += movement.released_minor
    is_falling = moved_minor < 0
    if account.available_minor >= 0:
        account.floor_passed_at = None
    elif is_falling and not movement.is_forced:
        raise journal.DriftError("a movement that its holder asked for took an account below its floor")
    elif is_falling:
        position = work.next_position - 1
        work.below_floor[position, account.key] = -account.available_minor
        if account.floor_passed_at is None:
            account.floor_passed_at = position
            work.told.append(floor_passed(work.drafts[-1].entry, account, -leg.amount_minor, at_us))
