"""What hashing a password costs: dear unless told otherwise, and never cheap in production."""

from pathlib import Path

import pytest
from sqlalchemy import select

from auth_service import models
from auth_service.settings import Settings
from shared.settings import MissingSettingError
from tests.auth_bank import open_auth
from tests.password_cost import CHEAP_HASH

FULL_COST = "scrypt:32768:8:1"


def stored_hashes(folder: Path, **changes: str) -> dict[str, str]:
    """By user name, after a registration and a log-in."""
    with open_auth(folder, **changes) as auth:
        auth.register("ada")
        auth.sign_in("ada")
        with auth.context.database.read() as connection:
            rows = connection.execute(select(models.User.username, models.User.password_hash)).all()
    return {row.username: row.password_hash for row in rows}


def test_without_a_setting_passwords_are_hashed_at_full_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTH_PASSWORD_HASH")
    method = Settings.from_environment().password_method
    assert method == FULL_COST
    for stored in stored_hashes(tmp_path, password_method=method).values():
        assert stored.startswith(f"{FULL_COST}$")


def test_the_cost_of_the_setting_is_that_of_new_passwords_and_old_ones_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_PASSWORD_HASH", "scrypt:2048:4:1")
    method = Settings.from_environment().password_method
    assert stored_hashes(tmp_path, password_method=method)["ada"].startswith("scrypt:2048:4:1$")
    with open_auth(tmp_path, password_method=CHEAP_HASH) as auth:
        auth.sign_in("ada")


@pytest.mark.parametrize("method", [CHEAP_HASH, "scrypt:16384:8:2", "scrypt:32768:4:2"])
def test_production_refuses_a_cheap_hash(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_ENV", "production")
    monkeypatch.setenv("AUTH_PASSWORD_HASH", method)
    with pytest.raises(MissingSettingError, match="AUTH_PASSWORD_HASH is .* too cheap for production"):
        Settings.from_environment()


@pytest.mark.parametrize("method", [FULL_COST, "scrypt:65536:8:1"])
def test_production_takes_a_dear_one(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_ENV", "production")
    monkeypatch.setenv("AUTH_PASSWORD_HASH", method)
    assert Settings.from_environment().password_method == method


@pytest.mark.parametrize(
    "method", ["plain", "pbkdf2:sha256:1", "scrypt:1000:8:1", "scrypt:1024:0:1", "scrypt:1:8:1", "scrypt:1048576:32:1"]
)
def test_what_is_no_cost_keeps_auth_from_starting(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_PASSWORD_HASH", method)
    with pytest.raises(MissingSettingError, match="it must be scrypt:N:r:p"):
        Settings.from_environment()
