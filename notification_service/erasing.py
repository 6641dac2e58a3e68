"""Forgetting a person: inbox, mails, webhooks. What the bank's own webhooks hear of them they hear without names.

That stays as long as everything that webhooks are told: to be sent, sent again or fetched, whoever comes for it when.
"""

from collections.abc import Sequence
from functools import partial

from flask import Flask
from flask_sqlalchemy.session import Session
from sqlalchemy import select

from notification_service.context import NotificationContext
from notification_service.delivery import outbox
from notification_service.email import people
from notification_service.models import Delivery, Mail, MessagePreference, Notification, WebhookEndpoint, WebhookEvent
from notification_service.webhooks import repository
from notification_service.webhooks.event_types import EVERYTHING, PING
from notification_service.webhooks.nameless import without_names
from shared.privacy.erasure import install_erasure
from shared.storage.row_seals import delete_rows

_AT_ONCE = 1000


def install(app: Flask, context: NotificationContext) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, context))


def erase(context: NotificationContext, user_id: str) -> None:
    """Forget this person in one commit, after all that was told of them until now has been taken in.

    Raises Refused (503) while a service is away that may yet have something to tell.
    """
    context.feeds[people.FEED].catch_up()  # before the others, so that nothing that they tell is told to them
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
    """What a webhook of the bank hears of stays, without names, and goes with age; the rest was theirs alone.

    So does what one is yet to be sent, though it was told meanwhile to hear of something else: others wait behind it.
    """
    heard = [(one.created_at, frozenset(one.events.split())) for one in repository.endpoints_of_bank(session)]
    forgotten, awaited = [], repository.awaited_events(session, user_id)
    for event in session.scalars(select(WebhookEvent).where(WebhookEvent.user_id == user_id).with_for_update()):
        is_heard = any(event.created_at >= since and types & {event.type, EVERYTHING} for since, types in heard)
        if event.id in awaited or (is_heard and event.type != PING):
            event.body = without_names(user_id, event.body)
        else:
            forgotten.append(event.id)
    session.flush()
    _forget_deliveries(session, forgotten)
    for start in range(0, len(forgotten), _AT_ONCE):
        delete_rows(session, WebhookEvent, WebhookEvent.id.in_(forgotten[start : start + _AT_ONCE]))


def _forget_deliveries(session: Session, event_ids: Sequence[str]) -> None:
    """Of webhooks these have all ended, so that nothing is left to wait for one; mails wait for none."""
    for start in range(0, len(event_ids), _AT_ONCE):
        some = Delivery.event_id.in_(event_ids[start : start + _AT_ONCE])
        outbox.forget(session, session.scalars(select(Delivery.id).where(some)).all())
