"""Keys of before: none is lost however fast they are changed, and a change that changes nothing is refused."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from operations import keys
from operations.keys import KeyRotationError
from orchestrator import given
from shared import settings
from shared.key_files import change, forget_older_seal_keys, older_seal_keys
from shared.services import SIMULATOR
from tests.bank_processes import ROOT

CURRENT, OLDER = "simulator_seal_key", "simulator_older_seal_keys"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SIMULATOR_SEAL_KEY", raising=False)
    monkeypatch.delenv("SIMULATOR_OLDER_SEAL_KEYS", raising=False)
    made = tmp_path / settings.SECRETS
    made.mkdir()
    (made / CURRENT).write_text("second")
    return made


def test_a_renewal_that_ends_removes_only_the_keys_that_it_renewed(folder: Path) -> None:
    (folder / OLDER).write_text("first\n")
    renewed, used = older_seal_keys(SIMULATOR), "second"
    (folder / OLDER).write_text("first\nsecond\n")  # changed again, by hand, while rows were sealed anew
    (folder / CURRENT).write_text("third")
    forget_older_seal_keys(SIMULATOR, renewed, used=used)
    assert older_seal_keys(SIMULATOR) == ("second",)
    forget_older_seal_keys(SIMULATOR, ("second",), used="third")
    assert not (folder / OLDER).exists()


def test_a_renewal_that_began_in_the_middle_of_a_change_keeps_the_key_that_it_seals_with(folder: Path) -> None:
    (folder / OLDER).write_text("first\nsecond\n")
    renewed = older_seal_keys(SIMULATOR)
    (folder / CURRENT).write_text("third")
    forget_older_seal_keys(SIMULATOR, renewed, used="second")
    assert older_seal_keys(SIMULATOR) == ("second",)


def test_a_key_is_not_changed_again_before_all_is_sealed_with_the_one_of_now(folder: Path) -> None:
    data = folder.parent
    assert keys.rotate(data, "simulator-rows") is False
    now = (folder / CURRENT).read_text()
    with pytest.raises(KeyRotationError, match="still sealed with a key of before"):
        keys.rotate(data, "simulator-rows")
    assert ((folder / CURRENT).read_text(), older_seal_keys(SIMULATOR)) == (now, ("second",))
    forget_older_seal_keys(SIMULATOR, ("second",), used=now)
    assert keys.rotate(data, "simulator-rows") is False
    assert older_seal_keys(SIMULATOR) == (now,)


def test_keys_of_the_audit_trail_are_all_kept(folder: Path) -> None:
    (folder / "reporting_audit_key").write_text("one")
    made = ["one"]
    for _ in range(3):
        keys.rotate(folder.parent, "audit")
        made.append((folder / "reporting_audit_key").read_text())
    assert (folder / "reporting_older_audit_keys").read_text().split() == made[:-1]


def test_changes_and_renewals_side_by_side_lose_no_key(folder: Path) -> None:
    """Whoever seals with a key finds it among the keys as long as it has not said that all is renewed."""
    enough, lost = threading.Event(), list[str]()

    def renew() -> None:
        while not enough.is_set():
            before, used = older_seal_keys(SIMULATOR), (folder / CURRENT).read_text()
            forget_older_seal_keys(SIMULATOR, before, used=used)
            known = {*older_seal_keys(SIMULATOR), (folder / CURRENT).read_text(), *older_seal_keys(SIMULATOR)}
            if used not in known and (folder / CURRENT).read_text() != used:
                lost.append(used)

    renewing = threading.Thread(target=renew)
    renewing.start()
    for number in range(200):
        change(folder / CURRENT, folder / OLDER, f"key{number}", may_add=True)
    enough.set()
    renewing.join()
    assert lost == []


@pytest.mark.parametrize("write", [1, 2])
def test_a_change_that_is_killed_loses_no_key_and_can_be_made_again(folder: Path, write: int) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(folder), str(write)], cwd=ROOT, env=os.environ.copy(), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert "second" in {(folder / CURRENT).read_text(), *older_seal_keys(SIMULATOR)}
    assert keys.rotate(folder.parent, "simulator-rows") is False
    assert older_seal_keys(SIMULATOR) == ("second",)


_KILLED = """
import os, signal, sys
from pathlib import Path
from shared import key_files
folder, at = Path(sys.argv[1]), int(sys.argv[2])
write, done = key_files.replace_private, []
def counted(path, content):
    done.append(path)
    if len(done) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, content)
key_files.replace_private = counted
key_files.change(folder / "simulator_seal_key", folder / "simulator_older_seal_keys", "third", may_add=False)
"""


def test_a_key_that_the_bank_has_from_its_environment_is_not_changed_in_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_SEAL_KEY", "from the environment of the bank")
    given.write(folder.parent)  # as run_services.py does when it starts
    assert "from the environment of the bank" not in (folder.parent / given.NAME).read_text()
    monkeypatch.delenv("SIMULATOR_SEAL_KEY")
    with pytest.raises(KeyRotationError, match="comes from the environment"):
        keys.rotate(folder.parent, "simulator-rows")
    assert (folder / CURRENT).read_text() == "second"
    given.write(folder.parent)  # started without it, the bank has the file's again
    assert keys.rotate(folder.parent, "simulator-rows") is False
