"""Sees to it that the ledger has the newest rates, and asks the sources now and then, where a setting says so.

The ledger keeps what it is told, so that a payment asks nobody else. It is told again each hour: that costs nothing,
and a ledger that began anew has them too.
"""

import threading

import structlog

from account_service.ledger_client import Ledger
from account_service.rates import repository
from account_service.rates.refresh import refresh
from account_service.rates.settings import RatesSettings
from account_service.rates.sources.every import SOURCES
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.enums import RateSourceStatus
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.storage.database import Database
from shared.time import clock

logger = structlog.get_logger(__name__)

_EVERY_SECONDS = 3_600.0
_PAUSE_AFTER_FAILURE_SECONDS = 1.0
_HOUR_US = 3_600 * clock.MICROSECONDS


class RateRefreshWorker:
    """`start` has it work in a daemon thread; without that it does what it is asked, as in tests."""

    def __init__(self, database: Database, ledger: Ledger, settings: RatesSettings) -> None:
        self._database = database
        self._ledger = ledger
        self._settings = settings
        self._woken = threading.Event()
        self._is_stopped = False
        self._changed: list[str] = []

    @property
    def settings(self) -> RatesSettings:
        """Where the sources are, and how often they are asked."""
        return self._settings

    def start(self) -> None:
        """Begin with telling the ledger what is known."""
        threading.Thread(target=self._run, name="rates", daemon=True).start()

    def stop(self) -> None:
        """End after the round in hand."""
        self._is_stopped = True
        self._woken.set()

    def refresh(self) -> None:
        """Ask the sources now, and have the ledger told what came of it."""
        refresh(self._database, self._settings.addresses)
        self._look()
        self._woken.set()

    def tell_ledger(self) -> bool:
        """Tell the ledger the newest rates; whether there are any. Raises Refused when it does not answer."""
        with self._database.read_session() as session:
            known = repository.newest_exchange(session)
        if known is None:
            return False
        per_euro = {name: rate for name, rate in known.rates.per_euro.items() if name in MINOR_UNIT_DIGITS}
        self._ledger.set_exchange_rates(
            known.rates.day.isoformat(), known.source, self._settings.margin_basis_points, per_euro
        )
        return True

    def concern(self) -> str | None:
        """What somebody should look at: pages that are not what they were. For the health of the service."""
        if not self._changed:
            return None
        return f"pages of published rates have changed and are not read: {', '.join(self._changed)}"

    def _run(self) -> None:
        while not self._is_stopped:
            self._woken.clear()
            pause = _EVERY_SECONDS
            try:
                if self._is_due():
                    refresh(self._database, self._settings.addresses)
                self._look()
                self.tell_ledger()
            except Refused as refused:
                logger.info("rates_not_told", cause=cause_of(refused))
                pause = _PAUSE_AFTER_FAILURE_SECONDS
            except Exception:  # it tries again, whatever it met
                logger.exception("rates_failed")
                pause = _PAUSE_AFTER_FAILURE_SECONDS
            self._woken.wait(pause)

    def _is_due(self) -> bool:
        hours = self._settings.refresh_hours
        if not hours:
            return False
        with self._database.read_session() as session:
            asked = [row.asked_at for row in repository.sources(session).values()]
        return not asked or max(asked) + hours * _HOUR_US <= clock.now_us()

    def _look(self) -> None:
        """See which pages have changed."""
        with self._database.read_session() as session:
            known = repository.sources(session)
        self._changed = [
            source.title
            for source in SOURCES
            if source.name in known and known[source.name].status == RateSourceStatus.CHANGED
        ]
