"""Forgetting a person: inbox, mails, webhooks, and what was told of them to the bank's own webhooks.

What those have yet to be sent stays until it has arrived or is given up, without names; so does that they were erased.
"""

from collections.abc import Sequence
from functools import partial

from flask import Flask
from flask_sqlalchemy.session import Session
from sqlalchemy import and_, or_, select

from notification_service.context import NotificationContext
from notification_service.delivery import outbox
from notification_service.email import people
from notification_service.models import Delivery, Mail, MessagePreference, Notification, WebhookEndpoint, WebhookEvent
from notification_service.webhooks.nameless import without_names
from shared.enums import UserStatus
from shared.privacy.erasure import install_erasure
from shared.storage.row_seals import delete_rows

_AT_ONCE = 1000
_UPDATED, _ERASED = "user.updated", f'"status":"{UserStatus.ERASED}"'


def install(app: Flask, context: NotificationContext) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, context))


def erase(context: NotificationContext, user_id: str) -> None:
    """Forget this person in one commit, after all that was told of them until now has been taken in.

    Raises Refused (503) while a service is away that may yet have something to tell.
    """
    for feed in context.feeds.values():
        feed.catch_up()
    with context.database.write_session() as session:
        for endpoint in session.scalars(select(WebhookEndpoint.id).where(WebhookEndpoint.user_id == user_id)).all():
            outbox.forget_target(session, endpoint)
        delete_rows(session, WebhookEndpoint, WebhookEndpoint.user_id == user_id)
        _forget_mails(session, user_id)
        _forget_events(session, user_id)
        for model in (Notification, MessagePreference):
            delete_rows(session, model, model.user_id == user_id)
        for addressee in people.addressees(session, [user_id], for_update=True).values():
            addressee.is_written_to = 0


def _forget_mails(session: Session, user_id: str) -> None:
    mails = session.scalars(select(Mail.id).where(Mail.user_id == user_id)).all()
    _forget_deliveries(session, mails)
    delete_rows(session, Mail, Mail.user_id == user_id)


def _forget_events(session: Session, user_id: str) -> None:
    is_awaited = (
        select(Delivery.id).where(Delivery.event_id == WebhookEvent.id, Delivery.finished_at.is_(None)).exists()
    )
    tells_of_it = and_(WebhookEvent.type == _UPDATED, WebhookEvent.body.contains(_ERASED, autoescape=True))
    of_user = WebhookEvent.user_id == user_id
    stays = or_(is_awaited, tells_of_it)
    kept = session.scalars(select(WebhookEvent).where(of_user, stays).with_for_update()).all()
    for event in kept:
        event.body = without_names(user_id, event.body)
    session.flush()
    known = {event.id for event in kept}
    ids = [one for one in session.scalars(select(WebhookEvent.id).where(of_user)) if one not in known]
    _forget_deliveries(session, ids)
    for start in range(0, len(ids), _AT_ONCE):
        delete_rows(session, WebhookEvent, WebhookEvent.id.in_(ids[start : start + _AT_ONCE]))


def _forget_deliveries(session: Session, event_ids: Sequence[str]) -> None:
    """Of webhooks these have all ended, so that nothing is left to wait for one; mails wait for none."""
    for start in range(0, len(event_ids), _AT_ONCE):
        some = Delivery.event_id.in_(event_ids[start : start + _AT_ONCE])
        outbox.forget(session, session.scalars(select(Delivery.id).where(some)).all())
