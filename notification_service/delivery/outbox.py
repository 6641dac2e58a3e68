"""The outbox: what is to be sent, written in the commit that gives rise to it. The only SQL of deliveries.

At least once, and in order: of what has one target and one order key, one delivery is due or under way, and the others
are queued behind it until it has arrived or was given up. A claim that its worker did not live to finish lapses, and
the delivery is sent again with the same event.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_sqlalchemy.session import Session
from sqlalchemy import and_, case, func, select

from notification_service.delivery.channel import Outcome
from notification_service.delivery.retries import THOUSANDTHS, RetryPolicy
from notification_service.models import Delivery, DeliveryAttempt, Mail, OutboxState, WebhookEvent
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from shared.storage.row_seals import add_rows, delete_rows
from shared.time.clock import MICROSECONDS

OPEN = (DeliveryStatus.QUEUED, DeliveryStatus.DUE, DeliveryStatus.SENDING)
KEPT_DAYS = 30
CHANNELS = ("email", "webhook")
"""The ways of sending there are."""
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Something to be sent; what has the same target and `order_key` arrives in the order in which it is enqueued."""

    channel: str
    target_id: str
    event_id: str
    order_key: str
    delay_us: int = 0


@dataclass(frozen=True, slots=True)
class Unsent:
    """What of one channel has not arrived and was not given up: how much, and how late."""

    channel: str
    count: int
    oldest_seconds: float
    overdue_seconds: float


def unsent(session: Session, now_us: int) -> list[Unsent]:
    """Of each channel, also where there is nothing."""
    next_try = func.min(case((Delivery.status == DeliveryStatus.DUE, Delivery.due_at))).label("next_try")
    columns = Delivery.channel, func.count().label("count"), func.min(Delivery.created_at).label("oldest"), next_try
    found = {channel: Unsent(channel, 0, 0.0, 0.0) for channel in CHANNELS}
    for row in session.execute(select(*columns).where(Delivery.status.in_(OPEN)).group_by(Delivery.channel)):
        age_us, overdue_us = max(now_us - row.oldest, 0), max(now_us - (row.next_try or now_us), 0)
        found[row.channel] = Unsent(row.channel, row[1], age_us / MICROSECONDS, overdue_us / MICROSECONDS)
    return list(found.values())


def take_positions(session: Session, count: int) -> int:
    """Give out so many positions, in the order of commits; the first of them."""
    state = session.scalars(select(OutboxState).with_for_update()).one()
    first = state.position + 1
    state.position += count
    session.flush()
    return first


def enqueue(session: Session, new: Sequence[NewDelivery], policy: RetryPolicy, *, now_us: int) -> list[str]:
    """Put these into the outbox; their ids."""
    if not new:
        return []
    busy = _with_open_ones(session, {(one.target_id, one.order_key) for one in new})
    first, rows = take_positions(session, len(new)), []
    for number, one in enumerate(new):
        key = (one.target_id, one.order_key)
        rows.append(
            {
                "id": new_id(),
                "channel": one.channel,
                "target_id": one.target_id,
                "event_id": one.event_id,
                "order_key": one.order_key,
                "position": first + number,
                "status": DeliveryStatus.QUEUED.value if key in busy else DeliveryStatus.DUE.value,
                "attempts": 0,
                "due_at": now_us + one.delay_us,
                "give_up_at": now_us + policy.give_up_after_seconds * MICROSECONDS,
                "claim_id": None,
                "claimed_until": None,
                "created_at": now_us,
                "finished_at": None,
            }
        )
        busy.add(key)
    add_rows(session, Delivery, rows)
    return [str(row["id"]) for row in rows]


