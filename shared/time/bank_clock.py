"""The bank's time, for dating by it. Only the ledger knows it, and nobody waits long for that."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shared import services
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.refusals import Refused
from shared.time import clock

_PATH = "/internal/ledger/clock"
_PATIENCE_SECONDS = 0.5
_NEAR_US = 60 * clock.MICROSECONDS
"""A bank clock that is so little behind was asked for that long, or waits for what falls due: it is not behind."""
_PAUSE_SECONDS = 5.0
"""How long a ledger that gave no answer is not asked again."""


@dataclass(frozen=True, slots=True)
class _Told:
    """The bank's time at a real one, and whether it goes on from there."""

    bank_us: int
    real_us: int
    is_running: bool

    def now_us(self) -> int:
        return self.bank_us + (clock.now_us() - self.real_us if self.is_running else 0)


class BankClock:
    """Asks the ledger. While it is away, the bank's time is as far from real time as it last was, or stands there."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._client = ServiceClient(services.TRANSACTION, discovery)
        self._token = token
        self._told: _Told | None = None
        self._asked_again_at = 0.0

    def now_us(self) -> int | None:
        """The bank's time; None when the ledger has not answered since this process started, or the bank was reset."""
        if time.monotonic() >= self._asked_again_at:
            self._ask()
        return None if self._told is None else self._told.now_us()

    def forget(self) -> None:
        """The bank was reset: how far from real time it was is no more true, and the ledger is asked again."""
        self._told = None
        self._asked_again_at = 0.0

    def _ask(self) -> None:
        try:
            answer = self._client.call("GET", _PATH, token=self._token(), timeout_seconds=_PATIENCE_SECONDS)
        except Refused:
            self._asked_again_at = time.monotonic() + _PAUSE_SECONDS
            return
        bank_us, real_us = clock.from_wire(answer.data["bank_time"]), clock.now_us()
        is_real = answer.data["running"] and -_NEAR_US <= bank_us - real_us < 0
        self._told = _Told(real_us if is_real else bank_us, real_us, is_running=answer.data["running"])
