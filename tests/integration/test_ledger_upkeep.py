"""What the ledger does beside its work: it forgets old keys, keeps its log short and says in its health what is off."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from account_service.settings import Settings as AccountSettings
from shared.settings import MissingSettingError
from shared.storage.sqlite import sqlite_driver as sqlite3
from shared.time import clock
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.oracle import in_sql
from transaction_service.ledger.housekeeping import LONGEST_LOG_BYTES
from transaction_service.models import idempotency_keys
from transaction_service.proof import account_checks, journal_checks
from transaction_service.settings import Settings

DAY_US = 86_400 * clock.MICROSECONDS


def test_the_answer_to_a_key_is_kept_for_thirty_days_and_then_forgotten(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    paid = ada.deposit("1.00", key="once")
    housekeeping = ledger.app.extensions["context"].housekeeping
    assert housekeeping.forget_old_keys(clock.now_us() + 29 * DAY_US) == 0
    assert ada.deposit("1.00", key="once").json == paid.json
    assert housekeeping.forget_old_keys(clock.now_us() + 31 * DAY_US) == 1
    assert ada.deposit("1.00", key="once").json["data"]["id"] != paid.json["data"]["id"]


def test_a_new_key_with_the_number_of_a_forgotten_one_is_not_forgotten_with_it(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process or a reset frees the last number while this one waits for its turn to write."""
    ada = ledger.open_account()
    database = ledger.app.extensions["database"]
    real_write, paid = database.write, []
    ada.deposit("1.00", key="old")

    @contextmanager
    def later() -> Iterator[Connection]:
        monkeypatch.undo()
        with real_write() as connection:
            connection.execute(delete(idempotency_keys))
        paid.append(ada.deposit("1.00", key="new").json)
        with real_write() as connection:
            yield connection

    with real_write() as connection:
        connection.execute(update(idempotency_keys).values(claimed_at=1))
    monkeypatch.setattr(database, "write", later)
    assert ledger.app.extensions["context"].housekeeping.forget_old_keys(clock.now_us()) == 0
    assert [ada.deposit("1.00", key="new").json] == paid


def test_how_long_keys_are_kept_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BANK_IDEMPOTENCY_DAYS", "7")
    assert Settings.from_environment().key_days == 7
    monkeypatch.setenv("BANK_IDEMPOTENCY_DAYS", "0")
    with pytest.raises(MissingSettingError, match="BANK_IDEMPOTENCY_DAYS is 0"):
        Settings.from_environment()


@pytest.mark.parametrize(("name", "value"), [("BANK_MOVEMENT_LIMIT", "9999999999999"), ("BANK_DAILY_LIMIT", "9" * 15)])
def test_a_limit_with_which_sums_could_leave_64_bits_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BANK_DAILY_LIMIT", "9999999999999")
    monkeypatch.setenv(name, value)
    with pytest.raises(MissingSettingError, match="at most 100,000,000"):
        AccountSettings.from_environment()


def test_proofs_without_end_beside_payments_let_the_log_be_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_checks, "PAGE", 5)
    monkeypatch.setattr(journal_checks, "PAGE", 50)
    with open_ledger(tmp_path) as ledger:
        ada, bob = ledger.open_account(deposit_minor=10**8), ledger.open_account()
        done = threading.Event()

        def prove() -> None:
            while not done.is_set():
                proof = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]
                assert proof["findings"] == []

        proving = threading.Thread(target=prove)
        proving.start()
        base = {"type": "transfer", "from_account_id": ada.account_id, "to_account_id": bob.account_id}
        for batch in range(16):
            items = [{**base, "amount": "0.01", "idempotency_key": f"{batch}-{number}"} for number in range(200)]
            reply = ledger.call("POST", "/api/transactions/batch", {"items": items}, headers=ada.headers)
            assert reply.status_code == 200
        done.set()
        proving.join()
        assert Path(f"{ledger.path}-wal").stat().st_size < LONGEST_LOG_BYTES
        ledger.check()


def test_a_log_that_a_reader_kept_long_is_cut_when_the_reader_is_gone(
    ledger: LedgerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ledger.app.extensions["context"]
    log = Path(f"{ledger.path}-wal")
    monkeypatch.setattr("transaction_service.ledger.housekeeping.LONGEST_LOG_BYTES", 100_000)
    ada = ledger.open_account()
    with context.database.read() as connection:
        connection.exec_driver_sql("SELECT COUNT(*) FROM entries").scalar()
        for _ in range(40):
            assert ada.deposit("1.00").status_code == 201
        began = time.monotonic()
        context.housekeeping.shorten_log()
        assert time.monotonic() - began < 2
        assert log.stat().st_size > 100_000
    context.housekeeping.shorten_log()
    assert log.stat().st_size == 0
    assert ada.deposit("1.00").status_code == 201


def test_money_out_of_nothing_is_found_in_the_background_and_said_in_the_health(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=1_000)
        reconciliation = ledger.app.extensions["context"].reconciliation
        assert reconciliation.look() == []
        assert ledger.call("GET", "/api/health", headers={}).json["checks"]["reconciliation"] == "healthy"
        with sqlite3.connect(ledger.path) as file:
            file.execute("DROP TRIGGER postings_no_update")
            account = f"(SELECT key FROM accounts WHERE id = {in_sql(ada.account_id)})"
            file.execute(f"UPDATE postings SET amount_minor = 2000 WHERE account_key = {account}")
            file.execute(f"UPDATE accounts SET balance_minor = 2000 WHERE key = {account}")
        file.close()
        found = {(finding.check, finding.record) for finding in reconciliation.look()}
        assert ("debits equal credits", "EUR") in found
        assert len(found) == 2, "the entry, and the currency"
        assert ledger.call("GET", "/api/health", headers={}).json["checks"]["reconciliation"] == "unhealthy"
