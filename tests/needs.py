"""What a test needs from the machine: without it the test skips, and says what installs it.

`REQUIRE_ALL=1` (set by `.ci/run`, which installs everything first) turns such a skip into a failure, so that a green
run of CI never means "not run".
"""

import os
import shutil

import pytest

DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "consul": "consul (Debian 11; see .ci/run)",
    "redis-server": "redis-server",
    "wrk": "wrk",
}


def program(name: str) -> str:
    """The path of a program. Skips the test when it is not installed, or fails it under REQUIRE_ALL=1."""
    path = shutil.which(name)
    if path:
        return path
    reason = f"{name} is not installed: apt-get install {DEBIAN_PACKAGES.get(name, name)}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
