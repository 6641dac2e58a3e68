"""Erasing a customer while services are killed: whoever comes back finishes it, and the books are as they were."""

import secrets
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from shared.services import ACCOUNT, AUTH, BACKENDS, NOTIFICATION, REPORTING, TRANSACTION
from tests import databases
from tests.bank_processes import BankProcesses, bank_processes, wait_until

pytestmark = pytest.mark.thorough

PASSWORD = "a quiet place by the sea"
NAMES = ("Quintilia Zappelfrau", "quintilia.z", "zappelfrau.example")
_FINISHED_SECONDS = 60.0
KILLED = (AUTH, ACCOUNT, TRANSACTION, NOTIFICATION, REPORTING)


@pytest.mark.databases_in_turn
def test_killed_at_any_moment_a_customer_is_erased_everywhere_and_the_books_are_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases.use_for_services(tmp_path, monkeypatch)
    with bank_processes(tmp_path) as bank:
        for round_, victim in enumerate(KILLED):
            user_id, token = customer(bank, round_)
            before = books(tmp_path)
            killer = threading.Timer(secrets.randbelow(250) / 1000, bank.kill, [victim])
            killer.start()
            try:
                bank.ask("POST", "/api/auth/erasure", {"current_password": PASSWORD}, token=token)
            finally:
                killer.join()
            bank.start(victim)
            wait_until(partial(is_done, bank, user_id, bank.admin_token()), _FINISHED_SECONDS)
            wait_until(lambda: not still_named(tmp_path), _FINISHED_SECONDS)
            assert books(tmp_path) == before, victim.name
        proof = bank.ask("GET", "/api/reports/proof", token=bank.admin_token())[1]["data"]
        assert proof["holds"], [check for check in proof["checks"] if not check["holds"]]


def customer(bank: BankProcesses, number: int) -> tuple[str, str]:
    """Somebody who had an account, moved money, and closed it; their id and a token."""
    facts = {"full_name": NAMES[0], "username": f"{NAMES[1]}{number}", "email": f"q{number}@{NAMES[2]}"}
    status, body = bank.ask("POST", "/api/auth/register", {**facts, "password": PASSWORD})
    assert status == 201, body
    token = bank.log_in(facts["username"], PASSWORD)
    wanted = {"account_type": "checking", "nickname": NAMES[1], "initial_deposit": "20.00"}
    account = bank.ask("POST", "/api/accounts/create", wanted, token=token, key=secrets.token_hex(8))[1]["data"]
    out = {"account_id": account["id"], "amount": "20.00", "description": "Cash"}
    assert bank.ask("POST", "/api/transactions/withdraw", out, token=token, key=secrets.token_hex(8))[0] == 201
    assert bank.ask("DELETE", f"/api/accounts/close/{account['id']}", token=token)[0] == 200
    return body["data"]["id"], token


def is_done(bank: BankProcesses, user_id: str, token: str) -> bool:
    """Whether it is finished; it is asked for again where it never was written down."""
    status, body = bank.ask("GET", f"/api/auth/users/{user_id}/erasure", token=token)
    if status == 404:
        bank.ask("POST", f"/api/auth/users/{user_id}/erasure", {"reason": "Asked for again"}, token=token)
        return False
    return status == 200 and body["data"]["status"] == "done"


def still_named(data: Path) -> set[str]:
    """Where a name of theirs still stands: `service.table`."""
    found = set()
    for service in BACKENDS:
        with databases.snapshot_of(data / f"{service.package}.db") as connection:
            quoted = connection.dialect.identifier_preparer.quote
            for name in inspect(connection).get_table_names():
                rows = str(connection.exec_driver_sql(f"SELECT * FROM {quoted(name)}").all())
                if any(one in rows for one in NAMES):
                    found.add(f"{service.package}.{name}")
    return found


def books(data: Path) -> list[Any]:
    """What the ledger has booked."""
    with databases.snapshot_of(data / "transaction_service.db") as connection:
        entries = connection.exec_driver_sql("SELECT position, hash, amount_minor FROM entries ORDER BY position").all()
        sums = connection.exec_driver_sql("SELECT currency, sum(amount_minor) FROM postings GROUP BY currency").all()
    assert all(total == 0 for _, total in sums)
    return list(entries)
