"""How the tests are shared out among processes (`pytest -n`), so that nothing expensive is made twice.

A folder whose tests share one bank goes to one process, everything else file by file. Folders with the longest tests
come first: what is short fills the gap at the end.
"""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARE_A_BANK = ("browser", "security")
LONGEST_FIRST = ("browser", "e2e", "resilience", "properties", "contract", "security", "integration")


class SharedBankScheduling(LoadScopeScheduling):
    """xdist's distribution by scope, where a scope is what must stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


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
