"""Faults on demand in a running bank: each failure of docs/faults.md does what stands there, and money stays right."""

import json
import random
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import urllib3

from sandbank import Client
from shared.services import GATEWAY
from tests.architecture.sources import ROOT
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import Acknowledged, check_ledger

PASSWORD = "a quiet place by the sea"
DOCUMENT = (ROOT / "docs" / "faults.md").read_text()
CHAPTER = DOCUMENT.partition("## Ten failures")[2]
SETUP = CHAPTER.partition("```sh\n")[2].partition("```")[0]
FAILURES = re.findall(r"^### (\d+)\. (.+?)\n.*?^```sh\n(.*?)^```", CHAPTER, re.MULTILINE | re.DOTALL)
SECTIONS = [pytest.param(block, id=f"{number}-{title}") for number, title, block in FAILURES]
LONGEST_KEPT_SECONDS = 2.5
FAULTS = (("reply_lost", 0.25), ("reset", 0.2), ("error", 0.2), ("rate_limited", 0.2), ("latency", 0.3))


@dataclass(frozen=True)
class Payer:
    """ada, who pays bob from an account of hers."""

    bank: BankProcesses
    client: Client
    admin: Client
    account_id: str
    number: str

    def payments(self) -> int:
        """How often she has paid."""
        return len(self.client.transactions.list(account_id=self.account_id, limit=200, type="transfer").data)


@pytest.fixture(scope="module")
def payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Payer]:
    data = tmp_path_factory.mktemp("faults")
    with bank_processes(data) as bank:
        people = {name: Client(bank.url(GATEWAY)) for name in ("ada", "bob")}
        for name, client in people.items():
            client.auth.register(name, f"{name}@example.org", PASSWORD)
            client.log_in(name, PASSWORD)
        admin = Client(bank.url(GATEWAY))
        chief = json.loads((data / "credentials.json").read_text())["admin"]
        admin.log_in(chief["username"], chief["password"])
        mine = people["ada"].accounts.create("checking", initial_deposit="500.00").data
        other = people["bob"].accounts.create("checking").data
        yield Payer(bank, people["ada"], admin, mine["id"], other["account_number"])
    check_ledger(data / "transaction_service.db")


def test_there_are_ten_of_them() -> None:
    assert [int(number) for number, _, _ in FAILURES] == list(range(1, 11))


@pytest.mark.parametrize("block", SECTIONS)
def test_each_failure_comes_of_its_line_and_the_payment_is_made_once(payer: Payer, block: str) -> None:
    before = payer.payments()
    script = (SETUP + block).replace("http://127.0.0.1:5000", payer.bank.url(GATEWAY))
    script = script.replace('"username": "…", "password": "…"', f'"username": "ada", "password": "{PASSWORD}"')
    script = script.replace('"from_account_id": "…"', f'"from_account_id": "{payer.account_id}"')
    script = script.replace('"to_account_number": "…"', f'"to_account_number": "{payer.number}"')
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    expected = [status for line in block.splitlines() for status in line.partition(" # ")[2].split()]
    assert done.stdout.split() == expected, done.stderr
    kept_until = time.monotonic() + (LONGEST_KEPT_SECONDS if "--max-time" in block else 0)
    wait_until(lambda: time.monotonic() >= kept_until, LONGEST_KEPT_SECONDS + 1)
    assert payer.payments() == before + 1


def test_a_stale_read_shows_what_was_before_the_payment(payer: Payer) -> None:
    pool = urllib3.PoolManager(retries=False)
    token = payer.client.log_in("ada", PASSWORD)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "X-Sandbank-Fault": "stale_read"}

    def balance() -> str:
        url = f"{payer.bank.url(GATEWAY)}/api/accounts/details/{payer.account_id}"
        return str(pool.request("GET", url, headers=headers).json()["data"]["balance"])

    before = balance()
    payer.client.transactions.transfer(from_account_id=payer.account_id, to_account_number=payer.number, amount="1.00")
    assert balance() == before
    assert payer.client.accounts.details(payer.account_id).data["balance"] != before


def test_whatever_goes_wrong_each_payment_is_made_once(payer: Payer) -> None:
    """Eight clients pay under many faults at once, and ask with the same key until they are answered."""
    before = payer.payments()
    for kind, probability in FAULTS:
        payer.admin.faults.add(
            "/api/transactions/transfer", kind, method="POST", probability=probability,
            milliseconds=100 if kind in ("latency", "rate_limited") else None,
        )  # fmt: skip
    token = payer.client.log_in("ada", PASSWORD)["access_token"]
    pool = urllib3.PoolManager(retries=False, maxsize=8)
    order = {"from_account_id": payer.account_id, "to_account_number": payer.number, "amount": "0.25"}
    seen: list[int] = []

    def pay(number: int) -> Acknowledged:
        chance, key = random.Random(number), f"many-{number}"
        while True:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            url = f"{payer.bank.url(GATEWAY)}/api/transactions/transfer"
            try:
                reply = pool.request("POST", url, json=order, headers=headers, timeout=10)
            except urllib3.exceptions.HTTPError:
                seen.append(0)
            else:
                seen.append(reply.status)
                if reply.status == 201:
                    return Acknowledged(key, reply.json()["data"]["id"])
                assert reply.status in (409, 429, 503), reply.data
            time.sleep(chance.random() * 0.02)

    with ThreadPoolExecutor(8) as threads:
        acknowledged = list(threads.map(pay, range(80)))
    payer.admin.faults.clear()
    assert {0, 201, 429, 503} <= set(seen)
    assert len({one.transaction_id for one in acknowledged}) == 80
    assert payer.payments() == before + 80
    check_ledger(payer.bank.data / "transaction_service.db", acknowledged)
