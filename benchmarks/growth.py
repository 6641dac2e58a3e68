"""How much of its speed the ledger keeps when it has grown: the same commits on a small and a large one, in turn."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.bank import PROJECT
from benchmarks.figures import AT_LEAST, Figure, of_runs

POSTINGS_AN_ACCOUNT = 25
SMALL_ACCOUNTS = 1_000
_SHARE, _SHARE_WITH_HOLDS = 0.85, 0.9


def measured(postings: int, rounds: int, say: Callable[[str], None]) -> list[Figure]:
    """Orders a second in commits of sixteen, and their processor time; `say` is told how it goes.

    Raises RuntimeError when the large ledger could not be made.
    """
    sizes = {"accounts": postings // POSTINGS_AN_ACCOUNT, "postings": postings}
    return _beside_a_small_one(f"{postings:,} postings", _SHARE, sizes, rounds, say)


def measured_with_holds(holds: int, rounds: int, say: Callable[[str], None]) -> list[Figure]:
    """The same on a ledger that is small but for so many open holds."""
    sizes = {"accounts": SMALL_ACCOUNTS, "postings": 0, "holds": holds}
    return _beside_a_small_one(f"{holds:,} holds open", _SHARE_WITH_HOLDS, sizes, rounds, say)


def _beside_a_small_one(
    name: str, share: float, sizes: Mapping[str, int], rounds: int, say: Callable[[str], None]
) -> list[Figure]:
    options = [text for option, size in {**sizes, "rounds": rounds}.items() for text in (f"--{option}", str(size))]
    said = ""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.large_ledger", *options],
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
    shares = [few / many for many, few in zip(large[1], small[1], strict=True)]
    return [
        of_runs(f"orders, {name}", "/s", list(large[0]), list(small[0]), "1,000 accounts, as good as empty"),
        of_runs("  processor an order", "µs", list(large[1]), list(small[1]), "the same"),
        Figure("  of a processor's speed is kept", median(shares), "", share, AT_LEAST, tuple(shares)),
    ]
