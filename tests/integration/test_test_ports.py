"""The ports that tests take: two runs beside each other never get the same ones."""

import os
import subprocess
import sys
from pathlib import Path

from tests.free_ports import BEHIND_LAST, FIRST, free_ports

ROOT = Path(__file__).parents[2]
PROGRAM = "from tests.free_ports import free_ports; print(*free_ports(20)); input()"


def test_two_runs_beside_each_other_get_different_ports(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        environment = {**os.environ, "TMPDIR": str(tmp_path / name)}
        runs.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    try:
        given = [set(run.stdout.readline().split()) for run in runs if run.stdout]
        own = {str(port) for port in free_ports(20)}
    finally:
        for run in runs:
            run.communicate("\n", timeout=30)
    assert [len(ports) for ports in (*given, own)] == [20, 20, 20]
    assert len(own.union(*given)) == 60
    assert all(FIRST <= int(port) < BEHIND_LAST for ports in given for port in ports)
