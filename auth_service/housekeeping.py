"""What auth does by itself: rotate keys, and delete what has served its time."""

import threading

import structlog

from auth_service import publications, repository, session_repository
from auth_service.desk import Desk
from shared.clock import MICROSECONDS, now_us
from shared.refusals import Refused

logger = structlog.get_logger(__name__)

_PAUSE_SECONDS = 20.0
_DAY_US = 86_400 * MICROSECONDS
FINISHED_SESSIONS_KEPT_US = _DAY_US
REVOCATIONS_KEPT_US = _DAY_US
GUESSES_KEPT_US = 2 * _DAY_US
DEVICES_KEPT_US = 400 * _DAY_US


def start(desk: Desk) -> None:
    """Keep house in a daemon thread."""
    threading.Thread(target=_run, args=(desk,), name="housekeeping", daemon=True).start()


def keep_house(desk: Desk, now: int) -> None:
    """One round."""
    desk.keys.rotate(now)
    with desk.database.write() as connection:
        session_repository.delete_finished(connection, before=now - FINISHED_SESSIONS_KEPT_US)
        publications.delete_revocations(connection, before=now - REVOCATIONS_KEPT_US)
        repository.forget_guesses(connection, before=now - GUESSES_KEPT_US)
        repository.forget_devices(connection, before=now - DEVICES_KEPT_US)


def _run(desk: Desk) -> None:
    pause = threading.Event()
    while not pause.wait(_PAUSE_SECONDS):
        try:
            keep_house(desk, now_us())
        except Refused as refused:
            logger.debug("housekeeping_waits", cause=str(refused))
        except Exception:  # key rotation must outlive any surprise
            logger.exception("housekeeping_failed")
