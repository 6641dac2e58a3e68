"""Putting the bank of a backup into a data directory: all of it, or nothing.

It is unpacked and proved in a folder inside the data directory. Only then is it decided, by one small file; from there
on the restore goes forward alone. One that was broken off before leaves the bank as it was; one that was broken off
after keeps every service from starting until it is finished, which can be tried again as often as it takes.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations.backup.alone import alone
from operations.backup.checking import Checked, check, run
from operations.backup.contents import (
    anchor_elsewhere,
    database_name,
    entries_of_a_bank,
    holds_a_bank,
    refuse_files_elsewhere,
)
from operations.backup.manifest import Manifest
from operations.backup.opening import AskPassphrase, opened
from operations.backup.owner_only import owner_only
from operations.backup.problems import BackupError, UnprovedError
from orchestrator import run_file
from shared.services import AUTH, BACKENDS
from shared.settings import RESTORE_DECIDED, RESTORE_FOLDER
from shared.storage.private_files import replace_private
from shared.storage.sqlite import sqlite_driver

_OLD_IS_OUT = "old-is-out"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """A bank that can be started. `replaced` is where the bank that was there lies now."""

    manifest: Manifest
    checked: Checked
    replaced: Path | None
    anchor_elsewhere: Path | None
    seconds: float


def restore(
    file: Path, data: Path, *, passphrase: AskPassphrase, replace: bool, accept_findings: bool, say: Say
) -> Restored:
    """Put the bank of this backup into this data directory, in which nothing of a bank may run.

    `replace`: what a bank has left there is put aside. `accept_findings`: restore it although it does not hold.
    Nobody is logged in afterwards. Raises BackupError, and has changed nothing then.
    """
    began = time.monotonic()
    refuse_files_elsewhere(data)
    elsewhere = anchor_elsewhere(data)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with owner_only(), _claimed(data):
            if holds_a_bank(data) and not replace:
                message = f"the folder {data} holds a bank already; --replace puts it aside, another folder lets it be"
                raise BackupError(message)
            stage = data / RESTORE_FOLDER
            shutil.rmtree(stage, ignore_errors=True)
            try:
                manifest, checked = _staged(file, stage, passphrase, say, accept_findings=accept_findings)
                _write_through(stage)
                _refuse_while_open(data)  # a service by itself can be started until it is decided
            except BaseException:
                shutil.rmtree(stage, ignore_errors=True)
                raise
            say("the bank in the backup takes its place")
            _decide(data)
            replaced = _carry_out(data)
    except OSError as error:
        message = f"not restored: {error.strerror or error}"
        raise BackupError(message) from error
    return Restored(manifest, checked, replaced, elsewhere, time.monotonic() - began)


def finish(data: Path) -> Path | None:
    """Finish a restore that was broken off after it was decided; where the bank of before lies now.

    Raises BackupError where there is none, and where it cannot go on: it can be tried again.
    """
    if not (data / RESTORE_DECIDED).exists():
        message = f"no restore into {data} was broken off; there is nothing to finish"
        raise BackupError(message)
    try:
        with _run_lock(data), alone(data):
            return _carry_out(data)
    except OSError as error:
        message = f"the restore could not be finished: {error.strerror or error}. Nothing is lost; try it again"
        raise BackupError(message) from error


def _staged(
    file: Path, stage: Path, passphrase: AskPassphrase, say: Say, *, accept_findings: bool
) -> tuple[Manifest, Checked]:
    """The new bank, whole and proved, in the folder `new` of the stage."""
    new = stage / "new"
    new.mkdir(mode=0o700, parents=True)
    manifest = opened(file, new, passphrase=passphrase, say=say)
    checked = check(new, manifest, say)
    if checked.findings and not accept_findings:
        message = (
            "the bank in the backup does not hold, and is not restored; --accept-findings restores it all the same"
        )
        raise UnprovedError(message, checked.findings)
    say("ending every session")
    run(f"{AUTH.package}.after_restore", new, manifest.made_at)
    for left in (path for path in new.iterdir() if path.name.endswith("lock")):
        left.unlink()
    return manifest, checked


def _decide(data: Path) -> None:
    """From here on the restore goes forward alone."""
    replace_private(data / RESTORE_DECIDED, datetime.now(UTC).strftime("replaced-%Y%m%dT%H%M%SZ"))
    _sync(data / RESTORE_FOLDER)


def _carry_out(data: Path) -> Path | None:
    """The old bank goes out, then the new one in. Done again from any point, it ends alike."""
    stage = data / RESTORE_FOLDER
    new, old, replaced = stage / "new", stage / "old", data / (data / RESTORE_DECIDED).read_text()
    old.mkdir(mode=0o700, exist_ok=True)
    if not (stage / _OLD_IS_OUT).exists():
        for entry in entries_of_a_bank(data):
            entry.rename(old / entry.name)
        (stage / _OLD_IS_OUT).touch()
        _write_through(stage)
    for entry in list(new.iterdir()):
        entry.rename(data / entry.name)
    if any(old.iterdir()):
        old.rename(replaced)
    _sync(data)
    (data / RESTORE_DECIDED).unlink()
    _sync(stage)
    shutil.rmtree(stage)
    return replaced if replaced.exists() else None


@contextmanager
def _claimed(data: Path) -> Iterator[None]:
    """Nothing of a bank runs on this directory, and no bank is started on it meanwhile. Raises BackupError."""
    with _run_lock(data), alone(data):
        if (data / RESTORE_DECIDED).exists():
            message = f"a restore into {data} was broken off; finish it first: sandbank backup restore --finish"
            raise BackupError(message)
        _refuse_while_open(data)
        yield


@contextmanager
def _run_lock(data: Path) -> Iterator[None]:
    try:
        held = run_file.lock(data)
    except run_file.AlreadyRunningError:
        message = f"a bank runs on {data}; stop it first"
        raise BackupError(message) from None
    with held:
        yield


def _refuse_while_open(data: Path) -> None:
    """A service that was started by itself holds no lock but those on its database. Raises BackupError."""
    for service in BACKENDS:
        file = data / database_name(service)
        if file.is_file() and _is_open(file):
            message = f"the {service.name} runs on {data}; stop it first"
            raise BackupError(message)


def _is_open(file: Path) -> bool:
    """Whether another process has this database open: a file that is none is nobody's."""
    with closing(sqlite_driver.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as own:
        own.execute("PRAGMA busy_timeout=2000")
        own.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            own.execute("BEGIN EXCLUSIVE")
            own.execute("ROLLBACK")
        except sqlite_driver.OperationalError as error:
            return "locked" in str(error)
        except sqlite_driver.DatabaseError:
            return False
    return False


def _write_through(folder: Path) -> None:
    """Have all that is in the folder on the disk, whatever happens to the machine next."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
