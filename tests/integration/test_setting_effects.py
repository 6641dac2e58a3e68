"""Settings whose effect shows after a while or in a crowd only: each given as a user gives it, and seen to matter."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import jwt
import pytest

import transaction_service.app
from auth_service.app import create_app as create_auth
from auth_service.passwords import hashing
from auth_service.settings import Settings as AuthSettings
from gateway.settings import Settings as GatewaySettings
from sandbank.errors import UnavailableError
from shared.services import SIMULATOR
from shared.storage.sqlite import sqlite_driver as sqlite3
from shared.time import clock
from tests.apps import build
from tests.auth_bank import AuthUnderTest
from tests.bank_processes import wait_until
from tests.gateway_proxy import StartLedger, gateway
from tests.keys import SigningKeys
from tests.ledgers import LedgerUnderTest
from tests.oracle import in_sql
from tests.scripted_server import JSON_OK, answering
from tests.served_app import served_app

HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a bank of its own."""
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    return monkeypatch


@contextmanager
def started_auth() -> Iterator[AuthUnderTest]:
    """Auth with the settings of the environment."""
    settings = AuthSettings.from_environment()
    auth = AuthUnderTest(create_auth(settings, in_background=False), settings)
    yield auth
    auth.context.database.close()


@contextmanager
def started_ledger(folder: Path) -> Iterator[LedgerUnderTest]:
    """The ledger with the settings of the environment."""
    keys = SigningKeys()
    app = transaction_service.app.create_app(keys=keys)
    yield LedgerUnderTest(app, folder / "transaction_service.db", keys)
    app.extensions["context"].reconciliation.stop()
    app.extensions["context"].close()
    app.extensions["context"].database.close()


def test_the_gateway_tells_services_to_answer_within_its_deadline(
    stand_in: StartLedger, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("GATEWAY_DEADLINE_SECONDS", "7")
    server = stand_in(answering(JSON_OK))
    with gateway(GatewaySettings.from_environment()) as front:
        front.ask("POST", body=b"{}")
    (sent,) = [line for line in server.requests[0].split(b"\r\n") if line.lower().startswith(b"x-request-timeout-ms")]
    assert 5_000 < int(sent.partition(b":")[2]) <= 7_000


def test_a_session_that_is_not_used_lives_as_many_days_as_was_said(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_REFRESH_TOKEN_DAYS", "3")
    with started_auth() as auth:
        auth.register("ada")
        used, unused = auth.sign_in("ada"), auth.sign_in("ada")
        auth.let_pass(3 * DAY_SECONDS - 60)
        assert auth.refresh(used.refresh_token).status_code == 200
        auth.let_pass(120)
        assert auth.refresh(unused.refresh_token).status_code == 401


def test_a_signing_key_is_followed_by_another_after_as_many_hours_as_was_said(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_KEY_ROTATION_HOURS", "5")
    with started_auth() as auth:
        signed_with = []
        for _ in range(9):
            signed_with.append(jwt.get_unverified_header(auth.context.keys.sign({}))["kid"])
            auth.let_pass(HOUR_SECONDS)
            auth.context.keys.rotate(clock.now_us())
        assert signed_with == sorted(signed_with, key=signed_with.index)
        assert signed_with.count(signed_with[0]) in (5, 6), "the next is published a while before it signs"


def test_as_many_passwords_as_was_said_are_checked_at_a_time(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_PASSWORD_HASHES_AT_ONCE", "3")
    together, most, lock = 0, 0, threading.Lock()

    def slow(_stored: str, _password: str) -> bool:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.1)
        with lock:
            together -= 1
        return True

    with started_auth() as auth, ThreadPoolExecutor(9) as pool:
        names = [f"guest{number}" for number in range(9)]
        for name in names:
            auth.register(name)
        environment.setattr(hashing, "check_password_hash", slow)
        assert {reply.status_code for reply in pool.map(auth.login, names)} == {200}
    assert most == 3


def test_a_job_waits_for_a_bank_that_is_away_as_long_as_was_said(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SIMULATOR_PATIENCE_SECONDS", "1")
    for name in ("AUTH", "GATEWAY"):
        environment.setenv(f"{name}_SERVICE_URL", "http://127.0.0.1:1")
    app = build(SIMULATOR, SigningKeys())
    bank = app.extensions["context"].engine._runner.bank
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        bank.time()
    assert 0.9 < time.monotonic() - started < 20
    app.extensions["context"].database.close()


def test_the_ledger_compares_balances_as_often_as_was_said_and_stops_what_drifted(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("BANK_RECONCILE_SECONDS", "1")
    with started_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=100)
        file = sqlite3.connect(ledger.path)
        file.execute(f"UPDATE accounts SET balance_minor = balance_minor + 1 WHERE id = {in_sql(ada.account_id)}")
        file.commit()
        file.close()
        wait_until(lambda: ada.withdraw("1.00").json.get("error_code") == "ACCOUNT_FROZEN", 60)


def test_the_answer_to_a_key_is_kept_as_many_days_as_was_said(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("BANK_IDEMPOTENCY_DAYS", "7")
    with started_ledger(tmp_path) as ledger:
        assert ledger.open_account().deposit("1.00", key="once").status_code == 201
        forget = ledger.app.extensions["context"].housekeeping.forget_old_keys
        day_us = DAY_SECONDS * clock.MICROSECONDS
        assert [forget(clock.now_us() + days * day_us) for days in (6, 8)] == [0, 1]


def test_a_days_limit_begins_anew_at_midnight_in_the_banks_zone(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("BANK_TIME_ZONE", "Asia/Tokyo")
    with started_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=1_000, daily_limit_minor=500)
        refused = ada.withdraw("6.00").get_json()
    assert refused["details"]["retry_at"].endswith("T15:00:00.000000Z")


def test_a_process_logs_into_the_folder_that_was_said(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with served_app(tmp_path, BANK_LOG_DIR=str(folder)):
        wait_until(lambda: "ready" in "".join(log.read_text() for log in folder.glob("*.log")), 60)


def test_a_process_answers_as_many_requests_at_a_time_as_it_was_given_threads(tmp_path: Path) -> None:
    with served_app(tmp_path, TRANSACTION_THREADS="8") as served, ThreadPoolExecutor(9) as pool:

        def asked(_: int) -> float:
            assert served.talk(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 20).startswith(
                b"HTTP/1.1 200"
            )
            return time.monotonic()

        ends = sorted(pool.map(asked, range(9)))
    assert ends[-1] - ends[0] > 0.9, "the ninth waits for one of the eight"
    assert ends[-2] - ends[0] < 0.9
