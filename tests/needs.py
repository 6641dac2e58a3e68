"""What a test needs from the machine: without it the test skips, and says what installs it.

`REQUIRE_ALL=1` (set by `.ci/run`, which installs everything first) turns such a skip into a failure, so that a green
run of CI never means "not run".
"""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

DEBIAN_PACKAGES = {
    "consul": "consul (Debian 11; see .ci/run)",
    "hledger": "hledger",
    "lsof": "lsof",
    "mariadb-install-db": "mariadb-server",
    "mariadbd": "mariadb-server",
    "nginx": "nginx",
    "pdftotext": "poppler-utils",
    "postgres": "postgresql",
    "promtool": "prometheus",
    "redis-server": "redis-server",
    "rsync": "rsync",
    "systemd-analyze": "systemd",
    "wrk": "wrk",
}

BESIDE_THE_PATH = os.pathsep.join(
    ["/usr/sbin", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)]
)
"""Where Debian puts servers, of which PostgreSQL can have several releases."""

TYPESCRIPT = Path(__file__).parent / "contract" / "typescript"


def node_tool(name: str) -> list[str]:
    """The command line of a tool of tests/contract/typescript. Skips like `program` when it is not installed."""
    folder = Path(sys.executable).parent
    tool = TYPESCRIPT / "node_modules" / ".bin" / name
    if not tool.exists():
        is_missing(f"{name} is not installed: .venv/bin/npm ci --prefix tests/contract/typescript")
    return [str(folder / "node"), str(tool.resolve())]


def program(name: str, *others: str) -> str:
    """The path of a program, or of the first of the others that serve too.

    Skips the test when none is installed, or fails it under REQUIRE_ALL=1.
    """
    found = (shutil.which(one) or shutil.which(one, path=BESIDE_THE_PATH) for one in (name, *others))
    path = next(filter(None, found), None)
    if path is None:
        is_missing(f"{name} is not installed: apt-get install {DEBIAN_PACKAGES.get(name, name)}")
    return path


def is_missing(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail it under REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
