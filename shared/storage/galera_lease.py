"""Who alone changes the tables of a database on a Galera cluster: a row that its holder changes each second.

No clocks are compared. Whoever waits takes the row over once it has not seen it change for so long that the holder, or
the server it used, must be gone. Two who try at once change the same row, so one of them is undone.
"""

import threading
import time
from contextlib import suppress

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from shared.identifiers import new_id
from shared.observability.logs import cause_of
from shared.storage.galera_turns import TABLE

logger = structlog.get_logger(__name__)

BEAT_SECONDS = 1.0
DEAD_AFTER_SECONDS = 20.0
_LOOK = f"SELECT holder, number FROM {TABLE} WHERE name = 'migration'"  # noqa: S608
_TAKE = f"UPDATE {TABLE} SET holder = %s, number = number + 1 WHERE name = 'migration' AND number = %s"  # noqa: S608
_KEEP = f"UPDATE {TABLE} SET holder = %s, number = number + 1 WHERE name = 'migration' AND holder = %s"  # noqa: S608


class Lease:
    """One process's hold on the row. `is_lost`: nobody can say any more that it alone changes tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._me = new_id()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="migration-lease", daemon=True)
        self.is_lost = False

    def take(self) -> None:
        """Wait for it without limit, and keep it from then on."""
        seen, since, looked_at = None, 0.0, 0.0
        while True:
            with suppress(DBAPIError):
                holder, number = self._look()
                now = time.monotonic()
                if (holder, number) != seen or now - looked_at > BEAT_SECONDS * 3:
                    seen, since = (holder, number), now  # a server that answered late may have held the holder up too
                looked_at = now
                is_free = not holder or now - since > DEAD_AFTER_SECONDS
                if is_free and self._change(_TAKE, number):
                    break
            time.sleep(BEAT_SECONDS)
        self._thread.start()

    def give_back(self) -> None:
        """Let the next one have it. Where that cannot be said they wait until it is seen to be dead."""
        self._is_over.set()
        self._thread.join()
        with suppress(DBAPIError):
            self._change(_KEEP, self._me, holder="")

    def _keep(self) -> None:
        kept_at = time.monotonic()
        while not self._is_over.wait(BEAT_SECONDS) and not self.is_lost:
            try:
                self.is_lost = not self._change(_KEEP, self._me)
                kept_at = time.monotonic()
            except DBAPIError as error:
                logger.warning("migration_lease_not_kept", cause=cause_of(error.orig))
                self.is_lost = time.monotonic() - kept_at > DEAD_AFTER_SECONDS / 2

    def _look(self) -> tuple[str, int]:
        with self._engine.connect() as connection:
            holder, number = connection.exec_driver_sql(_LOOK).one()
            return str(holder), int(number)

    def _change(self, statement: str, condition: object, *, holder: str | None = None) -> bool:
        """Whether the row was as it should be, and the change is committed."""
        with self._engine.begin() as connection:
            written = self._me if holder is None else holder
            return connection.exec_driver_sql(statement, (written, condition)).rowcount == 1
