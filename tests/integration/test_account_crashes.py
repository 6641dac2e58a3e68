"""Processes are killed while accounts are being opened and closed: nothing is lost, nothing is done twice."""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from shared import services
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import check_ledger

CLIENTS = 6
ACCOUNTS_EACH = 12
KILLS = 4
PASSWORD = "kills do not matter here"


def ask(bank: BankProcesses, method: str, path: str, token: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
    """One call to the account service itself; status 0 when it died under the call."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    pool = urllib3.PoolManager(retries=False)
    try:
        url = bank.url(services.ACCOUNT) + path
        reply = pool.request(method, url, body=json.dumps(body) if body else None, headers=headers, timeout=20)
    except urllib3.exceptions.HTTPError:
        return 0, {}
    finally:
        pool.clear()
    return reply.status, json.loads(reply.data)


def person(bank: BankProcesses, name: str) -> str:
    """Somebody who has just registered: their token."""
    pool = urllib3.PoolManager(retries=False)
    url = bank.url(services.AUTH) + "/api/auth"
    facts = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, "full_name": name.title()}
    registered = pool.request("POST", url + "/register", json=facts)
    assert registered.status == 201, registered.data
    reply = pool.request("POST", url + "/login", json={"username": name, "password": PASSWORD})
    pool.clear()
    return str(reply.json()["data"]["access_token"])


def open_accounts(bank: BankProcesses, name: str, token: str) -> list[str]:
    """Open accounts with their first deposits, asking again with the same key until the answer is clear."""
    opened = []
    for number in range(ACCOUNTS_EACH):
        body = {"account_type": "checking", "initial_deposit": "10.00"} if number % 2 else {"account_type": "savings"}
        deadline = time.monotonic() + 60
        while True:
            status, reply = ask(bank, "POST", "/api/accounts/create", token, body, key=f"{name}-{number}")
            if status == 201:
                break
            assert status in (0, 409, 503, 504), reply
            assert time.monotonic() < deadline
            time.sleep(0.05)
        opened.append(reply["data"]["id"])
        if number % 4 == 0:
            ask(bank, "DELETE", f"/api/accounts/close/{opened[-1]}", token)
    return opened


def kill_often(bank: BankProcesses, ended: threading.Event) -> int:
    """Kill the account service, and now and then the ledger, and start them again; how often."""
    chance, kills = random.Random(7), 0
    while kills < KILLS and not ended.wait(chance.uniform(0.1, 0.6)):
        victim = services.TRANSACTION if kills % 3 == 2 else services.ACCOUNT
        bank.kill(victim)
        bank.start(victim)
        kills += 1
    return kills


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return found
    finally:
        connection.close()


@pytest.mark.thorough
def test_killed_processes_lose_no_account_and_open_none_twice(tmp_path: Path) -> None:
    with bank_processes(tmp_path, (services.AUTH, services.TRANSACTION, services.ACCOUNT)) as bank:
        tokens = {name: person(bank, name) for name in (f"customer{n}" for n in range(CLIENTS))}
        ended = threading.Event()
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            killer = pool.submit(kill_often, bank, ended)
            clients = {name: pool.submit(open_accounts, bank, name, token) for name, token in tokens.items()}
            opened = {name: client.result() for name, client in clients.items()}
            ended.set()
            assert killer.result() > 0
        database = tmp_path / "account_service.db"
        pending = "SELECT id FROM accounts WHERE pending_status IS NOT NULL"
        wait_until(lambda: not rows(database, pending), 60)
        statuses = dict(rows(database, "SELECT id, status FROM accounts"))
        events = rows(database, "SELECT type, json_extract(data, '$.account_id'), COUNT(*) FROM events GROUP BY 1, 2")
    everything = [account_id for ids in opened.values() for account_id in ids]
    assert len(set(everything)) == CLIENTS * ACCOUNTS_EACH
    assert set(statuses) == set(everything), "an account that nobody was told of, or one that is gone"
    assert set(statuses.values()) <= {"open", "closed"}
    assert {count for _, _, count in events} == {1}
    assert {one for type_, one, _ in events if type_ == "account_opened"} == set(everything)
    assert {one for type_, one, _ in events if type_ == "account_closed"} == {
        one for one, status in statuses.items() if status == "closed"
    }
    ledger = tmp_path / "transaction_service.db"
    known = dict(rows(ledger, "SELECT lower(hex(id)), status FROM accounts WHERE owner_id IS NOT NULL"))
    assert known == {account_id.replace("-", ""): status for account_id, status in statuses.items()}
    assert check_ledger(ledger)["entries"] == CLIENTS * (ACCOUNTS_EACH // 2)
