"""SIGKILL at random moments while reporting tells that statements are ready: each account and month is told once."""

import json
import random
import secrets
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reporting_service.statements import telling
from shared.report_enums import ReportingEventType
from shared.services import REPORTING
from shared.time.business_days import whole_month
from tests import databases
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

ACCOUNTS, MONTHS, KILLS_A_MONTH = 8, often(2, 4), often(2, 3)
PASSWORD = "a quiet place by the sea"
_TOLD_SECONDS = 60.0
_SLOWLY_SECONDS = 0.05


def tell_slowly() -> None:
    """In each service: accounts are told of one at a time, and slowly, so that kills meet it on its way."""
    ready = telling._ready

    def slow(*arguments: Any) -> list[Any]:
        time.sleep(_SLOWLY_SECONDS)
        return ready(*arguments)

    telling._ready = slow
    telling.ACCOUNTS_AT_ONCE, telling.POLL_SECONDS = 1, 0.05


@pytest.mark.databases_in_turn
def test_killed_at_any_moment_each_statement_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    databases.use_for_services(tmp_path, monkeypatch)
    rng = random.Random(MONTHS)
    wanted = Counter[tuple[str, str]]()
    interrupted = 0
    with bank_processes(tmp_path, first=tell_slowly) as bank:
        token, account_ids = somebody(bank)
        day = bank_day(bank, token)
        for _ in range(MONTHS):
            for account_id in account_ids:
                paid = {"account_id": account_id, "amount": "1.00", "description": "Cash"}
                assert (
                    bank.ask("POST", "/api/transactions/deposit", paid, token=token, key=secrets.token_hex(8))[0] == 201
                )
            wanted.update((account_id, day.replace(day=1).isoformat()) for account_id in account_ids)
            day = whole_month(day)[1] + timedelta(days=1)
            move_clock(bank, day)
            for _ in range(KILLS_A_MONTH):
                time.sleep(rng.random() * ACCOUNTS * _SLOWLY_SECONDS)
                bank.kill(REPORTING)
                interrupted += len(told(tmp_path)) % ACCOUNTS > 0
                bank.start(REPORTING)
            wait_until(partial(is_told, tmp_path, wanted), _TOLD_SECONDS)
        time.sleep(4 * _SLOWLY_SECONDS)  # what comes twice may come late
        assert Counter(told(tmp_path)) == wanted
        wait_until(lambda: len(messages(tmp_path)) >= len(wanted), _TOLD_SECONDS)
        assert Counter(messages(tmp_path)) == Counter(dict.fromkeys(account_ids, MONTHS))
    assert interrupted, "no kill met it on its way"


def somebody(bank: BankProcesses) -> tuple[str, list[str]]:
    """A customer's token, and their accounts."""
    facts = {"username": "ada", "email": "ada@example.org", "full_name": "Ada Lovelace", "password": PASSWORD}
    assert bank.ask("POST", "/api/auth/register", facts)[0] == 201
    token = bank.log_in("ada", PASSWORD)
    opened = []
    for _ in range(ACCOUNTS):
        wanted = {"account_type": "checking", "initial_deposit": "20.00"}
        status, body = bank.ask("POST", "/api/accounts/create", wanted, token=token, key=secrets.token_hex(8))
        assert status == 201, body
        opened.append(body["data"]["id"])
    return token, opened


def bank_day(bank: BankProcesses, token: str) -> date:
    status, body = bank.ask("GET", "/api/transactions/clock", token=token)
    assert status == 200, body
    return datetime.fromisoformat(body["data"]["bank_time"]).astimezone(UTC).date()


def move_clock(bank: BankProcesses, day: date) -> None:
    target = {"advance_to": f"{day}T12:00:00Z", "wait_seconds": 30}
    status, body = bank.ask("POST", "/api/transactions/clock", target, token=bank.admin_token())
    assert status == 200, body


def told(data: Path) -> list[tuple[str, str]]:
    """Of which account and month the feed tells, as often as it does."""
    with databases.snapshot_of(data / "reporting_service.db") as connection:
        rows = connection.exec_driver_sql("SELECT type, data FROM events").all()
    facts = [json.loads(row[1]) for row in rows if row[0] == ReportingEventType.STATEMENT_READY]
    return [(one["account_id"], one["first_on"]) for one in facts]


def is_told(data: Path, wanted: Counter[tuple[str, str]]) -> bool:
    return set(told(data)) >= set(wanted)


def messages(data: Path) -> list[str]:
    """Of which accounts the inbox tells that a statement is ready."""
    query = "SELECT account_id FROM notifications WHERE type = 'statement_ready'"
    with databases.snapshot_of(data / "notification_service.db") as connection:
        return list(connection.exec_driver_sql(query).scalars())
