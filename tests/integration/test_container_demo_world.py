"""What a container makes of an empty bank, and whom it names."""

import re
from pathlib import Path

import pytest

from deploy.container import bank_secrets, certificate, demo_world
from shared.services import GATEWAY


def test_a_bank_in_production_gets_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BANK_ENV", "production")
    demo_world.main([])
    assert "no demo world" in capsys.readouterr().out


def test_a_bank_that_does_not_get_healthy_ends_the_container_so_that_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo_world, "call", _nobody)
    with pytest.raises(SystemExit, match="is not healthy"):
        demo_world.wait_until_healthy(patience_seconds=0.0)


def _nobody(_method: str, url: str, **_how: object) -> None:
    assert url == f"{GATEWAY.default_url}/health"
    raise demo_world.BankAwayError("nobody listens")


@pytest.mark.parametrize("arguments", [[], ["--passwords"]])
def test_passwords_are_told_to_who_asks_and_are_in_no_log(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    customers = [
        {"username": "ann.fuchs", "password": "correct horse"},
        {"username": "raffaellino.venier-of-the-hill", "password": "tall tree"},
    ]

    def seed(data: Path, *_rest: object) -> None:
        demo_world.credentials.add_customers(data, customers)

    bank_secrets.make(tmp_path)
    monkeypatch.setattr(demo_world, "SECRETS", tmp_path / bank_secrets.DEMO_WORLD)
    monkeypatch.setattr(demo_world, "wait_until_healthy", lambda: None)
    monkeypatch.setattr(demo_world.demo_world, "seed", seed)
    for name in ("BANK_ADMIN_USERNAME", bank_secrets.ADMIN_PASSWORD):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    demo_world.main(arguments)
    said = capsys.readouterr().out
    admin = bank_secrets.read(tmp_path / bank_secrets.DEMO_WORLD)[bank_secrets.ADMIN_PASSWORD]
    for username, password in [("admin", admin), *((one["username"], one["password"]) for one in customers)]:
        assert username in said
        assert (password in re.sub(r"\s+", " ", said)) == bool(arguments)
    assert "http://127.0.0.1:5000" in said


def test_the_certificate_is_made_once_and_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert certificate.make(tmp_path, "bank.example")
    key, made = tmp_path / certificate.KEY, (tmp_path / certificate.CERTIFICATE).read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert not certificate.make(tmp_path, "bank.example")
    assert (tmp_path / certificate.CERTIFICATE).read_bytes() == made
