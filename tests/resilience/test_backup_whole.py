"""A backup has all of a bank or is none, says so whatever is damaged, and leaves no copy of a bank lying about."""

import gzip
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from operations.backup.alone import alone
from operations.backup.archive import ArchiveWriter
from operations.backup.checking import check
from operations.backup.contents import ANCHOR, CREDENTIALS, MANIFEST
from operations.backup.creating import create
from operations.backup.manifest import Manifest
from operations.backup.opening import opened, verify
from operations.backup.problems import BackupError, UnprovedError
from operations.backup.restoring import Restored, finish, restore
from orchestrator import given, run_file
from shared.services import BACKENDS
from shared.settings import RESTORE_DECIDED, RESTORE_FOLDER
from shared.storage.sqlite import sqlite_driver
from tests.bank_processes import ROOT, wait_until
from tests.empty_bank import new_empty_bank
from tests.forked_proofs import forked_proofs

SYSTEMD = ROOT / "deploy" / "systemd" / "sandbank-backup.service"


@pytest.fixture(scope="module")
def empty_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forked_proofs():
        yield new_empty_bank(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture
def bank(empty_bank: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(empty_bank, tmp_path / "data"))


def silent(_said: str) -> None:
    """Nobody watches."""


def backup(data: Path, target: Path) -> Path:
    return create(data, target, passphrase=None, say=silent).file


def restored(file: Path, data: Path, **options: Any) -> Restored:
    wanted: dict[str, Any] = {"passphrase": str, "replace": False, "accept_findings": False, "say": silent}
    return restore(file, data, **(wanted | options))


def names_in(file: Path) -> set[str]:
    with tarfile.open(file) as tar:
        return set(tar.getnames())


def changed(file: Path, statement: str) -> None:
    with closing(sqlite_driver.connect(str(file))) as connection:
        connection.execute(statement)
        connection.commit()


def with_a_record(bank: Path) -> None:
    """A trail with a record, of which nothing but its being there counts."""
    with closing(sqlite_driver.connect(str(bank / "reporting_service.db"))) as database:
        columns = database.execute("PRAGMA table_info(audit_trail)").fetchall()
        filled = {row[1]: 1 if "INT" in row[2].upper() else "x" for row in columns if row[3] or row[5]}
        marks = ", ".join("?" * len(filled))
        database.execute(f"INSERT INTO audit_trail ({', '.join(filled)}) VALUES ({marks})", list(filled.values()))
        database.commit()


@pytest.mark.parametrize("at", ["schema", "pages", "whole"])
def test_a_damaged_database_is_a_finding_and_no_crash(bank: Path, tmp_path: Path, at: str) -> None:
    damaged = {"schema": (100, 3000), "pages": (4096, 8192), "whole": (0, 100)}
    file = bank / "account_service.db"
    with closing(sqlite_driver.connect(str(file))) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup(bank, tmp_path / "backup")
    folder = tmp_path / "unpacked"
    folder.mkdir()
    manifest = opened(tmp_path / "backup", folder, passphrase=str, say=silent)
    content = bytearray((folder / file.name).read_bytes())
    content[damaged[at][0] : damaged[at][1]] = b"\xa5" * (damaged[at][1] - damaged[at][0])
    (folder / file.name).write_bytes(content)
    found = check(folder, manifest, silent)
    assert [one for one in found.findings if one.startswith("account_service.db: ")]
    with (tmp_path / "altered").open("wb") as output:
        archive = ArchiveWriter(output, made_at=0)
        archive.add_text(MANIFEST, manifest.render())
        for path in sorted(folder.glob("*_service.db")):
            archive.add_file(path.name, path)
        for path in sorted((folder / "secrets").iterdir()):
            archive.add_file(f"secrets/{path.name}", path)
        archive.finish()
    with pytest.raises(UnprovedError):
        restored(tmp_path / "altered", tmp_path / "new")
    assert not (tmp_path / "new" / RESTORE_FOLDER).exists()


def test_a_part_of_a_bank_is_not_saved_and_not_called_whole(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "whole")
    (bank / "reporting_service.db").rename(tmp_path / "reporting_service.db")
    with pytest.raises(BackupError, match=r"is not whole: there is no .*reporting_service\.db"):
        backup(bank, tmp_path / "backup")
    folder = tmp_path / "unpacked"
    folder.mkdir()
    manifest = opened(tmp_path / "whole", folder, passphrase=str, say=silent)
    less = {name: facts for name, facts in manifest.databases.items() if name != "reporting_service"}
    without = Manifest(manifest.format, manifest.version, manifest.made_at, manifest.bank, less)
    assert "reporting_service.db: it is not in the backup" in check(folder, without, silent).findings


def test_nothing_is_saved_while_a_restore_is_under_way_or_was_broken_off(bank: Path, tmp_path: Path) -> None:
    backup(bank, tmp_path / "first")
    (bank / RESTORE_FOLDER).mkdir()
    (bank / RESTORE_DECIDED).write_text("replaced-x")
    with pytest.raises(BackupError, match="restore --finish"):
        backup(bank, tmp_path / "backup")
    shutil.rmtree(bank / RESTORE_FOLDER)
    with alone(bank):
        with pytest.raises(BackupError, match="being made or restored"):
            backup(bank, tmp_path / "backup")
        with pytest.raises(BackupError, match="being made or restored"):
            restored(tmp_path / "first", bank, replace=True)
    backup(bank, tmp_path / "backup")


def test_a_restore_that_cannot_be_finished_says_why(bank: Path) -> None:
    (bank / RESTORE_FOLDER).mkdir()
    (bank / RESTORE_DECIDED).write_text("replaced-x")
    with pytest.raises(BackupError, match="could not be finished: No such file"):
        finish(bank)


def test_a_trail_is_not_saved_without_its_anchor(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_record(bank)
    with pytest.raises(BackupError, match=r"the anchor of the audit trail is not there: .*audit_head\.json"):
        backup(bank, tmp_path / "backup")
    (tmp_path / "elsewhere.json").write_text("{}")
    monkeypatch.setenv(given.ANCHOR_SETTING, str(tmp_path / "elsewhere.json"))
    given.write(bank)  # as the bank's start does
    monkeypatch.delenv(given.ANCHOR_SETTING)
    assert ANCHOR in names_in(backup(bank, tmp_path / "backup"))


def test_databases_lie_where_the_bank_last_had_them(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "disk" / "reports.db"
    other.parent.mkdir()
    shutil.copy(bank / "reporting_service.db", other)  # what lies in the data directory is of before
    changed(other, "CREATE TABLE newer (one INTEGER)")
    monkeypatch.setenv("REPORTING_DATABASE_URL", f"sqlite:///{other}")
    given.write(bank)
    monkeypatch.delenv("REPORTING_DATABASE_URL")
    folder = tmp_path / "unpacked"
    folder.mkdir()
    opened(backup(bank, tmp_path / "backup"), folder, passphrase=str, say=silent)
    with closing(sqlite_driver.connect(str(folder / "reporting_service.db"))) as saved:
        assert saved.execute("SELECT count(*) FROM newer").fetchone() == (0,)
    monkeypatch.setenv("REPORTING_DATABASE_URL", "postgresql://bank:hidden@db.example/reporting")
    given.write(bank)
    assert "hidden" not in (bank / given.NAME).read_text()
    monkeypatch.delenv("REPORTING_DATABASE_URL")
    with pytest.raises(BackupError, match="REPORTING_DATABASE_URL is a database on a server"):
        backup(bank, tmp_path / "another")


def test_a_reset_is_seen_wherever_the_database_lies(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "disk" / "reports.db"
    other.parent.mkdir()
    (bank / "reporting_service.db").rename(other)
    monkeypatch.setenv("REPORTING_DATABASE_URL", f"sqlite:///{other}")
    other.with_suffix(".fence").write_text("closed")
    with pytest.raises(BackupError, match="being reset"):
        backup(bank, tmp_path / "backup")
    other.with_suffix(".fence").write_text("open")
    backup(bank, tmp_path / "backup")


def test_the_unit_makes_a_backup_with_the_environment_of_the_bank(bank: Path, tmp_path: Path) -> None:
    """Run as its unit says, on a bank whose anchor and reports lie elsewhere."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (bank / "reporting_service.db").rename(disk / "reports.db")
    (disk / "head.json").write_text("{}")
    stated = {
        "REPORTING_AUDIT_HEAD_FILE": str(disk / "head.json"),
        "REPORTING_DATABASE_URL": f"sqlite:///{disk / 'reports.db'}",
        "BANK_NAME": "Bank of the Unit",
    }
    (tmp_path / "environment").write_text("".join(f"{name}={value}\n" for name, value in stated.items()))
    lines = [line.partition("=")[::2] for line in SYSTEMD.read_text().splitlines() if not line.startswith("#")]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    for key, value in lines:
        if key == "EnvironmentFile":
            assert value == "/etc/sandbank/environment"
            read = (tmp_path / "environment").read_text().splitlines()
            environment |= dict(line.split("=", 1) for line in read)
        elif key == "Environment":
            environment |= dict([value.split("=", 1)])
    environment["BANK_DATA_DIR"] = str(bank)
    made = subprocess.run(
        [sys.executable, "-m", "cli.main", "backup", "create", str(tmp_path / "backup")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert {ANCHOR, "reporting_service.db", CREDENTIALS} <= names_in(tmp_path / "backup")
    found = verify(tmp_path / "backup", passphrase=str, say=silent)
    assert set(found.manifest.databases) == {one.package for one in BACKENDS}
    assert found.manifest.bank == "Bank of the Unit"


@pytest.mark.parametrize("words", [["create"], ["verify"], ["restore"]])
def test_a_command_that_is_told_to_end_leaves_no_copy_of_the_bank(bank: Path, tmp_path: Path, words: list[str]) -> None:
    changed(bank / "transaction_service.db", "CREATE TABLE ballast AS SELECT randomblob(60000000) AS content")
    backup(bank, tmp_path / "made")
    where, scratch = tmp_path / "where", tmp_path / "scratch"
    where.mkdir()
    scratch.mkdir()
    data = bank if words == ["create"] else tmp_path / "new"
    file = where / "backup" if words == ["create"] else tmp_path / "made"
    command = [sys.executable, "-m", "cli.main", "backup", *words, str(file)]
    if words != ["verify"]:
        command += ["--data", str(data)]

    def copies() -> list[Path]:
        folders = [*scratch.glob("sandbank-verify-*"), *data.glob(".backup-*"), *data.glob(RESTORE_FOLDER)]
        return [*folders, *where.glob(".*.part")]

    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: copies() != [] or process.poll() is not None, 60)
    assert process.poll() is None, process.communicate()[1]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert copies() == []


def test_what_a_killed_one_left_goes_with_the_next(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    left = [
        scratch / "sandbank-verify-abc" / "auth_service.db",
        bank / ".backup-abc" / "auth_service.db",
        bank / RESTORE_FOLDER / "new" / "auth_service.db",
        tmp_path / ".earlier.sandbank-01234567.part",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a copy")
    (tmp_path / ".mine.part").write_text("another program's")
    backup(bank, tmp_path / "backup")
    verify(tmp_path / "backup", passphrase=str, say=silent)
    assert [path for path in left if path.exists()] == []
    assert (tmp_path / ".mine.part").exists()


def test_what_a_command_that_runs_writes_is_not_left_over(bank: Path, tmp_path: Path) -> None:
    seen = list[bool]()

    def say(said: str) -> None:
        if said.startswith("copying"):
            parts = list(tmp_path.glob(".*.part"))
            other = Path(shutil.copytree(bank.parent / "other", tmp_path / f"other{len(seen)}"))
            backup(other, tmp_path / f"beside{len(seen)}")
            seen.append(parts != [] and all(path.exists() for path in parts))

    shutil.copytree(bank, bank.parent / "other")
    create(bank, tmp_path / "backup", passphrase=None, say=say)
    assert seen == [True] * len(BACKENDS)


def test_a_part_is_no_larger_than_its_manifest_says(tmp_path: Path) -> None:
    def crafted(name: str, size: int, **facts: Any) -> Path:
        manifest = json.loads(Manifest(1, "0.1.0", "2026-11-27T00:00:00Z", "x", {}).render()) | facts
        with (tmp_path / "backup").open("wb") as output:
            archive = ArchiveWriter(output, made_at=0)
            archive.add_text(MANIFEST, json.dumps(manifest).encode())
            archive.add_text(name, b"x" * size)
            archive.finish()
        return tmp_path / "backup"

    databases = {"auth_service": {"revision": "0001", "bytes": 10}}
    for file in (
        crafted("auth_service.db", 11, databases=databases),
        crafted("secrets/a", 4097, beside_bytes=4096),
    ):
        folder = tmp_path / "unpacked"
        folder.mkdir()
        with pytest.raises(BackupError, match="larger than its manifest says"):
            opened(file, folder, passphrase=str, say=silent)
        shutil.rmtree(folder)


def test_a_part_with_holes_does_not_belong_in_a_backup(tmp_path: Path) -> None:
    manifest = Manifest(1, "0.1.0", "2026-11-27T00:00:00Z", "x", {}).render()
    with tarfile.open(tmp_path / "backup", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))
        hole = tarfile.TarInfo("secrets/a")
        hole.pax_headers = {"GNU.sparse.size": str(10**12), "GNU.sparse.map": "0,0"}
        tar.addfile(hole)
    (tmp_path / "unpacked").mkdir()
    with pytest.raises(BackupError, match="does not belong"):
        opened(tmp_path / "backup", tmp_path / "unpacked", passphrase=str, say=silent)


@pytest.mark.parametrize(
    "kind", [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE]
)
def test_a_long_header_is_not_read_into_memory(tmp_path: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("secrets/a")
    header.type, header.size = kind, 64 * 1024**2
    manifest = Manifest(1, "0.1.0", "2026-11-27T00:00:00Z", "x", {}).render()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(manifest)
    with gzip.open(tmp_path / "backup", "wb", compresslevel=1) as packed:
        packed.write(entry.tobuf() + manifest.ljust(-len(manifest) % 512 + len(manifest), b"\0") + header.tobuf())
        for _ in range(64):
            packed.write(bytes(1024**2))
    (tmp_path / "unpacked").mkdir()
    tracemalloc.start()
    with pytest.raises(BackupError, match="does not belong"):
        opened(tmp_path / "backup", tmp_path / "unpacked", passphrase=str, say=silent)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * 1024**2


def test_a_bank_that_runs_is_saved_all_the_same(bank: Path, tmp_path: Path) -> None:
    with run_file.lock(bank):
        backup(bank, tmp_path / "backup")  # a bank that runs is saved
    assert (tmp_path / "backup").is_file()


def test_a_bank_whose_databases_lie_elsewhere_is_restored_only_when_that_is_said_to_be_over(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(bank, tmp_path / "backup")
    monkeypatch.setenv("REPORTING_DATABASE_URL", f"sqlite:///{tmp_path}/reports.db")
    monkeypatch.setenv(given.ANCHOR_SETTING, str(tmp_path / "head.json"))
    given.write(bank)
    monkeypatch.delenv("REPORTING_DATABASE_URL")
    monkeypatch.delenv(given.ANCHOR_SETTING)
    with pytest.raises(BackupError, match="named a database elsewhere when the bank was last started"):
        restored(tmp_path / "backup", bank, replace=True)
    monkeypatch.setenv("REPORTING_DATABASE_URL", "")
    done = restored(tmp_path / "backup", bank, replace=True)
    assert done.anchor_elsewhere == tmp_path / "head.json"
