"""What tests of one service at a time share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway_proxy import stand_in
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.thoroughness import lengths
from tests.web_bank import WebBank, open_web_bank

__all__ = ["ledger", "stand_in", "web"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    """A fresh ledger; the oracle is asked when the test is over."""
    with open_ledger(tmp_path) as opened:
        yield opened
        opened.check()


@pytest.fixture(params=lengths(8, 12, 50))
def rounds(request: pytest.FixtureRequest) -> int:
    """How often something is done at once, in the hope of every order in which it can come."""
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebBank]:
    """The web bank over a whole bank, one for the tests of a file; each makes its own customers."""
    with open_web_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened
