"""What the services hold in common stays so: libraries are loaded before the fork, and no collection writes to them."""

import gc
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

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
    assert {"shared.application", "shared.openapi", "shared.payloads", "shared.metrics", "shared.database"}.isdisjoint(
        said.stdout.split()
    )
