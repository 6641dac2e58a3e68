"""What the services of a running bank hold, memory and descriptors, followed over time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.processes import descriptors, memory_mib, processes_by_service

EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Held:
    """By the names of `benchmarks.processes`: proportional memory in MiB, open descriptors."""

    memory_mib: dict[str, float]
    descriptors: dict[str, float]


class Footprint:
    """Looks every five seconds. Seconds count from when it began."""

    def __init__(self, run_file: Path) -> None:
        self._run_file = run_file
        self._began = time.monotonic()
        self._seen: list[tuple[float, Held]] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def between(self, since: float, until: float) -> Held:
        """What each held in that time, in the middle."""
        seen = [held for at, held in self._seen if since <= at <= until]
        return Held(
            {name: median(one.memory_mib[name] for one in seen) for name in seen[0].memory_mib},
            {name: median(one.descriptors[name] for one in seen) for name in seen[0].descriptors},
        )

    def _follow(self) -> None:
        while not self._is_over.wait(EVERY_SECONDS):
            self._seen.append((time.monotonic() - self._began, held_now(self._run_file)))


def held_now(run_file: Path) -> Held:
    """What each holds at this moment."""
    processes = processes_by_service(run_file)
    return Held(_summed(processes, memory_mib), _summed(processes, descriptors))


def _summed(processes: dict[str, list[int]], of: Callable[[int], float]) -> dict[str, float]:
    return {name: sum(of(pid) for pid in pids) for name, pids in processes.items()}
