"""What is done to a backup is noticed, and what breaks one or a restore off leaves what was there (catalogue 25)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from operations.backup import creating, restoring
from operations.backup.archive import ArchiveWriter
from operations.backup.contents import CREDENTIALS, MANIFEST
from operations.backup.creating import Backup, create
from operations.backup.manifest import Manifest
from operations.backup.opening import opened, verify
from operations.backup.problems import BackupError, UnprovedError
from operations.backup.restoring import finish, restore
from orchestrator import run_file
from shared.services import BACKENDS
from shared.settings import RESTORE_DECIDED, RESTORE_FOLDER, MissingSettingError, data_dir
from shared.storage.sqlite import sqlite_driver
from tests.bank_processes import ROOT, wait_until
from tests.empty_bank import new_empty_bank
from tests.forked_proofs import forked_proofs
from tests.small_disk import small_disk

PASSPHRASE = "seventeen wet socks"
FLIPS = 60
KILLS = 6


@pytest.fixture(scope="module")
def empty_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forked_proofs():
        yield new_empty_bank(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture
def bank(empty_bank: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(empty_bank, tmp_path / "data"))


@pytest.fixture(params=["plain", "sealed"])
def passphrase(request: pytest.FixtureRequest) -> str | None:
    return PASSPHRASE if request.param == "sealed" else None


def silent(_said: str) -> None:
    """Nobody watches."""


def backup(data: Path, target: Path, passphrase: str | None = None) -> Backup:
    return create(data, target, passphrase=passphrase, say=silent)


def unpacked(file: Path, folder: Path, passphrase: str | None) -> dict[str, bytes]:
    """What is in a backup, by name."""
    folder.mkdir()
    try:
        opened(file, folder, passphrase=lambda: passphrase or "", say=silent)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    finally:
        shutil.rmtree(folder)


def restored(file: Path, data: Path, **options: Any) -> restoring.Restored:
    given: dict[str, Any] = {"passphrase": str, "replace": False, "accept_findings": False, "say": silent}
    return restore(file, data, **(given | options))


def altered(file: Path, content: bytes) -> Path:
    target = file.with_name("altered")
    target.write_bytes(content)
    return target


def state_of(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but locks, and files that SQLite makes and removes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("lock", "-shm", "-wal"))
    }


def test_a_flipped_byte_is_noticed_or_changes_nothing(bank: Path, tmp_path: Path, passphrase: str | None) -> None:
    """What gzip says of the file's time and system is covered by no checksum, and by nobody read. Among many zeros it
    may copy them from another place, which gives the same bytes."""
    file = tmp_path / "backup"
    backup(bank, file, passphrase)
    content, whole = file.read_bytes(), unpacked(file, tmp_path / "unpacked", passphrase)
    assert {CREDENTIALS, "transaction_service.db", "secrets/reporting_audit_key"} <= whole.keys()
    places = {*range(18), len(content) - 1, *random.Random(1).sample(range(len(content)), FLIPS)}
    noticed = 0
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 0x10
        try:
            found = unpacked(altered(file, bytes(changed)), tmp_path / "unpacked", passphrase)
        except BackupError:
            noticed += 1
        else:
            assert found == whole, place
    assert noticed > len(places) * 9 // 10


def test_a_file_that_is_cut_off_is_no_backup(bank: Path, tmp_path: Path, passphrase: str | None) -> None:
    file = tmp_path / "backup"
    backup(bank, file, passphrase)
    content = file.read_bytes()
    for length in (0, 1, 20, 100, len(content) // 2, len(content) - 9, len(content) - 1):
        with pytest.raises(BackupError):
            unpacked(altered(file, content[:length]), tmp_path / "unpacked", passphrase)


def test_a_wrong_passphrase_opens_nothing(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "backup", PASSPHRASE)
    with pytest.raises(BackupError, match="the passphrase is not the one"):
        restored(tmp_path / "backup", tmp_path / "new", passphrase=lambda: "another")
    assert state_of(tmp_path / "new") == {}
    assert PASSPHRASE.encode() not in (tmp_path / "backup").read_bytes()


def test_a_part_that_does_not_belong_in_a_backup_is_never_written(bank: Path, tmp_path: Path) -> None:
    manifest = Manifest(1, "0.1.0", "2026-11-27T00:00:00Z", "x", {})
    for name in ("../outside", "/tmp/outside", "run_services.py", "secrets/../../outside", "secrets/A"):
        file = tmp_path / "backup"
        with file.open("wb") as output:
            archive = ArchiveWriter(output, made_at=0)
            archive.add_text(MANIFEST, manifest.render())
            archive.add_text(name, b"x")
            archive.finish()
        with pytest.raises(BackupError, match="does not belong"):
            unpacked(file, tmp_path / "unpacked", None)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(("format_number", "revision"), [(1, "9999"), (2, "0001")])
def test_a_backup_that_only_a_newer_program_knows_is_refused_with_its_version(
    bank: Path, tmp_path: Path, format_number: int, revision: str
) -> None:
    databases = {"auth_service": {"revision": revision, "bytes": 1}}
    with (tmp_path / "backup").open("wb") as output:
        archive = ArchiveWriter(output, made_at=0)
        archive.add_text(MANIFEST, Manifest(format_number, "7.0.0", "2027", "x", databases).render())
        archive.finish()
    with pytest.raises(BackupError, match=r"made by sandbank 7\.0\.0.*use that version or a newer one"):
        restored(tmp_path / "backup", tmp_path / "new")
    assert state_of(tmp_path / "new") == {}


def test_what_does_not_hold_is_named_and_restored_only_when_told(bank: Path, tmp_path: Path) -> None:
    with closing(sqlite_driver.connect(str(bank / "transaction_service.db"))) as ledger:
        ledger.execute("PRAGMA foreign_keys=OFF")
        ledger.execute("UPDATE ledger_state SET head_position = 7")
        ledger.commit()
    backup(bank, tmp_path / "backup")
    found = verify(tmp_path / "backup", passphrase=str, say=silent).checked
    assert found.findings
    with pytest.raises(UnprovedError, match="does not hold"):
        restored(tmp_path / "backup", tmp_path / "new")
    assert state_of(tmp_path / "new") == {}
    assert restored(tmp_path / "backup", tmp_path / "new", accept_findings=True).checked.findings == found.findings


def test_a_bank_is_not_replaced_unasked_and_lies_beside_the_new_one_afterwards(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "backup")
    (bank / CREDENTIALS).write_text('{"later": 1}')
    (bank / "letter.txt").write_text("not the bank's")
    (bank / "logs").mkdir()
    before = state_of(bank)
    with pytest.raises(BackupError, match="holds a bank already"):
        restored(tmp_path / "backup", bank)
    assert state_of(bank) == before
    done = restored(tmp_path / "backup", bank, replace=True)
    assert done.replaced is not None
    assert (bank / CREDENTIALS).read_text() == "{}"
    assert (done.replaced / CREDENTIALS).read_text() == '{"later": 1}'
    assert (bank / "letter.txt").exists()
    assert (bank / "logs").is_dir()
    assert not (bank / RESTORE_FOLDER).exists()
    assert {path.stat().st_mode & 0o077 for path in bank.glob("*_service.db")} == {0}


def test_nothing_is_restored_where_a_bank_runs(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "backup")
    with run_file.lock(bank), pytest.raises(BackupError, match="a bank runs on"):
        restored(tmp_path / "backup", bank, replace=True)
    open_elsewhere = subprocess.Popen(
        [sys.executable, "-c", _HOLD_OPEN, str(bank / "transaction_service.db")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert open_elsewhere.stdout is not None
        assert open_elsewhere.stdout.readline() == b"open\n"
        before = state_of(bank)
        with pytest.raises(BackupError, match="the transaction-service runs on"):
            restored(tmp_path / "backup", bank, replace=True)
        assert state_of(bank) == before
    finally:
        open_elsewhere.kill()
        open_elsewhere.communicate()


_HOLD_OPEN = """
import sys
from shared.storage.database import Database
database = Database.at(f"sqlite:///{sys.argv[1]}")
with database.read() as connection:
    connection.exec_driver_sql("SELECT * FROM ledger_state").all()
