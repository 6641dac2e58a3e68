"""Whether the bank in an unpacked backup holds: each database whole, and proved by its own service.

Nothing is started and nobody is asked: a service's `offline_proof` reads the unpacked files alone, in a process of its
own, with the keys that lie in the backup or, in production, in the environment. It first brings tables of an earlier
release to its own, as the service's start would.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.backup.contents import SECRETS, database_name
from operations.backup.manifest import Manifest
from operations.backup.problems import BackupError
from shared.services import BACKENDS, NOTIFICATION, REPORTING, SIMULATOR, TRANSACTION, Service, service_named
from shared.storage.sqlite import sqlite_driver

_ROOT = Path(__file__).resolve().parents[2]
_PROOFS: dict[Service, tuple[str, str | None]] = {
    TRANSACTION: ("the ledger's proof", None),
    REPORTING: ("the audit trail", "REPORTING_AUDIT_KEY"),
    SIMULATOR: ("the seals of the simulator's rows", "SIMULATOR_SEAL_KEY"),
    NOTIFICATION: ("the seals of the inbox's rows", "NOTIFICATION_SEAL_KEY"),
}
"""What each service proves of its database, and the key without which it cannot."""
_NOT_OF_THE_BACKUP = ("REPORTING_AUDIT_HEAD_FILE", "BANK_LOG_DIR", "BANK_SUPERVISED")

Say = Callable[[str], None]


@dataclass
class Checked:
    """What was found. `proved` says how many records of what are right, `unproved` what could not be looked at."""

    proved: dict[str, int] = field(default_factory=dict)
    unproved: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def check(folder: Path, manifest: Manifest, say: Say) -> Checked:
    """Look at every database in this folder, and have those proved that prove themselves."""
    found = Checked()
    found.findings += [
        f"{database_name(service)}: it is not in the backup"
        for service in BACKENDS
        if service.package not in manifest.databases
    ]
    for package in manifest.databases:
        service = service_named(package)
        say(f"checking {database_name(service)}")
        damage = _damage(folder / database_name(service))
        found.findings += [f"{database_name(service)}: {what}" for what in damage]
        if service in _PROOFS and not damage:
            _prove(folder, service, found, say)
    return found


def _damage(file: Path) -> list[str]:
    if not file.is_file():
        raise BackupError(f"the backup is damaged: {file.name} is missing")
    try:
        with closing(sqlite_driver.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as database:
            said = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
            loose = [
                f"a row of {row[0]} refers to none of {row[2]}" for row in database.execute("PRAGMA foreign_key_check")
            ]
    except sqlite_driver.DatabaseError as error:
        return [f"it cannot be read: {error}"]
    return [*(line for line in said if line != "ok"), *loose]


def _prove(folder: Path, service: Service, found: Checked, say: Say) -> None:
    what, key = _PROOFS[service]
    if key is not None and not os.environ.get(key) and not (folder / SECRETS / key.lower()).is_file():
        found.unproved.append(f"{what}: {key} is neither in the backup nor in the environment")
        return
    say(f"proving {what}")
    proof = run(f"{service.package}.offline_proof", folder)
    found.proved[what] = int(proof["records"])
    found.findings += [f"{what}: {one}" for one in proof["findings"]]


def run(module: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """What a service's program says of the databases in this folder. Raises BackupError where it fails."""
    databases = {f"{service.env_prefix}_DATABASE_URL" for service in BACKENDS}
    kept = {name: value for name, value in os.environ.items() if name not in {*databases, *_NOT_OF_THE_BACKUP}}
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env={**kept, "BANK_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        reason = (done.stderr.splitlines() or lines or ["it said nothing"])[-1]
        message = f"{module} could not be run on the backup: {reason}"
        raise BackupError(message)
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
