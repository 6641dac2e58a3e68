"""What the attacks share: one bank of real apps, made once, with people in it who own something."""

from collections.abc import Iterator

import pytest

from tests.apps import Bank, whole_bank
from tests.security.estate import Estate, found_estate


@pytest.fixture(scope="package")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Every service's app, wired to the others."""
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="package")
def bob(bank: Bank) -> Estate:
    """Somebody with accounts, money, a history and a session."""
    return found_estate(bank, "bob.stone")


@pytest.fixture(scope="package")
def mallory(bank: Bank) -> Estate:
    """Another customer, honest by every record, who wants what is Bob's."""
    return found_estate(bank, "mallory")
