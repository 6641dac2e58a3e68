"""What services hold: libraries in common, loaded before the fork and written to by no collection; and no holes."""

import gc
import os
import platform
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from benchmarks.processes import memory_mib
from orchestrator.service_process import LIBRARIES
from tests.forked_server import FORK_SERVER

ROOT = Path(__file__).parents[2]


def _tell(answer: Connection) -> None:
    answer.send(([name for name in LIBRARIES if name not in sys.modules], gc.get_freeze_count(), len(gc.get_objects())))


def test_a_forked_process_has_every_library_out_of_the_collectors_sight() -> None:
    answer, sends = FORK_SERVER.Pipe(duplex=False)
    process = FORK_SERVER.Process(target=_tell, args=(sends,))
    process.start()
    missing, frozen, looked_at = answer.recv()
    process.join()
    assert missing == []
    assert frozen > 100_000 > 10 * looked_at


def test_gunicorns_first_process_loads_nothing_of_an_application() -> None:
    loaded = "import sys, shared.server; print(*(name for name in sys.modules if name.startswith('shared.')))"
    said = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "shared.serving.worker" in said.stdout.split()
    assert {
        "shared.http.application",
        "shared.contract.openapi",
        "shared.http.payloads",
        "shared.observability.metrics",
        "shared.storage.database",
    }.isdisjoint(said.stdout.split())


BUFFER_BYTES = 300_000
KEPT_BYTES = 600
BUFFERS = 100


def leave_holes(answer: Connection) -> None:
    """Free large buffers, as replies and reports are, between small things that stay; what that costs, in MiB."""
    before, kept = memory_mib(os.getpid()), []
    for _ in range(2):
        large = []
        for _ in range(BUFFERS):
            large.append(b"x" * BUFFER_BYTES)
            kept.append(b"x" * KEPT_BYTES)
        del large
    answer.send(memory_mib(os.getpid()) - before)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that leaves holes")
def test_what_a_service_frees_goes_back_though_small_things_beside_it_stay() -> None:
    program = """
from orchestrator import service_process
from tests.integration.test_shared_memory import leave_holes
service_process.LIBRARIES = []
service_process.start_fork_server()
answer, sends = service_process._FORK_SERVER.Pipe(duplex=False)
service_process._FORK_SERVER.Process(target=leave_holes, args=(sends,)).start()
print(answer.recv())
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert float(said.stdout) < 5
