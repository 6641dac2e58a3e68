"""Settings that could not work, or not safely, keep a service from starting, and a sentence says which and why."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import run_services
from account_service.settings import Settings as AccountSettings
from auth_service.settings import Settings as AuthSettings
from gateway.settings import Settings as GatewaySettings
from notification_service.settings import Settings as NotificationSettings
from orchestrator.log_rotation import log_days
from reporting_service.settings import Settings as ReportingSettings
from shared import settings
from shared.network import addresses
from shared.observability import logs
from shared.services import ACCOUNT, GATEWAY, NOTIFICATION, REPORTING, SERVICES, SIMULATOR, TRANSACTION
from shared.settings import MissingSettingError
from shared.storage.private_files import keep_private
from simulator_service.settings import Settings as SimulatorSettings
from transaction_service.settings import Settings as LedgerSettings

UNSAFE: list[tuple[dict[str, str], Callable[[], object]]] = [
    ({"TRANSACTION_WORKERS": "2"}, lambda: settings.workers(TRANSACTION)),
    ({"REPORTING_WORKERS": "2"}, lambda: settings.workers(REPORTING)),
    ({"NOTIFICATION_WORKERS": "2"}, lambda: settings.workers(NOTIFICATION)),
    ({"SIMULATOR_WORKERS": "2"}, lambda: settings.workers(SIMULATOR)),
    ({"ACCOUNT_WORKERS": "0"}, lambda: settings.workers(ACCOUNT)),
    ({"ACCOUNT_WORKERS": "-1"}, lambda: settings.workers(ACCOUNT)),
    ({"GATEWAY_WORKERS": "many"}, lambda: settings.workers(GATEWAY)),
    ({"GATEWAY_THREADS": "1"}, lambda: settings.threads(GATEWAY)),
    ({"GATEWAY_THREADS": "100000"}, lambda: settings.threads(GATEWAY)),
    ({"AUTH_THREADS": "0"}, AuthSettings.from_environment),
    ({"BANK_RECONCILE_SECONDS": "-5"}, LedgerSettings.from_environment),
    ({"BANK_RECONCILE_SECONDS": "1e3"}, LedgerSettings.from_environment),
    ({"BANK_RECONCILE_SECONDS": "٣"}, LedgerSettings.from_environment),
    ({"SIMULATOR_PATIENCE_SECONDS": "-1"}, SimulatorSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "postgresql+nonesuch://x/y"}, LedgerSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "mssql+pyodbc://x/y"}, LedgerSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "mysql+mysqldb://x/y"}, LedgerSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "bank.db"}, LedgerSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "sqlite://"}, LedgerSettings.from_environment),
    ({"TRANSACTION_DATABASE_URL": "sqlite:///:memory:"}, LedgerSettings.from_environment),
    ({"GATEWAY_DEADLINE_SECONDS": "0"}, GatewaySettings.from_environment),
    ({"GATEWAY_API_LIMIT": "fast"}, GatewaySettings.from_environment),
    ({"GATEWAY_SIGN_IN_LIMIT": "-3/minute"}, GatewaySettings.from_environment),
    ({"GATEWAY_TRUSTED_PROXIES": "proxy.example"}, GatewaySettings.from_environment),
    ({"GATEWAY_TRUSTED_PROXIES": "10.0.0.0/99"}, GatewaySettings.from_environment),
    ({"GATEWAY_HOSTS": "https://bank.example"}, GatewaySettings.from_environment),
    ({"GATEWAY_CORS_ORIGINS": "bank.example"}, GatewaySettings.from_environment),
    ({"GATEWAY_CORS_ORIGINS": "https://bank.example/path"}, GatewaySettings.from_environment),
    ({"REDIS_URL": "localhost:6379"}, GatewaySettings.from_environment),
    ({"ACCOUNT_LOOKUP_RATE": "often"}, AccountSettings.from_environment),
    ({"ACCOUNT_REVEAL_RATE": "never"}, AccountSettings.from_environment),
    ({"BANK_CARDS_PER_ACCOUNT": "0"}, AccountSettings.from_environment),
    ({"BANK_LOG_DAYS": "0"}, log_days),
    ({"BANK_AUDIT_DAYS": "ten years"}, ReportingSettings.from_environment),
    ({"BANK_PAYEES_PER_PERSON": "0"}, LedgerSettings.from_environment),
    ({"BANK_PAYEES_PER_PERSON": "1000000"}, LedgerSettings.from_environment),
    ({"BANK_MOVEMENT_LIMIT": "0"}, AccountSettings.from_environment),
    ({"BANK_CURRENCY": "XXX"}, AccountSettings.from_environment),
    ({"BANK_COUNTRY": "Germany"}, AccountSettings.from_environment),
    ({"BANK_LARGE_PAYMENT": "much"}, NotificationSettings.from_environment),
    ({"BANK_ENV": "test"}, settings.is_production),
    ({"GATEWAY_PORT": "0"}, lambda: GATEWAY.port),
    ({"GATEWAY_PORT": "65536"}, lambda: GATEWAY.port),
    ({"GATEWAY_PORT": "http"}, lambda: GATEWAY.port),
    ({"GATEWAY_PORT": "٨٠"}, lambda: GATEWAY.port),
    ({"BANK_LOG_LEVEL": "chatty"}, settings.check_surroundings),
    ({"BANK_LOG_DIR": "/proc/x"}, lambda: logs.configure("gateway")),
    ({"BANK_LOG_DIR": "/dev/null/x"}, lambda: logs.configure("gateway")),
    *[
        ({"TRANSACTION_SERVICE_URL": given}, settings.check_surroundings)
        for given in (
            "nonsense",
            "127.0.0.1:8003",
            "ftp://ledger",
            "http://",
            "http://a b",
            "http://ledger:port",
            "http://ledger:99999",
            "http://me:pw@ledger",
            "http://ledger/?x=1",
        )
    ],
    ({"CONSUL_HOST": "a b"}, settings.check_surroundings),
    ({"CONSUL_HOST": "http://consul"}, settings.check_surroundings),
    ({"CONSUL_HOST": "consul:8500"}, settings.check_surroundings),
    ({"REPORTING_AUDIT_HEAD_FILE": "/no/such/folder/head.json"}, ReportingSettings.from_environment),
    ({"REPORTING_AUDIT_HEAD_FILE": "/proc/head.json"}, ReportingSettings.from_environment),
    ({"REPORTING_AUDIT_HEAD_FILE": "/tmp"}, ReportingSettings.from_environment),
    ({"CONSUL_PORT": "-1"}, lambda: addresses.port_from("CONSUL_PORT", 8500)),
]


@pytest.mark.parametrize(("given", "read"), UNSAFE, ids=[" ".join(f"{n}={v}" for n, v in g.items()) for g, _ in UNSAFE])
def test_what_cannot_work_is_refused_by_name(
    given: dict[str, str], read: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(MissingSettingError) as refused:
        read()
    assert all(name in str(refused.value) for name in given)


@pytest.mark.parametrize("given", ["http://ledger:8003", "https://10.0.0.5", "http://[::1]:8003/", "http://a_b.c/base"])
def test_where_a_service_is_may_be_said_in_many_ways(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", given)
    for host in ("consul", "10.0.0.5", "[fd00::1]", "fd00::1", "consul.service.example"):
        monkeypatch.setenv("CONSUL_HOST", host)
        settings.check_surroundings()
    assert addresses.base_url("TRANSACTION_SERVICE_URL") == given.rstrip("/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BANK_LOG_LEVEL", "chatty"),
        ("BANK_LOG_DIR", "/proc/x"),
        ("TRANSACTION_SERVICE_URL", "nonsense"),
        ("CONSUL_HOST", "a b"),
        ("REPORTING_AUDIT_HEAD_FILE", "/no/such/folder/head.json"),
    ],
)
def test_a_service_that_does_not_start_says_why_in_one_line(name: str, value: str, tmp_path: Path) -> None:
    environment = {**os.environ, "BANK_DATA_DIR": str(tmp_path), "REPORTING_PORT": "65535", name: value}
    ended = subprocess.run(
        [sys.executable, "-m", "shared.server", "reporting_service"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert (ended.returncode != 0, f"reporting-service does not start: {name} is" in line) == (True, True), line


def test_the_orchestrator_refuses_them_before_it_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSUL_HOST", "a b")
    assert run_services.main(["--no-demo"]) == 1
    assert "CONSUL_HOST is 'a b'" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


def test_several_processes_are_allowed_where_the_database_has_many_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSACTION_DATABASE_URL", "postgresql://bank@db.example/ledger")
    for service in (TRANSACTION, GATEWAY):
        monkeypatch.setenv(f"{service.env_prefix}_WORKERS", "3")
        assert settings.workers(service) == 3


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::1", "http://[::1]:5000"),
        ("[::1]", "http://[::1]:5000"),
        ("::", "http://[::1]:5000"),
        ("0.0.0.0", "http://127.0.0.1:5000"),  # noqa: S104
        ("192.0.2.7", "http://192.0.2.7:5000"),
        ("bank.example", "http://bank.example:5000"),
    ],
)
def test_a_server_is_reached_where_it_listens(host: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_HOST", host)
    assert GATEWAY.default_url == url
    assert addresses.authority(GATEWAY.host, 1).endswith("]:1") == (":" in host)


def test_a_data_directory_that_is_a_file_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(MissingSettingError, match="BANK_DATA_DIR"):
        settings.data_dir()


def test_what_an_earlier_release_left_open_becomes_private_and_other_peoples_files_are_left_alone(
    tmp_path: Path,
) -> None:
    for folder in ("secrets", "logs", "photos"):
        (tmp_path / folder).mkdir(mode=0o755)
    names = (
        "auth_service.db",
        "auth_service.db-wal",
        "logs/x.log",
        "logs/x.log.1",
        "secrets/a",
        "run.lock",
        "photos/a",
    )
    for name in (*names, "letter.txt"):
        (tmp_path / name).touch(mode=0o644)
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o755)
    keep_private(tmp_path)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (*names, "letter.txt", "logs", "photos")}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    private = {"auth_service.db", "auth_service.db-wal", "logs/x.log", "logs/x.log.1", "run.lock"}
    assert {name for name, mode in modes.items() if mode == 0o600} == private
    assert (modes["logs"], modes["photos"], modes["letter.txt"]) == (0o700, 0o755, 0o644)


def test_every_service_has_a_port_of_its_own() -> None:
    assert len({service.port for service in SERVICES}) == len(SERVICES)
