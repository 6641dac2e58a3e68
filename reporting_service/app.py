"""Composition root of the reporting service."""

from collections.abc import Callable
from functools import partial

from flask_openapi3 import OpenAPI

from reporting_service import internal_routes
from reporting_service.analytics import routes as analytics_routes
from reporting_service.audit import routes as audit_routes
from reporting_service.audit.gathering import audit_consumers
from reporting_service.audit.retention import RETENTION_SECONDS, Retention
from reporting_service.audit.set_up import trail_of
from reporting_service.bank_time import BankTime
from reporting_service.context import ReportingContext
from reporting_service.custom import routes as custom_routes
from reporting_service.custom.scheduling import ReportSchedule
from reporting_service.exports import routes as export_routes
from reporting_service.live import routes as live_routes
from reporting_service.live.board import LiveBoard
from reporting_service.live.totals import LiveTotals
from reporting_service.models import db
from reporting_service.own_data import erasing
from reporting_service.own_data import routes as own_data_routes
from reporting_service.periodic import Periodic
from reporting_service.projections import consumers, journal_projection
from reporting_service.proof import routes as proof_routes
from reporting_service.proof.readings import readings_of_proof
from reporting_service.reports import routes as report_routes
from reporting_service.service_clients import ServiceClients
from reporting_service.settings import Settings
from reporting_service.statements import routes as statement_routes
from reporting_service.statements import telling
from shared import services
from shared.events.feed_readings import lag_of, readings_of_feeds
from shared.events.feed_wakeups import install_bell
from shared.http.application import new_application, seal
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import KeySource, TokenVerifier
from shared.network.discovery import Discovery
from shared.observability.readings import add_readings
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
    own_token = ServiceToken(services.REPORTING, discovery)
    verifier = TokenVerifier(keys or RemoteKeys(discovery, own_token))
    calls_with = token or own_token
    trail = trail_of(database, settings)
    feeds = consumers.feed_consumers(database, discovery, calls_with)
    bank_time = BankTime(database, BankClock(discovery, calls_with))
    totals = LiveTotals(database, bank_time, lambda: feeds[journal_projection.FEED].lag)
    clients, audited = ServiceClients(discovery, calls_with), audit_consumers(trail, discovery, calls_with)
    context = ReportingContext(database, feeds, clients, trail, audited, LiveBoard(totals, verifier), bank_time)
    app = new_application(
        services.REPORTING,
        __name__,
        verifier=verifier,
        checks={"database": database.is_healthy, **context.checks()},
    )
    database.init_app(app, settings.database_url)
    migrate(database, "reporting_service")
    trail.begin()
    database.after_commit.append(trail.keep_anchor)
    journal_projection.keep_calendar(database)
    app.extensions["context"] = context
    followed = (*context.consumers.values(), *context.audit_consumers.values())
    app.extensions["lag"] = partial(lag_of, followed)
    add_readings(app, partial(readings_of_feeds, followed))
    add_readings(app, partial(readings_of_proof, database))
    app.extensions["fence"].before_opening += [bank_time.forget, context.catch_up]  # after a reset nothing is of before
    erasing.install(app, context)
    if keys is None:
        install_bell(services.REPORTING, database)
        verifier.start()
        for consumer in followed:
            consumer.start()
        _look_after(context, settings)
    return seal(
        app,
        report_routes.blueprint,
        custom_routes.blueprint,
        statement_routes.blueprint,
        export_routes.blueprint,
        own_data_routes.blueprint,
        live_routes.blueprint,
        analytics_routes.blueprint,
        proof_routes.blueprint,
        audit_routes.blueprint,
        internal_routes.blueprint,
    )


def _look_after(context: ReportingContext, settings: Settings) -> None:
    """Begin what is done each few seconds, or minutes."""
    ReportSchedule(context).start()
    retention = Retention(context.trail, settings.audit_days)
    Periodic("audit retention", retention.keep, seconds=RETENTION_SECONDS).start()
    Periodic("statements", partial(telling.tell_ended, context), seconds=telling.POLL_SECONDS).start()
