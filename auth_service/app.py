"""Auth's composition root."""

from flask_openapi3 import OpenAPI

from auth_service import bootstrap, housekeeping, internal_routes, personal_data, routes
from auth_service.context import AuthContext
from auth_service.erasure import erasing
from auth_service.erasure import routes as erasure_routes
from auth_service.erasure.services import Forgetting
from auth_service.models import audit_log, db
from auth_service.passwords import password_reset
from auth_service.passwords.hashing import PasswordHasher
from auth_service.settings import Settings
from auth_service.tokens import routes as key_routes
from auth_service.tokens.key_ring import KeyRing
from auth_service.users import routes as user_routes
from shared import audit_retention, services
from shared.audit import install_audit
from shared.events.feed_wakeups import install_bell
from shared.http.application import new_application, seal
from shared.identity.tokens import TokenVerifier
from shared.network.discovery import Discovery
from shared.privacy.personal_data import install_personal_data
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time.bank_clock import BankClock
from shared.time.clock import now_us


def create_app(settings: Settings | None = None, *, in_background: bool = True) -> OpenAPI:
    """The app, ready to serve. `in_background=False` starts no threads: keys then rotate only when told to.

    Raises MissingSettingError when a setting keeps the bank from starting.
    """
    settings = settings or Settings.from_environment()
    database = Database(db)
    keys = KeyRing(database, settings)
    verifier = TokenVerifier(keys)
    hasher = PasswordHasher(
        settings.password_method,
        at_once=settings.password_hashes_at_once,
        waiting_at_most=settings.passwords_waiting_at_most,
    )
    discovery = Discovery()
    bank_clock, forgetting = BankClock(discovery, keys.own_token), Forgetting(discovery, keys.own_token)
    context = AuthContext(settings, database, keys, verifier, hasher, bank_clock, forgetting)
    checks = {"database": database.is_healthy, "signing_key": keys.is_ready}
    app = new_application(services.AUTH, __name__, verifier=verifier, checks=checks)
    database.init_app(app, settings.database_url)
    migrate(database, "auth_service")
    app.extensions["context"] = context
    install_audit(app, database, audit_log)
    install_personal_data(app, database, personal_data.SECTIONS)
    app.extensions["fence"].on_opened.append(context.bank_clock.forget)
    keys.rotate(now_us())
    bootstrap.set_up(context)
    verifier.refresh_keys()
    verifier.refresh_revocations()
    if in_background:
        install_bell(services.AUTH, database)
        verifier.start()
        audit_retention.start(database, audit_log)
        housekeeping.start(context)
        password_reset.start(context)
        erasing.start(context)
    features = (routes, user_routes, key_routes, erasure_routes, internal_routes)
    return seal(app, *(feature.blueprint for feature in features))
