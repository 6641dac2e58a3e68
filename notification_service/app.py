"""Composition root of the notification service."""

from functools import partial

import structlog
from flask_openapi3 import OpenAPI

from notification_service import erasing, internal_routes, personal_data
from notification_service.context import NotificationContext
from notification_service.delivery.channel import Channel
from notification_service.delivery.readings import readings_of_outbox
from notification_service.delivery.worker import DeliveryWorker
from notification_service.email import routes as email_routes
from notification_service.email.email_channel import EmailChannel
from notification_service.email.mailing import Mailer
from notification_service.email.people import PeopleReader
from notification_service.email.receipts import Receipts
from notification_service.inbox import routes
from notification_service.inbox.consumers import FEEDS, STATEMENTS, InboxConsumer
from notification_service.models import audit_log, db
from notification_service.preferences import routes as preference_routes
from notification_service.settings import Settings
from notification_service.webhooks import endpoints
from notification_service.webhooks import routes as webhook_routes
from notification_service.webhooks.publishing import Publisher
from notification_service.webhooks.secret_vault import SecretVault
from notification_service.webhooks.targets import TargetRules
from notification_service.webhooks.webhook_channel import WebhookChannel
from shared import audit_retention, services
from shared.audit import install_audit
from shared.events.feed_readings import lag_of, readings_of_feeds
from shared.events.feed_wakeups import install_bell
from shared.events.feeds import FeedConsumer
from shared.http.application import new_application, seal
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import KeySource, TokenVerifier
from shared.network.discovery import Discovery
from shared.observability.logs import cause_of
from shared.observability.readings import add_readings
from shared.privacy.personal_data import install_personal_data
from shared.refusals import Refused
from shared.storage import row_seal_renewal, row_seals, secret_vault
from shared.storage.database import Database
from shared.storage.migrations import migrate

logger = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, *, keys: KeySource | None = None) -> OpenAPI:
    """The WSGI application. With `keys` given (tests) it verifies against those, and nothing runs in the background."""
    settings = settings or Settings.from_environment()
    database = Database(db)
    publisher, mailer, people = Publisher(settings.retries), _mailer(settings), PeopleReader(database)
    consumers = {
        feed: InboxConsumer(database, feed, large_payment=settings.large_payment, publisher=publisher, mailer=mailer)
        for feed in FEEDS
    }
    vault, targets = SecretVault(settings.webhook_key), TargetRules(settings.webhook_hosts, settings.is_production)
    tokens = secret_vault.SecretVault(settings.token_key, secret_vault.RESET_TOKENS)
    channels: list[Channel] = [WebhookChannel(vault, targets)]
    if settings.mail_server is not None:
        channels.append(EmailChannel(settings.mail_server, settings.stationery, Receipts(settings.receipts), tokens))
    deliveries = DeliveryWorker(database, channels, settings.retries)
    discovery = Discovery()
    token = ServiceToken(services.NOTIFICATION, discovery)
    verifier = TokenVerifier(keys or RemoteKeys(discovery, token))
    of_people = people.feed_consumer(discovery, token)
    feeds = {feed: consumer.feed_consumer(discovery, token, of_people) for feed, consumer in consumers.items()}
    feeds[people.reader.feed] = of_people
    context = NotificationContext(
        database, consumers, people, feeds, settings, publisher, mailer, tokens, vault, targets, deliveries, verifier
    )
    checks = {"database": database.is_healthy, "feeds": context.is_following}
    app = new_application(services.NOTIFICATION, __name__, verifier=verifier, checks=checks)
    database.init_app(app, settings.database_url)
    row_seals.use_key(database, settings.seal_key, settings.older_seal_keys)
    migrate(database, "notification_service")
    endpoints.check_key(context)
    install_audit(app, database, audit_log)
    app.extensions["context"] = context
    app.extensions["lag"] = partial(lag_of, feeds.values())
    add_readings(app, partial(readings_of_feeds, feeds.values()))
    add_readings(app, partial(readings_of_outbox, database))
    for name, feed in feeds.items():  # a bank that was reset has told of nothing before
        catch_up = partial(_catch_up_if_there, feed) if name == STATEMENTS else feed.catch_up
        app.extensions["fence"].before_opening.append(catch_up)
    install_personal_data(app, database, personal_data.SECTIONS)
    erasing.install(app, context)
    if keys is None:
        install_bell(services.NOTIFICATION, database)
        verifier.start()
        for feed in feeds.values():
            feed.start()
        audit_retention.start(database, audit_log)
        deliveries.start(app.extensions["fence"])
        row_seal_renewal.start(
            services.NOTIFICATION, database, db.metadata, used=settings.seal_key, older=settings.older_seal_keys
        )
    blueprints = routes, preference_routes, email_routes, webhook_routes, internal_routes
    return seal(app, *(one.blueprint for one in blueprints))


def _catch_up_if_there(feed: FeedConsumer) -> None:
    """A bank may be run without this feed's service, which then has nothing to tell."""
    try:
        feed.catch_up()
    except Refused as refused:
        logger.info("feed_away", feed=feed.name, cause=cause_of(refused))


def _mailer(settings: Settings) -> Mailer:
    """A bank in production without a mail server makes no mails."""
    has_server = settings.mail_server is not None
    is_on = has_server or not settings.is_production
    return Mailer(settings.retries, settings.owner_email, is_on=is_on, has_server=has_server)
