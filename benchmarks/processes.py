"""How much memory each process of the bank holds."""

from pathlib import Path

_KIB = 1024


def tree(pid: int) -> list[int]:
    """A process and all that it started, from /proc."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        started = [int(child) for child in children.read_text().split()]
    except OSError:
        return []
    return [pid, *(found for child in started for found in tree(child))]


def memory_mib(pid: int) -> float:
    """Proportional set size of one process in MiB: its own pages, and its share of those it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / _KIB


def name_of(pid: int) -> str:
    """What the process runs."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    return " ".join(Path(word).name for word in words[:4] if word).strip()
