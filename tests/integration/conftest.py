"""What tests of one service at a time share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import LedgerUnderTest, open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A fresh ledger; the oracle is asked when the test is over."""
    with open_ledger(tmp_path) as opened:
        yield opened
        opened.check()
