"""The read side: the report of the whole bank, the proof, and how fast the projections take the journal in."""

import re
import subprocess
import sys
import time

from benchmarks.bank import PROJECT, Bank
from benchmarks.figures import AT_LEAST, AT_MOST, Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import address_of

_WARM_UP = 5
_REPEATS = 40
_SYSTEM_MS = 100.0
_ENTRIES_PER_SECOND = 5_000.0
_FOLLOW_SECONDS = 300
_REBUILD_SECONDS = 1_800


def measured(bank: Bank, rounds: int) -> list[Figure]:
    """The figures, of the journal as it is."""
    position = wait_until_followed(bank)
    request = request_bytes("GET", "/api/reports/system", bank.admin_token)
    checked(run(address_of(bank), [[request] * _WARM_UP]), 200, "GET /api/reports/system")
    loads = [
        checked(run(address_of(bank), [[request] * _REPEATS]), 200, "GET /api/reports/system") for _ in range(rounds)
    ]
    system = [load.percentile_ms(0.95) for load in loads]
    began = time.perf_counter()
    proof = bank.call("GET", "/api/reports/proof", token=bank.admin_token)["data"]
    seconds = time.perf_counter() - began
    if not proof["holds"]:
        raise RuntimeError(f"the proof does not hold: {proof['findings'][:3]}")
    rate = _projected_per_second(bank)
    return [
        Figure("report of the whole bank, p95", sorted(system)[rounds // 2], "ms", _SYSTEM_MS, AT_MOST, tuple(system)),
        Figure("projections from zero", rate, "entries/s", _ENTRIES_PER_SECOND, AT_LEAST),
        Figure(f"proof of {position:,} entries", seconds, "s"),
    ]


def wait_until_followed(bank: Bank) -> int:
    """Wait until the reports have seen the whole journal; its position."""
    until = time.monotonic() + _FOLLOW_SECONDS
    position = -1
    while time.monotonic() < until:
        seen = bank.call("GET", "/api/reports/system", token=bank.admin_token)["data"]["as_of_position"]
        if seen == position:
            return position
        position = seen
        time.sleep(1)
    raise RuntimeError(f"the reports did not catch up in {_FOLLOW_SECONDS} s")


def _projected_per_second(bank: Bank) -> float:
    """Derive everything from the running bank's feeds once more, into a database beside the service's own."""
    apart = {"REPORTING_DATABASE_URL": f"sqlite:///{bank.folder / 'projected-again.db'}"}
    rebuilt = subprocess.run(
        [sys.executable, "-m", "reporting_service.rebuild"],
        cwd=PROJECT,
        env={**bank.environment, **apart},
        capture_output=True,
        text=True,
        check=False,
        timeout=_REBUILD_SECONDS,
    )
    said = re.search(r"position (\d+) in ([\d.]+) s", rebuilt.stdout)
    if rebuilt.returncode != 0 or said is None:
        raise RuntimeError(f"the projections were not rebuilt: {rebuilt.stdout}{rebuilt.stderr}")
    return int(said[1]) / float(said[2])
