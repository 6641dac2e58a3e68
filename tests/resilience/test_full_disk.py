"""The bank's disk runs full for real (catalogue 19): writes are refused, reads go on, and space returned is enough."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sandbank import BankError, Client
from shared.services import GATEWAY
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import Acknowledged, check_ledger
from tests.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.thorough

PASSWORD = "a quiet place by the sea"
MEGABYTES = 64
PAYERS = 4
REFUSED = {503, 507}
TRIES = 200


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", MEGABYTES) as mounted:
        yield mounted


@pytest.fixture
def bank(disk: SmallDisk, tmp_path: Path) -> Iterator[BankProcesses]:
    with bank_processes(disk.folder, first=disk.enter, logs=tmp_path) as running:
        yield running


class Person:
    """A customer with two accounts, who keeps what was acknowledged and asks again where it was not."""

    def __init__(self, bank: BankProcesses, name: str) -> None:
        self.client = Client(bank.url(GATEWAY))
        self.client.auth.register(name, f"{name}@example.org", PASSWORD)
        self.client.log_in(name, PASSWORD)
        self.name = name
        self.mine = [self.client.accounts.create("checking", initial_deposit="900.00").data["id"] for _ in range(2)]
        self.acknowledged: list[Acknowledged] = []
        self.unanswered: list[str] = []
        self.statuses: Counter[int | None] = Counter()

    def pay(self, key: str) -> None:
        def order() -> None:
            paid = self.client.transactions.transfer(
                self.mine[0], "0.01", to_account_id=self.mine[1], idempotency_key=key
            )
            self.acknowledged.append(Acknowledged(key, paid.data["id"]))

        status = status_of(order)
        self.statuses[status] += 1
        if status is not None:
            self.unanswered.append(key)

    def pay_until_refused(self) -> None:
        """Pages that were free stay free: the ledger goes on for a while on a full disk."""
        for number in range(2_000):
            self.pay(f"{self.name}-{number}")
            if len(self.unanswered) >= 5:
                return

    def ask_again(self) -> None:
        waiting, self.unanswered = self.unanswered, []
        for key in waiting:
            self.pay(key)


def status_of(ask: Callable[[], object]) -> int | None:
    """The status of a refusal; None when there was none."""
    try:
        ask()
    except BankError as error:
        return error.status
    return None


def at_once(people: list[Person], act: Callable[[Person], None]) -> None:
    threads = [threading.Thread(target=act, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_full_disk_refuses_writes_answers_reads_and_loses_nothing(
    bank: BankProcesses, disk: SmallDisk, tmp_path: Path
) -> None:
    people = [Person(bank, f"payer{number}") for number in range(PAYERS)]
    wait_until(lambda: health(bank) == "healthy", 60)
    admin = administrator(bank, disk)
    for person in people:
        wait_until(lambda client=person.client, mine=person.mine: reports_know(client, mine), 60)
        wait_until(lambda client=person.client: client.notifications.list().data, 60)
    disk.fill()
    at_once(people, Person.pay_until_refused)
    for person in people:
        assert len(person.unanswered) == 5, person.statuses
        assert {status for status in person.statuses if status is not None} <= REFUSED
    check_reads(bank, people[0])
    check_writes_are_refused(people[0].client, admin)

    disk.free_again()
    wait_until(lambda: health(bank) == "healthy", 60)
    at_once(people, Person.ask_again)
    for person in people:
        assert person.unanswered == []
        person.pay(f"{person.name}-after")
        assert str(person.client.auth.update_profile(full_name="Ada Lovelace").data["full_name"]) == "Ada Lovelace"
    proof = admin.reports.proof(timeout_seconds=60).data
    assert (proof["holds"], proof["findings"]) == (True, [])
    bank.end()
    disk.copy_to(tmp_path / "copy")
    counts = check_ledger(
        tmp_path / "copy" / "transaction_service.db", [one for person in people for one in person.acknowledged]
    )
    assert counts["entries"] == 2 * PAYERS + sum(len(person.acknowledged) for person in people)


def health(bank: BankProcesses) -> str:
    return str(bank.ask("GET", "/health")[1]["status"])


def reports_know(client: Client, accounts: list[str]) -> bool:
    """Whether the read side has taken these accounts in: on a full disk it takes in nothing more."""
    return all(status_of(lambda one=account: client.reports.account(one)) is None for account in accounts)


def check_reads(bank: BankProcesses, person: Person) -> None:
    """What a customer looks at, while nothing can be written."""
    client = person.client
    assert client.auth.profile().data["username"] == person.name
    assert {account["id"] for account in client.accounts.list().data} == set(person.mine)
    assert client.transactions.list().data
    assert client.notifications.list().data
    assert client.products.list().data
    wait_until(lambda: health(bank) == "degraded", 60)


def check_writes_are_refused(client: Client, admin: Client) -> None:
    """By every service that keeps something. Each may find some room in pages that it has already got.

    Reports are of another span each time: one that says the same as a stored one is not stored again.
    """
    (account, *_) = client.accounts.list().data
    names, days = itertools.count(), (str(date(2020, 1, 1) + timedelta(number)) for number in itertools.count())
    writes = {
        "auth": lambda: client.auth.update_profile(full_name=f"Ada {'x' * (next(names) % 90)}"),
        "account": lambda: client.accounts.rename(account["id"], f"Savings {next(names)}"),
        "ledger": lambda: client.transactions.deposit(account["id"], "1.00", description="x" * 100),
        "reporting": lambda: client.reports.account(account["id"], from_=next(days)),
        "notification": client.notifications.read_all,
        "simulator": lambda: admin.simulator.make_world(seed=1, customers=1, days=1),
    }
    for service, write in writes.items():
        answers = (status_of(write) for _ in range(TRIES))
        refused = next((status for status in answers if status is not None), None)
        assert refused in REFUSED, f"{service} went on writing" if refused is None else service


def administrator(bank: BankProcesses, disk: SmallDisk) -> Client:
    log_in = json.loads((disk.seen / "credentials.json").read_text())["admin"]
    client = Client(bank.url(GATEWAY))
    client.log_in(log_in["username"], log_in["password"])
    return client
