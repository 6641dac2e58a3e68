"""The faults that the simulator keeps, as this gateway knows them.

They are asked for while requests come, and at no other time: when the simulator's bell has rung, twice a second where
none is heard, and at once after a request through this gateway that changed them. While the simulator is away there are
none, as nobody could remove them.
"""

import threading
import time

import structlog

from gateway.faults.fault import FaultRule, rule_of
from shared.events.feed_wakeups import Listener
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.services import SIMULATOR

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
AWAY_SECONDS = 5.0
_PATIENCE_SECONDS = 1.0


class KnownFaults:
    """Call it for the faults, in the order of their adding. Thread-safe."""

    def __init__(self, discovery: Discovery, own_token: ServiceToken) -> None:
        self._simulator = ServiceClient(SIMULATOR, discovery)
        self._token = own_token
        self._bell = Listener(SIMULATOR)
        self._rules: tuple[FaultRule, ...] = ()
        self._look_at = 0.0
        self._is_changed = False
        self._used_up: set[str] = set()
        """The ids of those that the simulator has said happen no more; its bell is silent when one was counted."""
        self._lock = threading.Lock()

    def __call__(self) -> tuple[FaultRule, ...]:
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=self._is_changed):
            try:
                if time.monotonic() >= self._look_at:
                    self._look()
            finally:
                self._lock.release()
        return self._rules

    def note_change(self) -> None:
        """They were changed through this gateway: the next request needs to know."""
        self._is_changed = True
        self._look_at = 0.0

    def claim(self, rule: FaultRule) -> bool:
        """Whether a fault that is counted happens once more; not while the simulator is away."""
        if rule.id in self._used_up:
            return False
        path = f"/internal/faults/{rule.id}/claim"
        try:
            claimed = self._simulator.call(
                "POST", path, token=self._token(), payload={}, timeout_seconds=_PATIENCE_SECONDS
            ).data["claimed"]
        except Refused as refused:
            with self._lock:
                self._drop_all(refused)
            return False
        if claimed is not True:
            self._used_up.add(rule.id)
        return claimed is True

    def close(self) -> None:
        """Give back the connection to the simulator."""
        self._simulator.close()

    def _look(self) -> None:
        is_changed, self._is_changed = self._is_changed, False
        self._look_at = time.monotonic() + LOOK_SECONDS
        if not self._bell.has_rung() and not is_changed:
            return
        try:
            token = self._token() if is_changed else self._token.at_hand()
            if token is None:  # auth is being asked for one
                self._bell.forget()
                return
            path = "/internal/faults"
            rows = self._simulator.call("GET", path, token=token, timeout_seconds=_PATIENCE_SECONDS).data
            self._rules = tuple(rule_of(row) for row in rows)
            self._used_up &= {rule.id for rule in self._rules}
        except Refused as refused:
            self._drop_all(refused)

    def _drop_all(self, refused: Refused) -> None:
        """Nothing goes wrong for a while: the simulator is away."""
        if self._rules:
            logger.warning("faults_dropped", cause=cause_of(refused))
        self._rules = ()
        self._bell.forget()
        self._look_at = time.monotonic() + AWAY_SECONDS
