"""The only SQL of endpoints and events. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, and_, func, select

from notification_service.models import Delivery, DeliveryAttempt, WebhookEndpoint, WebhookEvent
from notification_service.webhooks.event_types import PING
from shared.enums import DeliveryStatus, WebhookScope
from shared.http.pagination import ListQuery, fetch_page
from shared.storage.row_seals import add_rows, delete_rows

_AT_ONCE = 1000


def endpoints_enabled(session: Session) -> Sequence[WebhookEndpoint]:
    """Every endpoint that wants to hear of something."""
    return session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.is_enabled == True)).all()  # noqa: E712 (SQL)


def endpoints_of_bank(session: Session) -> Sequence[WebhookEndpoint]:
    """Every endpoint that hears, or heard, of everybody."""
    return session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.scope == WebhookScope.BANK)).all()


def endpoints_of(session: Session, user_id: str, query: ListQuery) -> tuple[list[WebhookEndpoint], str | None]:
    """A page of somebody's endpoints, and its cursor. Raises Refused (422), see `fetch_page`."""
    own = select(WebhookEndpoint).where(WebhookEndpoint.user_id == user_id)
    rows, cursor = fetch_page(session, own, WebhookEndpoint.created_at, WebhookEndpoint.id, query)
    return [row[0] for row in rows], cursor


def count_of(session: Session, user_id: str) -> int:
    """How many endpoints somebody has."""
    return session.scalars(select(func.count()).where(WebhookEndpoint.user_id == user_id)).one()


def locked_endpoint(session: Session, endpoint_id: str) -> WebhookEndpoint | None:
    """This endpoint, locked."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    return session.scalars(query.with_for_update()).one_or_none()


def own_endpoint(
    session: Session, user_id: str, endpoint_id: str, *, for_update: bool = False
) -> WebhookEndpoint | None:
    """This endpoint, if it is this person's."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.user_id == user_id)
    return session.scalars(query.with_for_update() if for_update else query).one_or_none()


def locked_endpoints_of(session: Session, user_id: str) -> Sequence[WebhookEndpoint]:
    """All endpoints of a person, locked."""
    return session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.user_id == user_id).with_for_update()).all()


def endpoints(session: Session, ids: Iterable[str]) -> dict[str, WebhookEndpoint]:
    """These endpoints by id; those that are gone are absent."""
    rows = session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id.in_(list(ids))))
    return {row.id: row for row in rows}


def idle_endpoints(session: Session) -> Sequence[str]:
    """The endpoints to which nothing is sent at present."""
    return session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.is_enabled == False)).all()  # noqa: E712


def any_endpoint(session: Session) -> WebhookEndpoint | None:
    """One endpoint, whichever."""
    return session.scalars(select(WebhookEndpoint).limit(1)).one_or_none()


def known_events(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of these events that were kept before."""
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        found.update(session.scalars(select(WebhookEvent.id).where(WebhookEvent.id.in_(ids[start : start + _AT_ONCE]))))
    return found


def awaited_events(session: Session, user_id: str) -> set[str]:
    """Those of the events about somebody that are yet to be sent somewhere."""
    open_ones = select(Delivery.event_id).join(WebhookEvent, WebhookEvent.id == Delivery.event_id)
    return set(session.scalars(open_ones.where(WebhookEvent.user_id == user_id, Delivery.finished_at.is_(None))))


def keep_events(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write new events."""
    add_rows(session, WebhookEvent, rows)


def bodies(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """The messages of these events, by id."""
    rows = session.execute(select(WebhookEvent.id, WebhookEvent.body).where(WebhookEvent.id.in_(list(ids))))
    return {row.id: row.body for row in rows}


def event_page(session: Session, user_id: str | None, query: ListQuery) -> tuple[list[str], str | None]:
    """A page of the messages about somebody, or of all (None), and its cursor. Raises Refused (422)."""
    seen = select(WebhookEvent.body).where(WebhookEvent.type != PING)
    if user_id is not None:
        seen = seen.where(WebhookEvent.user_id == user_id)
    rows, cursor = fetch_page(session, seen, WebhookEvent.position, WebhookEvent.id, query)
    return [row.body for row in rows], cursor


def delivery_page(
    session: Session, endpoint_id: str, query: ListQuery, status: DeliveryStatus | None
) -> tuple[list[tuple[Delivery, str]], str | None]:
    """A page of what was and is to be sent to an endpoint, each with its event's type, and its cursor."""
    everything = _with_type().where(Delivery.target_id == endpoint_id)
    wanted = everything if status is None else everything.where(Delivery.status == status)
    rows, cursor = fetch_page(session, wanted, Delivery.position, Delivery.id, query, everything=everything)
    return [(row[0], row[1]) for row in rows], cursor


def open_delivery(session: Session, endpoint_id: str, order_key: str) -> str | None:
    """The id of what is to be sent to an endpoint under this order key, if anything is."""
    here = and_(Delivery.target_id == endpoint_id, Delivery.order_key == order_key, Delivery.finished_at.is_(None))
    return session.scalars(select(Delivery.id).where(here).limit(1)).one_or_none()


def own_delivery(
    session: Session, user_id: str, delivery_id: str, *, for_update: bool = False
) -> tuple[Delivery, str] | None:
    """This delivery and its event's type, if it is to an endpoint of this person's."""
    query = _with_type().join(WebhookEndpoint, WebhookEndpoint.id == Delivery.target_id)
    query = query.where(Delivery.id == delivery_id, WebhookEndpoint.user_id == user_id)
    found = session.execute(query.with_for_update(of=Delivery) if for_update else query).one_or_none()
    return None if found is None else (found.Delivery, found.type)


def _with_type() -> Select[Any]:
    query: Select[Any] = select(Delivery, WebhookEvent.type)  # type: ignore[assignment]
    return query.join(WebhookEvent, WebhookEvent.id == Delivery.event_id)


def attempts_of(session: Session, delivery_ids: Iterable[str]) -> dict[str, list[DeliveryAttempt]]:
    """The tries that were made at each of these deliveries, in their order."""
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(list(delivery_ids)))
    found: dict[str, list[DeliveryAttempt]] = {}
    for one in session.scalars(query.order_by(DeliveryAttempt.delivery_id, DeliveryAttempt.number)):
        found.setdefault(one.delivery_id, []).append(one)
    return found


def remove(session: Session, endpoint_id: str) -> None:
    """Remove an endpoint; what was to be sent to it is the outbox's to forget."""
    delete_rows(session, WebhookEndpoint, WebhookEndpoint.id == endpoint_id)


def empty(session: Session) -> None:
    """Forget every endpoint and every event."""
    delete_rows(session, WebhookEndpoint)
    delete_rows(session, WebhookEvent)
