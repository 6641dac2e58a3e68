"""How much of its speed the ledger keeps when it has grown: the same commits on a small and a large one, in turn."""

import json
import subprocess
import sys
from collections.abc import Callable
from statistics import median

from benchmarks.bank import PROJECT
from benchmarks.figures import AT_LEAST, Figure, of_runs

POSTINGS_AN_ACCOUNT = 25
_SHARE = 0.85


def measured(postings: int, rounds: int, say: Callable[[str], None]) -> list[Figure]:
    """Orders a second in commits of sixteen, and their processor time; `say` is told how it goes.

    Raises RuntimeError when the large ledger could not be made.
    """
    options = ("--accounts", postings // POSTINGS_AN_ACCOUNT, "--postings", postings, "--rounds", rounds)
    said = ""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.large_ledger", *map(str, options)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if said:
                say(said)
            said = line.strip()
    if process.returncode != 0:
        raise RuntimeError(f"the large ledger was not made; it last said: {said}")
    small, large = (list(zip(*json.loads(said)[name], strict=True)) for name in ("small", "large"))
    name = f"{postings:,} postings"
    shares = [few / many for many, few in zip(large[1], small[1], strict=True)]
    return [
        of_runs(f"orders, {name}", "/s", list(large[0]), list(small[0]), "1,000 accounts, as good as empty"),
        of_runs("  processor an order", "µs", list(large[1]), list(small[1]), "the same"),
        Figure("  of a processor's speed is kept", median(shares), "", _SHARE, AT_LEAST, tuple(shares)),
    ]
