"""The whole bank on one database server, in six databases of it: its first day, a restart, a reset, and a neighbour."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from sandbank import Client
from shared.services import BACKENDS
from tests import databases
from tests.e2e.running_bank import RunningBank
from tests.oracle import Acknowledged, check_ledger
from tests.pages import Page

PAGES = ("dashboard", "accounts", "transactions", "reports", "inbox", "profile", "settings", "transfer")
PERSON = ("newcomer", "newcomer@example.com", "seventeen wet socks")
MONEY_ALONE = [f"--no-{flag}" for flag in ("demo", "reporting", "simulator", "notification")]
NewBank = Callable[[str], RunningBank]


@pytest.fixture
def new_bank(tmp_path: Path) -> Iterator[NewBank]:
    """Makes banks that have nothing but databases on the server that the test is about."""
    with ExitStack() as running:

        def make(name: str) -> RunningBank:
            (tmp_path / name).mkdir()
            bank = RunningBank(tmp_path / name)
            running.callback(bank.end)
            for service in BACKENDS:
                url = databases.url_of(bank.data / f"{service.package}.db")
                bank.environment[f"{service.env_prefix}_DATABASE_URL"] = url
            return bank

        yield make
        for bank in tmp_path.iterdir():
            assert list((bank / "data").glob("*.db")) == [], "it wrote to a file of its own"


@pytest.mark.server_in_turn
def test_a_bank_on_one_server_works_goes_on_after_a_restart_and_can_be_emptied(new_bank: NewBank) -> None:
    bank = new_bank("bank")
    bank.environment |= {"TRANSACTION_WORKERS": "2", "REPORTING_WORKERS": "2", "NOTIFICATION_WORKERS": "2"}
    bank.start()
    bank.wait_until_ready()
    payer, payee = (logged_in(bank, who) for who in bank.credentials()["customers"][:2])
    to = next(payee.accounts.iterate())["account_number"]
    source = payer.accounts.create("checking", initial_deposit="20.00").data["id"]
    paid = pay(payer, source, to, key="once")
    read_pages(bank, bank.credentials()["customers"][0])
    history = [row["id"] for row in payer.transactions.iterate()]
    assert history[0] == paid.transaction_id
    assert len(history) > 20
    prove(bank, [paid])
    assert bank.stop() == 0

    bank.start()
    bank.wait_until_ready()
    assert "demo world" not in bank.output
    payer = logged_in(bank, bank.credentials()["customers"][0])
    assert pay(payer, source, to, key="once") == paid
    assert [row["id"] for row in payer.transactions.iterate()] == history
    prove(bank, [paid])

    logged_in(bank, bank.credentials()["admin"]).simulator.reset("Sandbank")
    assert logged_in(bank, bank.credentials()["admin"]).auth.list_users(role="customer").data == []
    assert check_ledger(ledger_of(bank))["entries"] == 0
    prove(bank, pay_oneself(bank, 2))
    assert bank.stop() == 0


@pytest.mark.on_mariadb
def test_two_banks_on_one_server_know_nothing_of_each_other(new_bank: NewBank) -> None:
    """There a lock is the whole server's, not a database's as on PostgreSQL."""
    banks = {new_bank("first"): 3, new_bank("second"): 5}
    for bank in banks:
        bank.start(*MONEY_ALONE)
    for bank, payments in banks.items():
        bank.wait_until_ready()
        done = pay_oneself(bank, payments)
        assert check_ledger(ledger_of(bank), done)["entries"] == payments + 2
    for bank in banks:
        people = logged_in(bank, bank.credentials()["admin"]).auth.list_users(role="customer").data
        assert [person["username"] for person in people] == [PERSON[0]]
        assert bank.stop() == 0


def ledger_of(bank: RunningBank) -> Path:
    """The file that its ledger would have (see tests/databases.py)."""
    return bank.data / "transaction_service.db"


def logged_in(bank: RunningBank, who: dict[str, str]) -> Client:
    client = Client(bank.url)
    client.log_in(who["username"], who["password"])
    return client


def pay(who: Client, source: str, account_number: str, *, key: str) -> Acknowledged:
    paid = who.transactions.transfer(source, "1.23", to_account_number=account_number, idempotency_key=key)
    return Acknowledged(key, paid.data["id"])


def pay_oneself(bank: RunningBank, payments: int) -> list[Acknowledged]:
    """Somebody registers, opens two accounts, and pays from one to the other."""
    username, email, password = PERSON
    client = Client(bank.url)
    client.auth.register(username, email, password)
    client.log_in(username, password)
    source, target = (client.accounts.create(kind, initial_deposit="20.00").data for kind in ("checking", "savings"))
    return [pay(client, source["id"], target["account_number"], key=f"payment-{n}") for n in range(payments)]


def read_pages(bank: RunningBank, who: dict[str, str]) -> None:
    with requests.Session() as browser:
        form = Page(browser.get(f"{bank.url}/login", timeout=10).text).form("/login")
        filled = {**form.fields, "username": who["username"], "password": who["password"]}
        assert browser.post(f"{bank.url}/login", data=filled, timeout=10).url == f"{bank.url}/dashboard"
        for path in PAGES:
            assert browser.get(f"{bank.url}/{path}", timeout=30).status_code == 200, path


def prove(bank: RunningBank, paid: list[Acknowledged]) -> None:
    """The bank's own proof holds, and the oracle finds every payment."""
    proof = logged_in(bank, bank.credentials()["admin"]).reports.proof(timeout_seconds=60).data
    assert (proof["holds"], proof["findings"]) == (True, [])
    check_ledger(ledger_of(bank), paid)
