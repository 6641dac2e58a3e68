"""What auth does by itself: rotate keys, and delete what has served its time."""

import threading

import structlog

from auth_service.context import AuthContext
from auth_service.login import repository as login_repository
from auth_service.passwords import reset_repository as resets
from auth_service.sessions import repository as session_repository
from auth_service.tokens import revocations
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.time.clock import MICROSECONDS, now_us

logger = structlog.get_logger(__name__)

_PAUSE_SECONDS = 20.0
_DAY_US = 86_400 * MICROSECONDS
FINISHED_SESSIONS_KEPT_US = _DAY_US
REVOCATIONS_KEPT_US = _DAY_US
GUESSES_KEPT_US = 2 * _DAY_US
DEVICES_KEPT_US = 400 * _DAY_US


def start(context: AuthContext) -> None:
    """Keep house in a daemon thread."""
    threading.Thread(target=_run, args=(context,), name="housekeeping", daemon=True).start()


def keep_house(context: AuthContext, now: int) -> None:
    """One round."""
    context.keys.rotate(now)
    with context.database.write_session() as db_session:
        session_repository.delete_finished(db_session, before=now - FINISHED_SESSIONS_KEPT_US)
        resets.forget_expired(db_session, now)
        revocations.delete_revocations(db_session, before=now - REVOCATIONS_KEPT_US)
        login_repository.forget_guesses(db_session, before=now - GUESSES_KEPT_US)
        login_repository.forget_devices(db_session, before=now - DEVICES_KEPT_US)


def _run(context: AuthContext) -> None:
    pause = threading.Event()
    while not pause.wait(_PAUSE_SECONDS):
        try:
            keep_house(context, now_us())
        except Refused as refused:
            logger.debug("housekeeping_waits", cause=cause_of(refused))
        except Exception:  # key rotation must outlive any surprise
            logger.exception("housekeeping_failed")
