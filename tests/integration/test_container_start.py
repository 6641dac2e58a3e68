"""What a container does before it serves: secrets made once, a start that takes them, a health check that asks."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from deploy.container import bank_secrets
from deploy.container.healthy import is_healthy
from shared import services, settings
from shared.services import SERVICES, Service
from tests.apps import whole_bank
from tests.bank_processes import ROOT
from tests.free_ports import free_port
from tests.live_services import serving


def made(root: Path) -> dict[str, dict[str, str]]:
    return {folder: bank_secrets.read(root / folder) for folder in bank_secrets.folders()}


def test_each_service_gets_exactly_its_secrets_readable_by_their_owner_alone(tmp_path: Path) -> None:
    names = [service.name for service in SERVICES]
    assert bank_secrets.make(tmp_path) == [*names, "databases", "demo-world"]
    for folder, wanted in bank_secrets.folders().items():
        path = tmp_path / folder / "environment"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        found = bank_secrets.read(path.parent)
        assert list(found) == wanted
        assert all(len(value) >= 40 for value in found.values())
    for service in SERVICES:
        assert list(made(tmp_path)[service.name]) == bank_secrets.names_for(service)
    alone = tmp_path / "databases" / "DATABASE_ADMIN_PASSWORD"
    assert alone.read_text() == made(tmp_path)["databases"]["DATABASE_ADMIN_PASSWORD"]
    assert alone.stat().st_mode & 0o777 == 0o600
    values = [value for found in made(tmp_path).values() for value in found.values()]
    known_to_two = len(SERVICES) - 1 + len(services.BACKENDS) + 1
    assert len(set(values)) == len(values) - known_to_two, "client secrets, database passwords, the administrator's"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.package)
def test_a_service_in_production_misses_none_of_its_secrets(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank_secrets.make(tmp_path)
    monkeypatch.setenv("BANK_ENV", "production")
    monkeypatch.delenv("AUTH_PASSWORD_HASH", raising=False)  # the tests' own is too cheap for production
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GATEWAY_HOSTS", "bank.example, api-gateway")
    monkeypatch.setenv("GATEWAY_TRUSTED_PROXIES", "10.0.0.1")
    monkeypatch.setenv("BANK_PUBLIC_URL", "https://bank.example")
    for name, value in bank_secrets.read(tmp_path / service.name).items():
        monkeypatch.setenv(name, value)
    import_module(f"{service.package}.settings").Settings.from_environment()
    if service != services.AUTH:
        assert settings.client_secret(service)


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    bank_secrets.make(tmp_path)
    before = made(tmp_path)
    assert bank_secrets.make(tmp_path) == []
    assert made(tmp_path) == before


def test_a_service_that_lost_its_secrets_gets_the_same_ones_again(tmp_path: Path) -> None:
    bank_secrets.make(tmp_path)
    before = made(tmp_path)
    (tmp_path / services.REPORTING.name / "environment").unlink()
    assert bank_secrets.make(tmp_path) == [services.REPORTING.name]
    after = made(tmp_path)
    lost = [found[services.REPORTING.name].pop("REPORTING_AUDIT_KEY") for found in (before, after)]
    assert after == before, "auth knows what the service proves itself with"
    assert lost[0] != lost[1], "what it alone knew nobody can give back"


def test_no_secret_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank_secrets.main(tmp_path)
    printed = capsys.readouterr().out
    assert "auth-service" in printed
    assert not [value for found in made(tmp_path).values() for value in found.values() if value in printed]


def test_a_container_without_its_secrets_says_so_and_ends() -> None:
    started = subprocess.run(
        [sys.executable, "-m", "deploy.container.start"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SANDBANK_SERVICE": "auth_service"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert started.stderr.startswith("auth-service does not start: /secrets/environment is missing")


def test_the_health_check_asks_the_service_and_the_gateway_speaks_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with whole_bank(tmp_path) as bank:
        for service in (services.AUTH, services.GATEWAY):
            with serving(bank.apps[service.package]) as url:
                monkeypatch.setenv(f"{service.env_prefix}_PORT", url.rpartition(":")[2])
                assert is_healthy(service, "127.0.0.1")
        bank.databases["auth_service"].close()
    monkeypatch.setenv("AUTH_PORT", str(free_port()))
    with pytest.raises(OSError, match="refused"):
        is_healthy(services.AUTH, "127.0.0.1")
