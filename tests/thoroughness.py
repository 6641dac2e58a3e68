"""How long tests look that could look for ever: briefly at a desk, long in CI (`CI=true` or `REQUIRE_ALL=1`)."""

import os

IS_THOROUGH = os.environ.get("CI") == "true" or os.environ.get("REQUIRE_ALL") == "1"


def often(briefly: int, thoroughly: int) -> int:
    """The number of examples, operations or rounds."""
    return thoroughly if IS_THOROUGH else briefly
