"""Composition root of the notification service."""

from flask_openapi3 import OpenAPI

from notification_service import internal_routes
from notification_service.context import NotificationContext
from notification_service.delivery.worker import DeliveryWorker
from notification_service.inbox import routes
from notification_service.inbox.consumers import FEEDS, InboxConsumer
from notification_service.models import db
from notification_service.settings import Settings
from notification_service.webhooks import endpoints
from notification_service.webhooks import routes as webhook_routes
from notification_service.webhooks.publishing import Publisher
from notification_service.webhooks.secret_vault import SecretVault
from notification_service.webhooks.targets import TargetRules
from notification_service.webhooks.webhook_channel import WebhookChannel
from shared import row_seals, services
from shared.application import new_application, seal
from shared.database import Database
from shared.discovery import Discovery
from shared.migrations import migrate
from shared.service_tokens import RemoteKeys, ServiceToken
from shared.tokens import KeySource, TokenVerifier


def create_app(settings: Settings | None = None, *, keys: KeySource | None = None) -> OpenAPI:
    """The WSGI application. With `keys` given (tests) it verifies against those, and nothing runs in the background."""
    settings = settings or Settings.from_environment()
    database = Database(db)
    publisher = Publisher(settings.retries)
    consumers = {
        feed: InboxConsumer(database, feed, large_payment=settings.large_payment, publisher=publisher) for feed in FEEDS
    }
    vault, targets = SecretVault(settings.webhook_key), TargetRules(settings.webhook_hosts, settings.is_production)
    deliveries = DeliveryWorker(database, [WebhookChannel(vault, targets)], settings.retries)
    discovery = Discovery()
    token = ServiceToken(services.NOTIFICATION, discovery)
    verifier = TokenVerifier(keys or RemoteKeys(discovery, token))
    feeds = {feed: consumer.feed_consumer(discovery, token) for feed, consumer in consumers.items()}
    context = NotificationContext(database, consumers, feeds, settings, publisher, vault, targets, deliveries, verifier)
    checks = {"database": database.is_healthy, "feeds": context.is_following}
    app = new_application(services.NOTIFICATION, __name__, verifier=verifier, checks=checks)
    database.init_app(app, settings.database_url)
    row_seals.use_key(database, settings.seal_key)
    migrate(database, "notification_service")
    endpoints.check_key(context)
    app.extensions["context"] = context
    for feed in feeds.values():  # a bank that was reset has told of nothing before
        app.extensions["fence"].before_opening.append(feed.catch_up)
    if keys is None:
        verifier.start()
        for feed in feeds.values():
            feed.start()
        deliveries.start(app.extensions["fence"])
    return seal(app, routes.blueprint, webhook_routes.blueprint, internal_routes.blueprint)
