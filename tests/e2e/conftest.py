"""Banks for the tests: one that all may share, and new ones for tests that stop or break theirs.

What a test leaves of its bank is killed; how a bank ends politely is a claim of tests of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank


@pytest.fixture(scope="package")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    """The whole bank with its demo world, as `make run` brings it up; afterwards nothing may be left running."""
    yield from run(tmp_path_factory.mktemp("bank"), started=True)


@pytest.fixture
def own_bank(tmp_path: Path) -> Iterator[RunningBank]:
    """A bank to start, stop and break; whatever the test leaves of it is stopped."""
    yield from run(tmp_path, started=False)


def run(folder: Path, *, started: bool) -> Iterator[RunningBank]:
    bank = RunningBank(folder)
    try:
        if started:
            bank.start()
            bank.wait_until_ready()
        yield bank
    finally:
        bank.end()
        wait_until(lambda: not bank.left_running(), 60)
