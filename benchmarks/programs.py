"""Programs of database servers: where they are, as whom they run, and what they say."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any


def surroundings_of(folder: Path, account: str) -> dict[str, Any]:
    """How programs are started that keep their files in this folder. No server runs as root; there it has its own
    account, and gets the folder.
    """
    anybody = {"cwd": "/", "env": {**os.environ, "TMPDIR": str(folder)}}
    if os.getuid() != 0:
        return anybody
    shutil.chown(folder, account, account)
    return {**anybody, "user": account, "group": account, "extra_groups": []}


def program(name: str) -> str:
    """Its path. Debian puts servers beside the path, of PostgreSQL several releases. Raises RuntimeError without it."""
    beside = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*beside, os.environ.get("PATH", os.defpath), "/usr/sbin"]))
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def of_ours_as(account: str, *command: str) -> list[str]:
    """The command line that runs a program of our own virtual environment as this account. What the account may not
    enter, as where root alone may read the project, it reads by a right of root's that is kept for it.
    """
    if os.getuid() != 0:
        return list(command)
    kept = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [program("setpriv"), f"--reuid={account}", f"--regid={account}", "--clear-groups", *kept, "--", *command]


def run_program(*command: str, **surroundings: Any) -> str:
    """Run a command to its end; what it printed. Raises RuntimeError with what went wrong."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, check=False, **surroundings
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()[-500:]}")
    return done.stdout