def _with_open_ones(session: Session, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of these pairs of target and order key that something is under way for."""
    found: set[tuple[str, str]] = set()
    order_keys, targets = sorted({key for _, key in keys}), {target for target, _ in keys}
    for start in range(0, len(order_keys), _AT_ONCE):
        some = order_keys[start : start + _AT_ONCE]
        here = and_(Delivery.target_id.in_(targets), Delivery.order_key.in_(some), Delivery.status.in_(OPEN))
        rows = session.execute(select(Delivery.target_id, Delivery.order_key).where(here).distinct())
        found |= {(row.target_id, row.order_key) for row in rows}
    return found


def under_way(session: Session, now_us: int) -> dict[str, int]:
    """How many claims are held for each target."""
    held = and_(Delivery.status == DeliveryStatus.SENDING, Delivery.claimed_until >= now_us)
    rows = session.execute(select(Delivery.target_id, func.count().label("held")).where(held).group_by("target_id"))
    return {row.target_id: row.held for row in rows}


def sendable(session: Session, now_us: int, *, full: Iterable[str], limit: int, lock: bool = False) -> list[Delivery]:
    """The deliveries that are due, and those whose claim has lapsed, to targets other than those that are full.

    Asked one after the other, for an index to give each in its order, however many there are.
    """
    is_due = and_(Delivery.status == DeliveryStatus.DUE, Delivery.due_at <= now_us)
    has_lapsed = and_(Delivery.status == DeliveryStatus.SENDING, Delivery.claimed_until < now_us)
    not_full, found = Delivery.target_id.not_in(list(full)), list[Delivery]()
    for wanted in (has_lapsed, is_due):
        query = select(Delivery).where(wanted, not_full).order_by(Delivery.due_at).limit(limit - len(found))
        found += session.scalars(query.with_for_update() if lock else query)
    return found


def next_due_us(session: Session) -> int | None:
    """When the first of all deliveries is or was due, or its claim lapses; None where nothing is under way."""
    due = session.scalar(select(func.min(Delivery.due_at)).where(Delivery.status == DeliveryStatus.DUE))
    held = select(func.min(Delivery.claimed_until)).where(Delivery.status == DeliveryStatus.SENDING)
    return min((at for at in (due, session.scalar(held)) if at is not None), default=None)


def claim(session: Session, deliveries: Sequence[Delivery], policy: RetryPolicy, *, now_us: int) -> None:
    """These are being sent from now on, by whoever knows their `claim_id`."""
    for one in deliveries:
        one.status = DeliveryStatus.SENDING
        one.claim_id = new_id()
        one.claimed_until = now_us + policy.claim_seconds * MICROSECONDS
    session.flush()


def give_back_claims(session: Session) -> None:
    """Whoever holds a claim does not live any more: what they were sending is due."""
    for one in session.scalars(select(Delivery).where(Delivery.status == DeliveryStatus.SENDING).with_for_update()):
        one.status, one.claim_id, one.claimed_until = DeliveryStatus.DUE, None, None


def claimed(session: Session, delivery_id: str, claim_id: str) -> Delivery | None:
    """The delivery that this claim is still held for; None when it has lapsed and another was given, or all is gone."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.claim_id == claim_id)
    return session.scalars(query.with_for_update()).one_or_none()


def finish(
    session: Session, delivery: Delivery, outcome: Outcome, policy: RetryPolicy, *, began_us: int, now_us: int
) -> None:
    """Record a try; then the delivery has arrived, is due again later, or has failed."""
    delivery.attempts += 1
    delivery.claim_id = delivery.claimed_until = None
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            made_at=began_us,
            milliseconds=max(now_us - began_us, 0) // 1000,
            answer_status=outcome.answer_status,
            answer_start=outcome.answer_start[:500],
            problem=outcome.problem[:200],
        )
    )
    again_at = None
    if outcome.problem and not outcome.is_final:
        chance = secrets.randbelow(THOUSANDTHS + 1)
        again_at = policy.next_try(now_us, tries=delivery.attempts, give_up_at=delivery.give_up_at, chance=chance)
    if again_at is not None:
        delivery.status, delivery.due_at = DeliveryStatus.DUE, again_at
    else:
        delivery.status = DeliveryStatus.FAILED if outcome.problem else DeliveryStatus.DELIVERED
        delivery.finished_at = now_us
        _let_next_go(session, delivery, now_us)
    session.flush()


def _let_next_go(session: Session, ended: Delivery, now_us: int) -> None:
    behind = and_(
        Delivery.target_id == ended.target_id,
        Delivery.order_key == ended.order_key,
        Delivery.status == DeliveryStatus.QUEUED,
    )
    query = select(Delivery).where(behind).order_by(Delivery.position).limit(1).with_for_update()
    follower = session.scalars(query).one_or_none()
    if follower is not None:
        follower.status, follower.due_at = DeliveryStatus.DUE, max(follower.due_at, now_us)


def send_again(delivery: Delivery, policy: RetryPolicy, *, now_us: int) -> None:
    """Somebody asks for it once more: what had an end goes out of order, what waits for its next try goes now."""
    if delivery.finished_at is not None:
        delivery.order_key, delivery.status, delivery.finished_at = delivery.id, DeliveryStatus.DUE, None
        delivery.give_up_at = now_us + policy.give_up_after_seconds * MICROSECONDS
    delivery.due_at = min(delivery.due_at, now_us)


def drop(session: Session, deliveries: Sequence[Delivery], now_us: int) -> None:
    """Remove claimed deliveries that cannot be sent; what is queued behind each goes on."""
    for one in deliveries:
        _let_next_go(session, one, now_us)
    session.flush()
    forget(session, [one.id for one in deliveries])


def forget(session: Session, deliveries: Sequence[str]) -> None:
    """Remove these deliveries with their attempts."""
    for start in range(0, len(deliveries), _AT_ONCE):
        some = deliveries[start : start + _AT_ONCE]
        delete_rows(session, DeliveryAttempt, DeliveryAttempt.delivery_id.in_(some))
        delete_rows(session, Delivery, Delivery.id.in_(some))


def forget_target(session: Session, target_id: str) -> None:
    """Remove everything that was sent or is to be sent there."""
    forget(session, list(session.scalars(select(Delivery.id).where(Delivery.target_id == target_id))))


def forget_open(session: Session, target_id: str) -> None:
    """Remove what is yet to be sent there; what came of the rest stays to be looked at."""
    here = and_(Delivery.target_id == target_id, Delivery.finished_at.is_(None))
    forget(session, list(session.scalars(select(Delivery.id).where(here))))


def forget_old(session: Session, now_us: int) -> bool:
    """Remove a part of what had its end long ago, and events and mails that nobody waits for; whether there is more."""
    before = now_us - KEPT_DAYS * 86_400 * MICROSECONDS
    ended = list(session.scalars(select(Delivery.id).where(Delivery.finished_at < before).limit(_AT_ONCE)))
    forget(session, ended)
    unawaited = [_forget_unawaited(session, model, before) for model in (WebhookEvent, Mail)]
    return _AT_ONCE in (len(ended), *unawaited)


def _forget_unawaited(session: Session, model: type[WebhookEvent | Mail], before: int) -> int:
    is_awaited = select(Delivery.id).where(Delivery.event_id == model.id).exists()
    old = select(model.id).where(model.created_at < before, ~is_awaited).order_by(model.created_at, model.id)
    ids = list(session.scalars(old.limit(_AT_ONCE)))
    if ids:
        delete_rows(session, model, model.id.in_(ids))
    return len(ids)


def empty(session: Session) -> None:
    """Remove everything; positions go on, so that none is ever given out twice."""
    delete_rows(session, DeliveryAttempt)
    delete_rows(session, Delivery)
