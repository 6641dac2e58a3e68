"""The bank's time, for dating new users by it. Only the ledger knows it, and nobody waits long for that."""

import time
from collections.abc import Callable

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


class BankClock:
    """Asks the ledger. While it is away, the bank's time is as far from real time as it last was."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._client = ServiceClient(services.TRANSACTION, discovery)
        self._token = token
        self._ahead_us: int | None = None
        self._asked_again_at = 0.0

    def now_us(self) -> int | None:
        """The bank's time; None when the ledger has not answered since this process started, or the bank was reset."""
        if time.monotonic() >= self._asked_again_at:
            self._ask()
        return None if self._ahead_us is None else clock.now_us() + self._ahead_us

    def forget(self) -> None:
        """The bank was reset: how far from real time it was is no more true, and the ledger is asked again."""
        self._ahead_us = None
        self._asked_again_at = 0.0

    def _ask(self) -> None:
        try:
            answer = self._client.call("GET", _PATH, token=self._token(), timeout_seconds=_PATIENCE_SECONDS)
        except Refused:
            self._asked_again_at = time.monotonic() + _PAUSE_SECONDS
            return
        told = clock.from_wire(answer.data["bank_time"])
        ahead_us = told - clock.now_us()
        self._ahead_us = 0 if -_NEAR_US <= ahead_us < 0 else ahead_us
