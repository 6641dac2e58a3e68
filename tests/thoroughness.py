"""How long tests look that could look for ever: briefly at a desk, long in CI (`CI=true` or `REQUIRE_ALL=1`), and at
length under `make soak`.
"""

import os
from typing import Any

import pytest

IS_THOROUGH = os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"
LONGEST_SOAK_SECONDS = 3600


def often(briefly: int, thoroughly: int) -> int:
    """The number of examples, operations or rounds."""
    return thoroughly if IS_THOROUGH else briefly


def lengths(briefly: int, thoroughly: int, at_length: int) -> list[Any]:
    """The same as parameters of one test, the last of them for `make soak`."""
    return [often(briefly, thoroughly), in_soak(at_length)]


def in_soak(value: object) -> Any:
    """A parameter with which only `make soak` runs the test."""
    return pytest.param(value, marks=[pytest.mark.soak, pytest.mark.timeout(LONGEST_SOAK_SECONDS)])
