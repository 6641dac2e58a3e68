"""How fast worlds are planned, and how much memory that takes: the simulator's own planning, in processes of its
own."""

import json
import os
import subprocess
import sys
import tempfile
from statistics import median
from typing import Any

from benchmarks.figures import AT_LEAST, AT_MOST, Figure

EVENTS_A_SECOND, MOST_MIB = 300_000, 600
_PROCESSES = 2


def measured(rounds: int) -> list[Figure]:
    """Planned events a second of 2,000 people over 180 days, and the memory for 10,000 over a year, written to
    Parquet."""
    runs = [_planned(customers=2_000, days=180) for _ in range(rounds)]
    rates, each = ([run[name] for run in runs] for name in ("events_per_second", "events_per_processor_second"))
    with tempfile.TemporaryDirectory(prefix="sandbank-bench-") as folder:
        year = _planned(customers=10_000, days=365, output=folder)
        written = sum(os.path.getsize(entry.path) for entry in os.scandir(folder))  # noqa: PTH202 (one call a file)
    memory = _PROCESSES * year["peak_mib_of_a_process"]
    return [
        Figure("planned events", median(rates), "/s", EVENTS_A_SECOND, AT_LEAST, tuple(rates)),
        Figure("  of a core's own second", median(each), "/s", runs=tuple(each)),
        Figure("  a year of 10,000 people, to Parquet", year["events_per_second"], "/s"),
        Figure("  the same, memory of both processes", memory, "MiB", MOST_MIB, AT_MOST),
        Figure("  the same, an event in its file", written / year["events"], "bytes"),
    ]


def _planned(*, customers: int, days: int, output: str | None = None) -> dict[str, Any]:
    options = {"customers": customers, "days": days, "processes": _PROCESSES}
    asked = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    folder = [] if output is None else ["--output", output]
    command = [sys.executable, "-m", "simulator_service.planning", "--json", *asked, *folder]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found
