"""Holds that nobody captured in time end when the bank clock reaches their hour: the money is available again."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, update

from shared.card_enums import AuthorizationEventType
from shared.enums import HoldStatus
from shared.events.event_feed import Event
from transaction_service.cards import authorization_rows
from transaction_service.cards.authorization import Authorization, AuthorizationStep, Progress
from transaction_service.cards.events import payment_event
from transaction_service.due_work.queue import Due
from transaction_service.holds import hold_rows
from transaction_service.holds.events import HoldExpired, hold_event
from transaction_service.holds.hold import Hold
from transaction_service.ledger.journal import DriftError
from transaction_service.models import accounts

_GIVE_BACK = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(held_minor=accounts.c.held_minor - bindparam("released"))
)


def expire_holds(connection: Connection, due: Sequence[Due]) -> None:
    """Let holds expire, each at its own instant of the bank's time. Raises DriftError where one has ended already."""
    instants = {work.subject_id: work.due_at for work in due}
    held = hold_rows.locked(connection, instants)
    paid_by_card = _authorizations_of(connection, held.values())
    told: list[Event] = []
    expired: list[AuthorizationStep] = []
    released: defaultdict[str, int] = defaultdict(int)
    for hold_id, instant in instants.items():
        hold = held[hold_id]
        left = hold.remaining_minor
        released[hold.account_id] += left
        hold.release(left, HoldStatus.EXPIRED, instant)
        told.append(hold_event(HoldExpired, hold, left, instant))
        if hold.authorization_id is not None:
            step = AuthorizationStep(hold.authorization_id, AuthorizationEventType.EXPIRED, left, left, instant)
            expired.append(step)
            told.append(payment_event(paid_by_card[hold.authorization_id], step, hold.owner_id))
    if not hold_rows.change(connection, list(held.values())):
        raise DriftError("a hold that had ended was still to expire")
    hold_rows.tell(connection, told)
    authorization_rows.note(connection, _in_currencies_of_shops(connection, expired))
    connection.execute(_GIVE_BACK, [{"account": each, "released": released[each]} for each in sorted(released)])
    is_back_above = accounts.c.balance_minor - accounts.c.held_minor >= accounts.c.floor_minor
    were_below = accounts.c.id.in_(released) & accounts.c.floor_passed_at.is_not(None)
    connection.execute(update(accounts).where(were_below, is_back_above).values(floor_passed_at=None))


def _authorizations_of(connection: Connection, expiring: Collection[Hold]) -> dict[str, Authorization]:
    """The card payments that these are held for, with them, by their ids."""
    holds_of = {hold.authorization_id: hold for hold in expiring if hold.authorization_id is not None}
    found = authorization_rows.by_id(connection, holds_of)
    for authorization_id, authorization in found.items():
        authorization.hold = holds_of[authorization_id]
    return found


def _in_currencies_of_shops(connection: Connection, expired: Sequence[AuthorizationStep]) -> list[AuthorizationStep]:
    """The same, where a shop is paid in another currency than the account's with what has expired of that."""
    foreign = authorization_rows.foreign_among(connection, [each.authorization_id for each in expired])
    stories = authorization_rows.stories_of(connection, foreign)
    left = {authorization_id: Progress().after(story).left_minor for authorization_id, story in stories.items()}
    return [each._replace(original_minor=left.get(each.authorization_id, each.amount_minor)) for each in expired]
