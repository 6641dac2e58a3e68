"""The faults that are to happen, in memory: they end with the simulator's process, so that a restart heals the bank."""

import threading
from dataclasses import dataclass, replace

from shared.enums import FaultKind
from shared.refusals import Refused
from simulator_service.refusals import TOO_MANY_FAULTS

MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong (`kind`, `milliseconds`, `status`), with which requests, and how often.

    `times` is None where nobody counts; `times_left` is how often it is still to happen. `created_at` is in
    microseconds since the epoch.
    """

    id: str
    kind: FaultKind
    path: str
    method: str | None
    probability: float
    milliseconds: int | None
    status: int | None
    user_id: str | None
    times: int | None
    times_left: int | None
    created_at: int


class FaultRegistry:
    """In the order in which they were added. Thread-safe."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Let it happen from now on. Those that are used up make room; raises Refused where there is none."""
        with self._lock:
            if len(self._faults) >= MOST_FAULTS:
                self._faults = {one.id: one for one in self._faults.values() if one.times_left != 0}
            if len(self._faults) >= MOST_FAULTS:
                raise Refused(TOO_MANY_FAULTS, details={"limit": MOST_FAULTS})
            self._faults[fault.id] = fault

    def all(self) -> list[Fault]:
        """Every fault, those that are used up too."""
        with self._lock:
            return list(self._faults.values())

    def remove(self, fault_id: str) -> Fault | None:
        """Let it happen no more; None where there is none of this id."""
        with self._lock:
            return self._faults.pop(fault_id, None)

    def clear(self) -> list[Fault]:
        """Let nothing happen any more; what there was."""
        with self._lock:
            removed = list(self._faults.values())
            self._faults.clear()
            return removed

    def claim(self, fault_id: str) -> bool:
        """Count that it happens once more, for whichever gateway asks; whether it may."""
        with self._lock:
            fault = self._faults.get(fault_id)
            if fault is None or fault.times_left == 0:
                return False
            if fault.times_left is not None:
                self._faults[fault_id] = replace(fault, times_left=fault.times_left - 1)
            return True
