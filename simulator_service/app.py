"""Composition root of the simulator."""

import threading

from flask_openapi3 import OpenAPI

from sandbank import HttpTransport
from shared import audit_retention, services
from shared.audit import install_audit
from shared.events.feed_wakeups import install_bell
from shared.http.application import new_application, seal
from shared.identity.service_tokens import RemoteKeys, ServiceToken
from shared.identity.tokens import KeySource, TokenVerifier
from shared.network.discovery import Discovery
from shared.privacy.personal_data import install_personal_data
from shared.storage import row_seal_renewal, row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate
from simulator_service import erasing, internal_routes, personal_data, routes
from simulator_service.context import SimulatorContext
from simulator_service.engine import Engine
from simulator_service.faults import routes as fault_routes
from simulator_service.faults.registry import FaultRegistry
from simulator_service.models import audit_log, db
from simulator_service.posting.bank_client import BankClient
from simulator_service.posting.world_runner import WorldRunner
from simulator_service.reset import Reset
from simulator_service.scenarios import routes as scenario_routes
from simulator_service.settings import Settings
from simulator_service.truth import routes as truth_routes

EXPORTS_AT_ONCE = 2


def create_app(settings: Settings | None = None, *, keys: KeySource | None = None) -> OpenAPI:
    """The simulator's app. With `keys` given (tests) it verifies against those, and the test starts the engine."""
    settings = settings or Settings.from_environment()
    database = Database(db)
    discovery = Discovery()
    token = ServiceToken(services.SIMULATOR, discovery)
    stopping = threading.Event()
    gateway = HttpTransport(lambda: discovery.url(services.GATEWAY))
    bank = BankClient(gateway, token, patience_seconds=settings.patience_seconds, stopping=stopping)
    reset = Reset(database, discovery, token)
    runner = WorldRunner(database, bank, settings.log_in_secret)
    engine = Engine(runner, reset, settings.engine_lock, stopping)
    verifier = TokenVerifier(RemoteKeys(discovery, token) if keys is None else keys)
    app = new_application(services.SIMULATOR, __name__, verifier=verifier, checks={"database": database.is_healthy})
    database.init_app(app, settings.database_url)
    row_seals.use_key(database, settings.seal_key, settings.older_seal_keys)
    migrate(database, "simulator_service")
    app.extensions["context"] = SimulatorContext(
        settings=settings,
        database=database,
        engine=engine,
        runner=runner,
        clock=BankClient(gateway, token, patience_seconds=0, stopping=stopping),
        reset=reset,
        faults=FaultRegistry(),
        gateway=gateway,
        exports=threading.BoundedSemaphore(EXPORTS_AT_ONCE),
    )
    install_audit(app, database, audit_log)
    install_personal_data(app, database, personal_data.SECTIONS)
    erasing.install(app, database)
    if keys is None:
        verifier.start()
        install_bell(services.SIMULATOR, database)
        audit_retention.start(database, audit_log)
        engine.start()
        row_seal_renewal.start(
            services.SIMULATOR, database, db.metadata, used=settings.seal_key, older=settings.older_seal_keys
        )
    worlds = (routes.blueprint, scenario_routes.blueprint, truth_routes.blueprint)
    return seal(app, *worlds, fault_routes.blueprint, internal_routes.blueprint, fault_routes.internal)
