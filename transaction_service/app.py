"""Composition root of the ledger."""

from collections.abc import Callable
from functools import partial

from flask_openapi3 import OpenAPI

from shared import audit_retention, services
from shared.audit import install_audit
from shared.events.feed_wakeups import install_bell
from shared.http.application import new_application, seal
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import KeySource, TokenVerifier
from shared.network.discovery import Discovery
from shared.observability.log_lines import BankLog
from shared.observability.readings import add_readings
from shared.privacy.personal_data import install_personal_data
from shared.settings import MissingSettingError
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.service_files import beside_database
from transaction_service import erasing, internal_routes, personal_data, routes
from transaction_service.card_bills import internal_routes as card_bill_routes
from transaction_service.card_bills.billing import make_statements, settle_again
from transaction_service.cards import card_rows
from transaction_service.cards import internal_routes as internal_card_routes
from transaction_service.cards import routes as card_routes
from transaction_service.cards.card_secrets import CardSecrets
from transaction_service.context import LedgerContext
from transaction_service.due_work import queue
from transaction_service.due_work.confirmed_offset import ConfirmedOffset
from transaction_service.due_work.machine_clock import MachineClock
from transaction_service.due_work.worker import DueWorker, Handler
from transaction_service.exchange import routes as exchange_routes
from transaction_service.fast_lane import install_fast_lane
from transaction_service.history import routes as history_routes
from transaction_service.holds import routes as holds_routes
from transaction_service.holds.expiry import expire_holds
from transaction_service.interest import rate_plans, runs
from transaction_service.interest import routes as interest_routes
from transaction_service.interest.overdraft_limits import apply_limits
from transaction_service.interest.settlement import settle
from transaction_service.ledger import journal
from transaction_service.ledger.commit_queue import CommitQueue
from transaction_service.ledger.daily_outgoings import count_in_zone
from transaction_service.ledger.housekeeping import Housekeeping
from transaction_service.ledger.recipient_limit import RecipientLimit
from transaction_service.models import audit_log, db
from transaction_service.orders import (
    direct_debit_routes,
    due_handlers,
    payee_routes,
    scheduled_payment_routes,
    standing_order_routes,
)
from transaction_service.proof.reconciliation import Reconciliation
from transaction_service.readings import readings_of_ledger
from transaction_service.settings import Settings

_BLUEPRINTS = (
    routes.blueprint,
    history_routes.blueprint,
    holds_routes.blueprint,
    card_routes.blueprint,
    interest_routes.blueprint,
    exchange_routes.blueprint,
    payee_routes.blueprint,
    standing_order_routes.blueprint,
    scheduled_payment_routes.blueprint,
    direct_debit_routes.blueprint,
    internal_routes.blueprint,
    internal_card_routes.blueprint,
    card_bill_routes.blueprint,
)


def create_app(settings: Settings | None = None, *, keys: KeySource | None = None) -> OpenAPI:
    """The ledger's app. With `keys` given (tests) it verifies against those and starts no background refresh."""
    settings = settings or Settings.from_environment()
    database = Database(db)
    discovery = Discovery()
    verifier = _verifier(discovery) if keys is None else TokenVerifier(keys)
    checks: dict[str, Callable[[], bool]] = {"database": database.is_healthy}
    app = new_application(services.TRANSACTION, __name__, verifier=verifier, checks=checks)
    database.init_app(app, settings.database_url)
    migrate(database, "transaction_service")
    count_in_zone(database)
    secrets = _card_secrets(database, settings)
    confirmed = ConfirmedOffset(beside_database(app, services.TRANSACTION, ".clock"))
    with database.read() as connection:
        machine_clock = MachineClock(journal.state(connection).head_booked_at, confirmed=confirmed)
    commits = CommitQueue(database, machine_clock)
    recipients = RecipientLimit(database, settings.lookup_rate, settings.redis_url)
    handlers: dict[str, Handler] = {
        queue.HOLD_EXPIRY: expire_holds,
        runs.INTEREST: partial(settle, machine_clock.now_us),
        rate_plans.OVERDRAFT_LIMIT: apply_limits,
        queue.CARD_BILLING: partial(make_statements, machine_clock.now_us),
        queue.CARD_SETTLEMENT: partial(settle_again, machine_clock.now_us),
        **due_handlers.handlers(machine_clock.now_us),
    }
    due_worker = DueWorker(database, machine_clock, handlers)
    due_worker.start()
    checks["due_work"] = due_worker.is_well
    checks["writer"] = commits.is_alive
    checks["clock"] = machine_clock.is_believed
    reconciliation = Reconciliation(database)
    checks["reconciliation"] = reconciliation.is_clean
    housekeeping = Housekeeping(database, settings.key_days, machine_clock.shown_us)
    if settings.reconcile_seconds:
        reconciliation.start(settings.reconcile_seconds)
    if keys is None:
        install_bell(services.TRANSACTION, database)
        audit_retention.start(database, audit_log)
        housekeeping.start()
    context = app.extensions["context"] = LedgerContext(
        database,
        commits,
        recipients,
        machine_clock,
        reconciliation,
        housekeeping,
        due_worker,
        secrets,
        BankLog(services.TRANSACTION, discovery),
        settings.is_production,
        settings.payees_per_person,
    )
    add_readings(app, partial(readings_of_ledger, context))
    install_audit(app, database, audit_log)
    install_personal_data(app, database, personal_data.SECTIONS)
    erasing.install(app, database)
    seal(app, *_BLUEPRINTS)
    install_fast_lane(app, context)
    return app


def _card_secrets(database: Database, settings: Settings) -> CardSecrets:
    """Raises MissingSettingError where cards are known by another key: no number would be found again."""
    secrets = CardSecrets(settings.card_key)
    with database.write() as connection:
        has_changed = card_rows.key_has_changed(connection, secrets.key_digest)
    if has_changed:
        database.close()
        message = (
            "TRANSACTION_CARD_KEY is not the key that this bank knows card numbers by. Give the one that it was, "
            "or restore it from a backup of BANK_DATA_DIR/secrets, and start again"
        )
        raise MissingSettingError(message)
    return secrets


def _verifier(discovery: Discovery) -> TokenVerifier:
    """What checks tokens by the keys that auth publishes."""
    verifier = TokenVerifier(RemoteKeys(discovery, ServiceToken(services.TRANSACTION, discovery)))
    verifier.start()
    return verifier
