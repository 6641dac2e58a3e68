"""Services stop and start while people pay: what was accepted is kept, asking again settles the rest (catalogue 3)."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from urllib3.exceptions import NewConnectionError, ProtocolError

from shared.services import GATEWAY, SERVICES
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.e2e.running_bank import RunningBank
from tests.oracle import Acknowledged, check_ledger

pytestmark = pytest.mark.thorough

CLIENTS = 6
ASK_AGAIN_SECONDS = 60.0
NO_ANSWER = 0
PAUSE_SECONDS = 0.05
"""Of each client after a payment: what is under way when a service stops is load enough; a machine with no processor
idle would only restart it later."""


@dataclass
class Payer:
    """One client: pays a cent at a time between its owner's two accounts, and asks again until it is answered."""

    bank: BankProcesses | RunningBank
    token: str
    source: str
    target: str
    name: str
    done: list[Acknowledged] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)

    def pay_until(self, enough: threading.Event) -> None:
        while not enough.is_set():
            key = f"{self.name}-{len(self.done) + len(self.unanswered)}"
            if not self._pay(key):
                self.unanswered.append(key)

    def _pay(self, key: str) -> bool:
        order = {"from_account_id": self.source, "to_account_id": self.target, "amount": "0.01"}
        give_up_at = time.monotonic() + ASK_AGAIN_SECONDS
        while time.monotonic() < give_up_at:
            try:
                status, body = self.bank.ask("POST", "/api/transactions/transfer", order, token=self.token, key=key)
            except (requests.ConnectionError, ProtocolError, NewConnectionError):
                status, body = NO_ANSWER, {}
            self.answers.add(status)
            time.sleep(PAUSE_SECONDS)
            if status == 201:
                self.done.append(Acknowledged(key, body["data"]["id"]))
                return True
        return False


def new_payers(bank: BankProcesses | RunningBank) -> list[Payer]:
    person = {"username": "payer", "email": "payer@example.com", "password": "a quiet brass kettle"}
    assert bank.ask("POST", "/api/auth/register", person)[0] == 201
    log_in = {"username": person["username"], "password": person["password"]}
    token = bank.ask("POST", "/api/auth/login", log_in)[1]["data"]["access_token"]
    order = {"account_type": "checking", "initial_deposit": "900.00"}
    accounts = [bank.ask("POST", "/api/accounts/create", order, token=token)[1]["data"]["id"] for _ in range(2)]
    return [Payer(bank, token, accounts[n % 2], accounts[1 - n % 2], f"payer-{n}") for n in range(CLIENTS)]


def paying(payers: list[Payer], enough: threading.Event) -> list[threading.Thread]:
    threads = [threading.Thread(target=payer.pay_until, args=(enough,), daemon=True) for payer in payers]
    for thread in threads:
        thread.start()
    return threads


def test_a_rolling_restart_under_load_loses_nothing(tmp_path: Path) -> None:
    with bank_processes(tmp_path) as bank:
        payers, enough = new_payers(bank), threading.Event()
        threads = paying(payers, enough)
        for service in SERVICES:
            if service != GATEWAY:
                bank.stop(service)
                bank.start(service)
        answers_before_the_gateway = set().union(*(payer.answers for payer in payers))
        bank.stop(GATEWAY)
        bank.start(GATEWAY)
        done_before = [len(payer.done) for payer in payers]
        wait_until(lambda: all(len(payer.done) > n for payer, n in zip(payers, done_before, strict=True)), 60)
        enough.set()
        for thread in threads:
            thread.join(ASK_AGAIN_SECONDS)
        assert answers_before_the_gateway <= {201, 503}
        assert set().union(*(payer.answers for payer in payers)) <= {201, 503, NO_ANSWER}
        assert [payer.unanswered for payer in payers] == [[]] * CLIENTS
        done = [one for payer in payers for one in payer.done]
        assert len(done) > CLIENTS
        check_ledger(tmp_path / "transaction_service.db", done)


def test_a_bank_told_to_stop_under_load_keeps_what_it_accepted(own_bank: RunningBank) -> None:
    own_bank.start("--no-demo", "--no-simulator", "--no-notification")
    own_bank.wait_until_ready()
    payers, enough = new_payers(own_bank), threading.Event()
    threads = paying(payers, enough)
    wait_until(lambda: all(payer.done for payer in payers), 60)
    assert own_bank.stop() == 0
    enough_before = sum(len(payer.done) for payer in payers)
    own_bank.start("--no-demo", "--no-simulator", "--no-notification")
    own_bank.wait_until_ready()
    wait_until(lambda: sum(len(payer.done) for payer in payers) > enough_before + CLIENTS, 60)
    enough.set()
    for thread in threads:
        thread.join(ASK_AGAIN_SECONDS)
    assert set().union(*(payer.answers for payer in payers)) <= {201, 503, NO_ANSWER}
    done = [one for payer in payers for one in payer.done]
    check_ledger(own_bank.data / "transaction_service.db", done)
