"""A new key for seals: what a key of before has sealed is sealed with the one of now, while the service runs."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from sqlalchemy import MetaData, Table, select, tuple_

from shared.key_files import forget_older_seal_keys
from shared.services import Service
from shared.storage.database import Database, as_dicts
from shared.storage.row_seals import UNSEALED, renew

logger = structlog.get_logger(__name__)

ROWS_AT_ONCE = 500
_PAUSE_SECONDS = 0.02
"""Between one commit and the next, for others to write too."""
_AFTER_ERROR_SECONDS = 30.0


def start(service: Service, database: Database, metadata: MetaData, *, used: str, older: Sequence[str]) -> None:
    """Renew all seals of older keys in a daemon thread, tried again until it is done; then those keys are forgotten."""
    if older:
        done = partial(forget_older_seal_keys, service, older, used=used)
        threading.Thread(target=_until_done, args=(database, metadata, done), name="row-seals", daemon=True).start()


def renew_all(database: Database, metadata: MetaData) -> int:
    """Seal anew each row that an older key has sealed; how many there were."""
    tables = [table for table in metadata.sorted_tables if table.name not in UNSEALED]
    return sum(_renew_table(database, table) for table in tables)


def _until_done(database: Database, metadata: MetaData, done: Callable[[], object]) -> None:
    pause, is_done = threading.Event(), False
    while not is_done:
        try:
            rows = renew_all(database, metadata)
            done()
        except Exception:  # a full disk, a server that is away: until it is done keys of before verify
            logger.exception("row_seals_not_renewed")
            pause.wait(_AFTER_ERROR_SECONDS)
        else:
            logger.info("row_seals_renewed", rows=rows)
            is_done = True


def _renew_table(database: Database, table: Table) -> int:
    """Page by page, each in a commit of its own, in the order of the table's key."""
    key, pause, renewed = list(table.primary_key), threading.Event(), 0
    query = select(table).order_by(*key).limit(ROWS_AT_ONCE)
    page = query
    while True:
        with database.write() as connection:
            rows = as_dicts(connection.execute(page))
            renewed += renew(connection, table, rows)
        if len(rows) < ROWS_AT_ONCE:
            return renewed
        page = query.where(tuple_(*key) > tuple_(*(rows[-1][str(column.name)] for column in key)))
        pause.wait(_PAUSE_SECONDS)
