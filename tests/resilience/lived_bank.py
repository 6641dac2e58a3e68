"""A bank that people use while backups of it are made: they pay, register, open accounts, and are told of it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from operations.backup.creating import Backup, create
from sandbank import BankError, Client
from shared.services import GATEWAY
from tests.bank_processes import BankProcesses, wait_until
from tests.oracle import Acknowledged

PASSWORD = "a quiet brass kettle"
PAYERS = 4
PASSPHRASE = "seventeen wet socks"


@dataclass
class Payer:
    """Pays cents between two accounts of their own, and keeps what was acknowledged."""

    client: Client
    name: str
    accounts: list[str]
    done: list[Acknowledged] = field(default_factory=list)
    refused: list[BankError] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """How long each payment took."""

    def pay(self) -> None:
        key = f"{self.name}-{len(self.done) + len(self.refused)}"
        source, target = self.accounts if len(self.done) % 2 else reversed(self.accounts)
        began = time.monotonic()
        try:
            paid = self.client.transactions.transfer(source, "0.01", to_account_id=target, idempotency_key=key)
        except BankError as error:
            self.refused.append(error)
        else:
            self.done.append(Acknowledged(key, paid.data["id"]))
            self.seconds.append(time.monotonic() - began)


def new_payer(url: str, name: str) -> Payer:
    client = Client(url)
    client.auth.register(name, f"{name}@example.org", PASSWORD)
    client.log_in(name, PASSWORD)
    accounts = [client.accounts.create("checking", initial_deposit="900.00").data["id"] for _ in range(2)]
    return Payer(client, name, accounts)


@contextmanager
def lived_in(bank: BankProcesses) -> Iterator[list[Payer]]:
    """People use the bank while the block runs; whoever of them fails fails the test."""
    url, enough, errors = bank.url(GATEWAY), threading.Event(), list[BaseException]()
    payers = [new_payer(url, f"payer{number}") for number in range(PAYERS)]
    newcomers = count()

    def until_enough(act: Callable[[], object]) -> None:
        try:
            while not enough.is_set():
                act()
        except BaseException as error:  # noqa: BLE001 (a thread's failure must reach the test)
            errors.append(error)

    def come() -> None:
        new_payer(url, f"newcomer{next(newcomers)}").pay()

    threads = [threading.Thread(target=until_enough, args=(act,)) for act in (*(one.pay for one in payers), come)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: all(len(one.done) > 5 for one in payers), 60)
        yield payers
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    assert errors == []


def latencies(payers: list[Payer], since: list[int]) -> tuple[float, float]:
    """The median and the longest time of the payments that each made after so many, in seconds."""
    found = sorted(took for payer, done in zip(payers, since, strict=True) for took in payer.seconds[done:])
    return found[len(found) // 2], found[-1]


def backup_of(data: Path, target: Path, passphrase: str | None = None) -> Backup:
    return create(data, target, passphrase=passphrase, say=lambda _said: None)
