"""What the attacks share: one bank of real apps, made once, with people in it who own something."""

from collections.abc import Iterator

import pytest

from tests.apps import Bank, whole_bank


@pytest.fixture(scope="package")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Every service's app, wired to the others."""
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened
