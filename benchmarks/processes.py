"""How much memory each service of the bank holds, and how much of the processor it has used."""

import json
import time
from pathlib import Path

ORCHESTRATOR = "orchestrator"
_KIB = 1024
_OF_ALL_THREADS = 2
"""Linux' clock of a process has its id in the other bits: clock_getcpuclockid(3), which Python has not."""


def memory_by_service(run_file: Path) -> dict[str, float]:
    """MiB by the services' names, with the processes that each started, as `run.json` tells of them.

    What is left of the bank, the orchestrator and the server its services are forked from, comes last.
    """
    return {name: sum(memory_mib(pid) for pid in pids) for name, pids in processes_by_service(run_file).items()}


def cpu_seconds_by_service(run_file: Path) -> dict[str, float]:
    """Processor time that each service has taken since it started, by the same names as `memory_by_service`."""
    return {name: sum(cpu_seconds(pid) for pid in pids) for name, pids in processes_by_service(run_file).items()}


def processes_by_service(run_file: Path) -> dict[str, list[int]]:
    """The process ids behind each of those names."""
    run = json.loads(run_file.read_text())
    trees = {name: tree(one["pid"]) for name, one in run["services"].items() if one["pid"] is not None}
    of_services = {pid for pids in trees.values() for pid in pids}
    trees[ORCHESTRATOR] = [pid for pid in tree(run["pid"]) if pid not in of_services]
    return trees


def tree(pid: int) -> list[int]:
    """A process and all that it started, from /proc."""
    try:
        lists = [children.read_text() for children in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    started = [int(child) for children in lists for child in children.split()]
    return [pid, *(found for child in started for found in tree(child))]


def memory_mib(pid: int) -> float:
    """Proportional set size of one process in MiB: its own pages, and its share of those it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / _KIB


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes one process has open."""
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def cpu_seconds(pid: int) -> float:
    """Processor time of one process, its own and the kernel's for it, to the microsecond."""
    try:
        return time.clock_gettime(~pid << 3 | _OF_ALL_THREADS)
    except OSError:
        return 0.0
