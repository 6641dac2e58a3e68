"""The first start of a bank."""

import json
import stat
import sys
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from auth_service.app import create_app
from auth_service.users import repository as user_repository
from shared.settings import MissingSettingError
from tests.auth_bank import PASSWORD, open_auth, settings_in

RANDOM = {"admin_password": ""}


def credentials(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "credentials.json").read_text())
    return content


def test_the_first_start_makes_an_administrator_and_an_employee_who_can_sign_in(tmp_path: Path) -> None:
    with open_auth(tmp_path, **RANDOM) as auth:
        kept = credentials(tmp_path)
        assert list(kept) == ["admin", "customers", "employee"]
        assert kept["customers"] == []
        for role in ("admin", "employee"):
            assert set(kept[role]) == {"username", "password"}
            signed_in = auth.sign_in(**kept[role])
            reply = auth.call("GET", "/api/auth/verify_token", headers=signed_in.headers)
            assert reply.json["data"]["role"] == role


def test_only_the_owner_of_the_files_can_read_log_ins_keys_and_hashes(tmp_path: Path) -> None:
    with open_auth(tmp_path, **RANDOM):
        for name in ("credentials.json", "auth.db", "auth.db-wal"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    with open_auth(tmp_path, **RANDOM) as auth:
        first, events = credentials(tmp_path), auth.events()
    with open_auth(tmp_path, **RANDOM) as auth:
        assert (credentials(tmp_path), auth.events()) == (first, events)


def test_name_and_password_can_be_given(tmp_path: Path) -> None:
    with open_auth(tmp_path, admin_username="boss", admin_password=PASSWORD) as auth:
        assert credentials(tmp_path)["admin"] == {"username": "boss", "password": PASSWORD}
        assert auth.call("GET", "/api/auth/verify_admin", headers=auth.admin().headers).json["data"]["is_admin"]


def test_what_others_wrote_into_the_file_stays(tmp_path: Path) -> None:
    customers = [{"username": "ada", "password": "x"}]
    (tmp_path / "credentials.json").write_text(json.dumps({"customers": customers}))
    with open_auth(tmp_path, **RANDOM):
        assert credentials(tmp_path)["customers"] == customers


def test_a_crash_between_file_and_commit_loses_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        message = "killed before the commit"
        raise OSError(message)

    with monkeypatch.context() as patched:
        patched.setattr(user_repository, "add_users", crash)
        with pytest.raises(OSError, match="killed"):
            create_app(settings_in(tmp_path, **RANDOM), in_background=False)
    written = credentials(tmp_path)
    with open_auth(tmp_path, **RANDOM) as auth:
        assert credentials(tmp_path) == written
        auth.sign_in(**written["admin"])
        auth.sign_in(**written["employee"])


def test_a_file_that_cannot_be_written_makes_no_users(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").mkdir()
    with pytest.raises(OSError, match="credentials"):
        create_app(settings_in(tmp_path, **RANDOM), in_background=False)
    (tmp_path / "credentials.json").rmdir()
    with open_auth(tmp_path, **RANDOM) as auth:
        auth.sign_in(**credentials(tmp_path)["admin"])


def test_production_refuses_to_start_without_an_administrators_password(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingError, match="BANK_ADMIN_PASSWORD is not set"):
        create_app(settings_in(tmp_path, is_production=True, **RANDOM), in_background=False)


def test_production_writes_no_log_ins_and_makes_no_employee(tmp_path: Path) -> None:
    with open_auth(tmp_path, is_production=True) as auth:
        assert not (tmp_path / "credentials.json").exists()
        users = auth.call("GET", "/api/auth/users", headers=auth.admin().headers).json["data"]
        assert [user["role"] for user in users] == ["admin"]
    with open_auth(tmp_path, is_production=True, admin_password=""):
        """Once there is an administrator, the password need not be given again."""


@pytest.mark.parametrize(("is_production", "scopes"), [(True, ""), (False, "bank:simulate cards:acquire")])
def test_an_administrator_neither_simulates_nor_asks_cards_to_pay_in_production(
    tmp_path: Path, *, is_production: bool, scopes: str
) -> None:
    with open_auth(tmp_path, is_production=is_production) as auth:
        token = auth.admin().access_token
        claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
        assert (claims["role"], claims["scope"]) == ("admin", scopes)
        assert auth.context.verifier.verify(token).scopes == frozenset(scopes.split())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"admin_password": "admin123"}, "BANK_ADMIN_PASSWORD must have 12 to 128 characters"),
        ({"admin_password": "password1234"}, "BANK_ADMIN_PASSWORD is one of the first"),
        ({"admin_username": "the boss"}, "BANK_ADMIN_USERNAME is 'the boss'"),
    ],
)
def test_a_weak_or_impossible_administrator_refuses_to_start(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(MissingSettingError, match=sentence):
        create_app(settings_in(tmp_path, **changes), in_background=False)


def test_passwords_are_shown_once_on_the_terminal_and_not_under_an_orchestrator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for supervised, is_terminal, name in ((False, True, "alone"), (True, True, "supervised"), (False, False, "kept")):
        monkeypatch.setattr(sys.stdout, "isatty", lambda is_terminal=is_terminal: is_terminal)
        folder = tmp_path / name
        folder.mkdir()
        with open_auth(folder, is_supervised=supervised, **RANDOM):
            shown = capsys.readouterr().out
        with open_auth(folder, is_supervised=supervised, **RANDOM):
            shown_again = capsys.readouterr().out
        for role in ("admin", "employee"):
            password = credentials(folder)[role]["password"]
            assert (password in shown) is (is_terminal and not supervised)
            assert password not in shown_again
