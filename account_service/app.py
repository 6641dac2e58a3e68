"""Composition of the account service."""

from collections.abc import Callable
from functools import partial

from flask_openapi3 import OpenAPI

from account_service import erasing, holder_names, internal_routes, personal_data, routes
from account_service.auth_client import Owners
from account_service.cards import routes as card_routes
from account_service.cards.card_vault import CardVault, check_opens
from account_service.cards.ledger_client import CardLedger
from account_service.cards.repository import newest_sealed
from account_service.context import AccountContext
from account_service.ledger_client import Ledger
from account_service.models import audit_log, db
from account_service.products import routes as product_routes
from account_service.products.changes import offer_defaults
from account_service.rate_limits import limit, limiter_of_people
from account_service.rates import routes as rates_routes
from account_service.rates.refresh_worker import RateRefreshWorker
from account_service.recovery import Recoverer
from account_service.settings import Settings
from shared import audit_retention, services
from shared.audit import install_audit
from shared.events.feed_readings import readings_of_feeds
from shared.events.feed_wakeups import install_bell
from shared.http.application import new_application, seal
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import KeySource, TokenVerifier
from shared.network.discovery import Discovery
from shared.observability.readings import add_readings
from shared.privacy.personal_data import install_personal_data
from shared.settings import MissingSettingError
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time.bank_clock import BankClock


def create_app(
    settings: Settings | None = None, *, keys: KeySource | None = None, token: Callable[[], str] | None = None
) -> OpenAPI:
    """The WSGI application.

    `keys` and `token` are for tests, which sign their own tokens; then nothing runs in the background.
    """
    settings = settings or Settings.from_environment()
    database = Database(db)
    discovery = Discovery()
    own_token = ServiceToken(services.ACCOUNT, discovery)
    verifier = TokenVerifier(keys or RemoteKeys(discovery, own_token))
    calls_with = token or own_token
    ledger = Ledger(discovery, calls_with)
    rates = RateRefreshWorker(database, ledger, settings.rates)
    context = AccountContext(
        settings,
        database,
        ledger,
        Owners(discovery, calls_with),
        CardLedger(discovery, calls_with),
        CardVault(settings.card_key),
        BankClock(discovery, calls_with),
        rates,
    )
    app = new_application(services.ACCOUNT, __name__, verifier=verifier, checks={"database": database.is_healthy})
    database.init_app(app, settings.database_url)
    migrate(database, "account_service")
    with database.write_session() as session:
        offer_defaults(session, settings)
        sealed = newest_sealed(session)
    if sealed is not None:
        try:
            check_opens(context.card_vault, *sealed)
        except MissingSettingError:
            database.close()
            raise
    app.extensions["context"] = context
    install_audit(app, database, audit_log)
    install_personal_data(app, database, personal_data.SECTIONS)
    erasing.install(app, database)
    app.extensions["fence"].on_opened.append(context.bank_clock.forget)
    app.extensions["concerns"] = [rates.concern]
    limiter = limiter_of_people(app, settings.redis_url)
    app.extensions["count_lookup"] = limit(limiter, settings.lookup_rate, of="lookup")
    app.extensions["count_reveal"] = limit(limiter, settings.reveal_rate, of="reveal")
    if keys is None:
        install_bell(services.ACCOUNT, database)
        verifier.start()
        audit_retention.start(database, audit_log)
        Recoverer(context, app.extensions["fence"]).start()
        rates.start()
        names = holder_names.consumer(database, discovery, own_token)
        add_readings(app, partial(readings_of_feeds, [names]))
        names.start()
    features = (routes, product_routes, card_routes, rates_routes, internal_routes)
    return seal(app, *(feature.blueprint for feature in features))