print("open", flush=True)
sys.stdin.read()
"""


def test_a_backup_waits_for_whoever_writes_and_gives_up_without_a_trace(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.backup.snapshot._PATIENCE_SECONDS", 1.0)
    with closing(sqlite_driver.connect(str(bank / "account_service.db"), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        before = state_of(tmp_path)
        with pytest.raises(BackupError, match="without a pause"):
            backup(bank, tmp_path / "backup")
        assert state_of(tmp_path) == before
    backup(bank, tmp_path / "backup")


def test_a_bank_that_is_being_emptied_or_on_a_server_or_not_there_is_refused_in_a_sentence(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bank / "auth_service.fence").write_text("closed")
    with pytest.raises(BackupError, match="being reset"):
        backup(bank, tmp_path / "backup")
    (bank / "auth_service.fence").write_text("open")
    monkeypatch.setenv("REPORTING_DATABASE_URL", "postgresql://bank@db.example/reporting")
    with pytest.raises(BackupError, match="REPORTING_DATABASE_URL is a database on a server.*pg_dump"):
        backup(bank, tmp_path / "backup")
    monkeypatch.delenv("REPORTING_DATABASE_URL")
    with pytest.raises(BackupError, match="holds no bank"):
        backup(tmp_path, tmp_path / "backup")
    backup(bank, tmp_path / "backup")
    with pytest.raises(BackupError, match="never written over"):
        backup(bank, tmp_path / "backup")


def test_a_full_disk_leaves_no_half_a_backup_and_no_half_a_bank(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        target = disk.seen / "backup"
        with pytest.raises(BackupError, match="too little room"):
            backup(bank, target)
        monkeypatch.setattr(creating, "_KEPT_FREE_BYTES", 0)
        disk.fill()
        with pytest.raises(BackupError, match="No space left|too little room"):
            backup(bank, target)
        assert {path.name for path in disk.seen.iterdir()} == {"ballast"}
        backup(bank, tmp_path / "backup")
        with pytest.raises(BackupError, match="No space left|too little room"):
            restored(tmp_path / "backup", disk.seen / "new")
        assert state_of(disk.seen / "new") == {}
    assert not list(bank.glob(".backup-*"))


def test_a_backup_that_is_killed_leaves_no_file_of_its_name_and_the_next_one_clears_up(
    bank: Path, tmp_path: Path
) -> None:
    with closing(sqlite_driver.connect(str(bank / "transaction_service.db"))) as ledger:
        ledger.execute("CREATE TABLE ballast (content BLOB)")
        for _ in range(24):
            ledger.execute("INSERT INTO ballast VALUES (randomblob(1000000))")
        ledger.commit()
    rng, killed = random.Random(2), 0
    for number in range(KILLS):
        target = tmp_path / f"backup{number}"
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "backup", "create", str(target), "--data", str(bank)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda one=process: list(tmp_path.glob(".*.part")) != [] or one.poll() is not None, 60)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if target.exists():
            unpacked(target, tmp_path / "unpacked", None)
        else:
            killed += 1
    assert killed > 0
    backup(bank, tmp_path / "backup")
    assert not list(bank.glob(".backup-*"))
    unpacked(tmp_path / "backup", tmp_path / "unpacked", None)


def test_a_restore_that_is_killed_at_any_step_is_all_or_nothing(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "backup")
    (bank / CREDENTIALS).write_text('{"later": 1}')
    old, killed_before, killed_after = state_of(bank), 0, 0
    for step in range(1, 200):
        data = Path(shutil.copytree(bank, tmp_path / f"data{step}"))
        if not _is_killed_at(step, tmp_path / "backup", data):
            break
        if (data / RESTORE_DECIDED).exists():
            killed_after += 1
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("BANK_DATA_DIR", str(data))
                with pytest.raises(MissingSettingError, match="restore --finish"):
                    data_dir()
            with pytest.raises(BackupError, match="broken off"):
                restored(tmp_path / "backup", data, replace=True)
            finish(data)
            assert state_of(data)[CREDENTIALS] == b"{}"
            (kept,) = data.glob("replaced-*")
            assert state_of(kept) == old
            assert {path.name for path in data.glob("*_service.db")} == {f"{one.package}.db" for one in BACKENDS}
        elif state_of(data).get(CREDENTIALS) != b"{}":
            killed_before += 1
            left = {name: content for name, content in state_of(data).items() if not name.startswith(RESTORE_FOLDER)}
            assert left == old
        shutil.rmtree(data)
    assert killed_before > 0
    assert killed_after >= 20, "each file that is moved is a step"


def _is_killed_at(step: int, file: Path, data: Path) -> bool:
    """Restore in a process that dies just before so many changes of the folder; whether it came to that."""
    pid = os.fork()
    if pid == 0:
        with pytest.MonkeyPatch.context() as patched:
            _die_at(step, patched)
            patched.setattr(restoring, "check", lambda *_: restoring.Checked())
            patched.setattr(restoring, "run", lambda *_: {})
            try:
                restored(file, data, replace=True)
            except BaseException:  # noqa: BLE001 (nothing of the child may go on in the test)
                os._exit(2)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 9), code
    return code == 9


def _die_at(step: int, patched: pytest.MonkeyPatch) -> None:
    steps = 0

    def counted(change: Any) -> Any:
        def changing(*arguments: Any, **named: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                os._exit(9)
            return change(*arguments, **named)

        return changing

    for name in ("rename", "unlink", "touch", "replace", "mkdir"):
        patched.setattr(Path, name, counted(getattr(Path, name)))
    patched.setattr(restoring, "replace_private", counted(restoring.replace_private))
    patched.setattr(shutil, "rmtree", counted(shutil.rmtree))


def test_a_restore_broken_off_that_never_was_cannot_be_finished(bank: Path) -> None:
    with pytest.raises(BackupError, match="nothing to finish"):
        finish(bank)
