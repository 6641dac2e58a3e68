"""Auth's composition root."""

from pathlib import Path

from flask_openapi3 import OpenAPI

from auth_service import bootstrap, housekeeping, internal_routes, routes, user_routes
from auth_service.desk import Desk
from auth_service.key_ring import KeyRing
from auth_service.password_hashing import PasswordHasher
from auth_service.settings import Settings
from shared import services
from shared.application import new_application, seal
from shared.clock import now_us
from shared.database import Database
from shared.migrations import migrate
from shared.tokens import TokenVerifier


def create_app(settings: Settings | None = None, *, in_background: bool = True) -> OpenAPI:
    """The app, ready to serve. `in_background=False` starts no threads: keys then rotate only when told to.

    Raises MissingSettingError when a setting keeps the bank from starting.
    """
    settings = settings or Settings.from_environment()
    database = Database(settings.database_url)
    _keep_private(database)
    migrate(database, "auth_service")
    keys = KeyRing(database, settings)
    keys.rotate(now_us())
    verifier = TokenVerifier(keys)
    hasher = PasswordHasher(
        settings.password_method,
        at_once=settings.password_hashes_at_once,
        waiting_at_most=settings.passwords_waiting_at_most,
    )
    desk = Desk(settings, database, keys, verifier, hasher)
    bootstrap.set_up(desk)
    verifier.refresh_keys()
    verifier.refresh_revocations()
    if in_background:
        verifier.start()
        housekeeping.start(desk)
    checks = {"database": database.is_healthy, "signing_key": keys.is_ready}
    app = new_application(services.AUTH, __name__, verifier=verifier, checks=checks)
    app.extensions["database"] = database
    app.extensions["desk"] = desk
    return seal(app, routes.blueprint, user_routes.blueprint, internal_routes.blueprint)


def _keep_private(database: Database) -> None:
    """The file holds signing keys and password hashes: nobody but its owner may read it (SQLite's own files follow)."""
    file = database.engine.url.database
    if database.is_sqlite and file and file != ":memory:":
        path = Path(file)
        path.touch(mode=0o600)
        path.chmod(0o600)
