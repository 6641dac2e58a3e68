"""The benchmark's memory rows: a service by its name, with all that it started; the rest is the orchestrator's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.processes import ORCHESTRATOR, memory_by_service, tree

MIB = 1024 * 1024
HOLDS = "import sys; held = bytearray(b'x' * (int(sys.argv[1]) * {mib})); print('ready', flush=True); sys.stdin.read()"
STARTS_ANOTHER = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE)
sys.stdin.read()
worker.communicate()
"""


@contextmanager
def running(*arguments: str) -> Iterator[int]:
    """The process id of Python running this, once it (or what it started) has said that it is ready."""
    process = subprocess.Popen([sys.executable, "-c", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process.pid
    process.communicate()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_memory_is_told_by_service_with_its_workers(tmp_path: Path) -> None:
    holds = HOLDS.format(mib=MIB)
    run_file = tmp_path / "run.json"
    with running(STARTS_ANOTHER, holds, "60") as with_worker, running(STARTS_ANOTHER, holds, "90") as orchestrator:
        _, started_by_orchestrator = tree(orchestrator)
        services = {
            "small-service": {"pid": with_worker},
            "large-service": {"pid": started_by_orchestrator},
            "stopped-service": {"pid": None},
        }
        run_file.write_text(json.dumps({"pid": orchestrator, "services": services}))
        held = memory_by_service(run_file)
    assert list(held) == ["small-service", "large-service", ORCHESTRATOR]
    assert 0 < held[ORCHESTRATOR] < 60 < held["small-service"] < 90 < held["large-service"]
