"""How the tests are shared out among processes (`pytest -n`): nothing expensive is made twice, and no core idles.

A folder whose tests share one bank goes to one process, everything else file by file. Some wait for processes, pages or
a clock most of the time, others compute: a process for each core computes, the rest wait, from the first minute to the
last. Folders with the longest tests come first: what is short fills the gap at the end.
"""

import os
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from tests.thoroughness import often

SHARE_A_BANK = ("browser", "security")
WAIT_MOSTLY = ("browser", "e2e", "resilience")
LONGEST_FIRST = (*WAIT_MOSTLY, "properties", "contract", "security", "integration")

CORES = os.cpu_count() or 1
WAITING_PROCESSES = often(1, 3)


class SharedBankScheduling(LoadScopeScheduling):
    """xdist's distribution by scope, where a scope is what must stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._next_unit(), last=False)
        super()._assign_work_unit(node)

    def _next_unit(self) -> str:
        """The first of the kind that fewer processes do than should; the first of all when there is none."""
        waiting = sum(map(self._waits, self.nodes))
        is_one_to_wait = waiting < max(len(self.nodes) - CORES, 1)
        return next((unit for unit in self.workqueue if waits(unit) == is_one_to_wait), next(iter(self.workqueue)))

    def _waits(self, node: WorkerController) -> bool:
        return any(waits(unit) and not all(tests.values()) for unit, tests in self.assigned_work[node].items())


def waits(unit: str) -> bool:
    """Whether the tests of a unit wait more than they compute."""
    return PurePosixPath(unit).parts[1] in WAIT_MOSTLY


def unit_of(nodeid: str) -> str:
    """What goes to one process with this test: its folder or its file."""
    path = PurePosixPath(nodeid.partition("::")[0])
    folder = path.parts[1] if len(path.parts) > 2 else ""
    return f"tests/{folder}" if folder in SHARE_A_BANK else str(path)


def sort_longest_first(items: list[pytest.Item]) -> None:
    """In place and the same in every process; within a folder the order stays."""

    def rank(item: pytest.Item) -> int:
        folder = item.nodeid.partition("::")[0].split("/")[1]
        return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=rank)
