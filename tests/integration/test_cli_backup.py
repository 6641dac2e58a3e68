"""`sandbank backup` in a terminal: what it says, to people and to programs, and how it ends."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from shared.storage.sqlite import sqlite_driver
from tests.empty_bank import new_empty_bank
from tests.forked_proofs import forked_proofs

PASSPHRASE = "seventeen wet socks"


@pytest.fixture(scope="module")
def empty_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forked_proofs():
        yield new_empty_bank(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture
def bank(empty_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = Path(shutil.copytree(empty_bank, tmp_path / "data"))
    monkeypatch.setenv("BANK_DATA_DIR", str(data))
    monkeypatch.chdir(tmp_path)
    return data


def run(*words: str, typed: str = "") -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    ended = CliRunner().invoke(app, ["backup", *words], input=typed)
    return ended.exit_code, ended.stdout, ended.stderr


def answered(*words: str) -> Any:
    code, out, err = run(*words, "--json")
    assert code == 0, err + out
    return json.loads(out)["data"]


def test_a_backup_is_made_verified_and_restored(bank: Path, tmp_path: Path) -> None:
    made = answered("create", "bank.tar.gz")
    assert (made["file"], made["encrypted"]) == ("bank.tar.gz", False)
    assert made["bytes"] == (tmp_path / "bank.tar.gz").stat().st_size
    assert (tmp_path / "bank.tar.gz").stat().st_mode & 0o077 == 0
    with tarfile.open(tmp_path / "bank.tar.gz") as tar:
        names = tar.getnames()
    assert (names[0], names[-1]) == ("manifest.json", "SHA256SUMS")
    assert "transaction_service.db" in names
    found = answered("verify", "bank.tar.gz")
    assert (found["holds"], found["findings"], found["unproved"]) == (True, [], [])
    assert found["made_at"] == made["made_at"]
    done = answered("restore", "bank.tar.gz", "--data", "elsewhere")
    assert (done["data"], done["replaced"]) == (str(tmp_path / "elsewhere"), None)
    code, out, err = run("restore", "bank.tar.gz", "--replace")
    assert code == 0, err
    assert "Restored" in out
    assert "The bank that was there lies in" in out
    assert list(bank.glob("replaced-*"))


def test_a_passphrase_is_typed_twice_or_stands_in_a_file(bank: Path, tmp_path: Path) -> None:
    assert run("create", "a.sealed", "--encrypt", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")[0] == 0
    assert run("verify", "a.sealed", typed=f"{PASSPHRASE}\n")[0] == 0
    (tmp_path / "file").write_text(f"{PASSPHRASE}\nand what else stands there\n")
    assert run("verify", "a.sealed", "--passphrase-file", "file")[0] == 0
    code, _, err = run("verify", "a.sealed", typed="another\n")
    assert (code, "The passphrase is not the one" in err) == (1, True)
    (tmp_path / "file").write_text("\n")
    code, _, err = run("create", "b.sealed", "--passphrase-file", "file")
    assert (code, "holds no passphrase" in err) == (1, True)
    (tmp_path / "file").write_text("elevenchars\n")
    code, _, err = run("create", "b.sealed", "--passphrase-file", "file")
    assert (code, "12 characters at least" in err) == (1, True)
    assert not (tmp_path / "b.sealed").exists()


def test_what_is_refused_is_a_sentence_and_an_envelope_for_programs(bank: Path, tmp_path: Path) -> None:
    code, _, err = run("create", "--data", str(tmp_path / "nothing"))
    assert code == 1
    assert "holds no bank" in err.replace("\n", " ")
    code, out, _ = run("verify", "missing", "--json")
    envelope = json.loads(out)
    assert (code, envelope["success"], envelope["error_code"]) == (1, False, "JOB_FAILED")
    assert envelope["message"] == "The file missing cannot be read: No such file or directory."
    code, _, err = run("restore")
    assert (code, "--finish" in err) == (1, True)
    code, _, err = run("restore", "--finish")
    assert (code, "nothing to finish" in err.replace("\n", " ")) == (1, True)


def test_what_was_not_proved_is_said_by_verify_and_by_restore(bank: Path, tmp_path: Path) -> None:
    (bank / "secrets" / "reporting_audit_key").unlink()
    assert run("create", "bank.tar.gz")[0] == 0
    code, out, _ = run("verify", "bank.tar.gz")
    told = " ".join(out.split())
    assert (code, "Not proved: the audit trail" in told, "The bank in it holds" in told) == (0, True, False)
    assert "What was looked at holds, and 1 thing was not proved." in told
    code, out, _ = run("restore", "bank.tar.gz", "--data", "new")
    assert (code, "Not proved: the audit trail" in " ".join(out.split())) == (0, True)


def test_findings_that_were_accepted_are_named_by_restore(bank: Path, tmp_path: Path) -> None:
    with closing(sqlite_driver.connect(str(bank / "transaction_service.db"))) as ledger:
        ledger.execute("UPDATE ledger_state SET head_position = 7")
        ledger.commit()
    assert run("create", "bank.tar.gz")[0] == 0
    code, out, _ = run("restore", "bank.tar.gz", "--data", "new", "--accept-findings")
    told = " ".join(out.split())
    assert (code, "the ledger's proof: " in told, "Restored" in told) == (0, True, True)
    assert "1 finding was accepted" in told or "findings were accepted" in told


def test_a_bank_in_which_nobody_can_write_meanwhile_is_told_so(bank: Path) -> None:
    code, _, err = run("create", "first.tar.gz")
    assert (code, "nobody can write" in " ".join(err.split())) == (0, False)
    for file in bank.glob("*_service.db"):
        with closing(sqlite_driver.connect(str(file))) as database:
            assert database.execute("PRAGMA journal_mode=TRUNCATE").fetchone() == ("truncate",)
    code, _, err = run("create", "second.tar.gz")
    assert (code, "nobody can write to the bank until it is made" in " ".join(err.split())) == (0, True)
