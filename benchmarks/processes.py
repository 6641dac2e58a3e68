"""How much memory each service of the bank holds."""

import json
from pathlib import Path

ORCHESTRATOR = "orchestrator"
_KIB = 1024


def memory_by_service(run_file: Path) -> dict[str, float]:
    """MiB by the services' names, with the processes that each started, as `run.json` tells of them.

    What is left of the bank, the orchestrator and the server its services are forked from, comes last.
    """
    run = json.loads(run_file.read_text())
    trees = {name: tree(one["pid"]) for name, one in run["services"].items() if one["pid"] is not None}
    of_services = {pid for pids in trees.values() for pid in pids}
    trees[ORCHESTRATOR] = [pid for pid in tree(run["pid"]) if pid not in of_services]
    return {name: sum(memory_mib(pid) for pid in pids) for name, pids in trees.items()}


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
