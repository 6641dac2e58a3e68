"""Where sessions are kept: by nobody else to be read, and each for its own bank."""

import stat
from pathlib import Path

import pytest

from cli.accounts import own_account
from cli.errors import CommandError
from cli.session_file import Session, SessionFile, config_folder

BOB = Session("bob", "customer", "access", "refresh", 1_800_000_000)
ACCOUNTS = [
    {"id": "1", "account_number": "DE63100000008286278505", "nickname": "Everyday"},
    {"id": "2", "account_number": "DE50100000004494496165", "nickname": "Rainy day"},
    {"id": "3", "account_number": "DE11100000009994496165", "nickname": None},
]


def test_a_session_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "config")
    file.keep("http://a", BOB)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.path.parent.iterdir()] == ["sessions.json"]


def test_a_session_belongs_to_one_address(tmp_path: Path) -> None:
    file = SessionFile(tmp_path)
    file.keep("http://a", BOB)
    assert (file.find("http://a"), file.find("http://b"), file.last_url()) == (BOB, None, "http://a")
    file.forget("http://a")
    assert file.find("http://a") is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"sessions": 3}', '{"sessions": {"http://a": {"username": "x"}}}'])
def test_a_file_that_is_damaged_means_not_logged_in(tmp_path: Path, content: str) -> None:
    file = SessionFile(tmp_path)
    file.path.write_text(content)
    assert file.find("http://a") is None


def test_the_folder_is_chosen_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_folder() == tmp_path / "sandbank"
    monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path / "mine"))
    assert config_folder() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("name", "account_id"),
    [("everyday", "1"), ("rainyday", "2"), ("DE63 1000 0000 8286 2785 05", "1"), ("8505", "1"), ("94496165", None)],
)
def test_an_account_is_found_by_what_people_call_it(name: str, account_id: str | None) -> None:
    if account_id is None:
        with pytest.raises(CommandError, match="could be 2 of your accounts"):
            own_account(ACCOUNTS, name)
    else:
        assert own_account(ACCOUNTS, name)["id"] == account_id


@pytest.mark.parametrize("name", ["05", "nothing", "9999"])
def test_a_name_that_is_no_account_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match="none of your accounts"):
        own_account(ACCOUNTS, name)
