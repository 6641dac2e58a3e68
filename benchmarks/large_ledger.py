"""A ledger of any size, made and measured by the ledger's own code: `python -m benchmarks.large_ledger`.

A process of its own, as nothing else that measures the bank has any of its services' code. Two ledgers stand beside
each other: a small one, and one that grows by batches, or on which money is held. Then commits of sixteen random
transfers are timed in turn.
"""

import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from shared.identifiers import new_id
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time.clock import now_us
from transaction_service.holds.hold import HoldAction, HoldRequest
from transaction_service.ledger import journal
from transaction_service.ledger.account_lifecycle import Opening, open_accounts
from transaction_service.ledger.daily_outgoings import count_in_zone
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movements import post
from transaction_service.ledger.orders import Order
from transaction_service.models import db

SMALL_ACCOUNTS = 1_000
GROUP, BATCH, OPENINGS = 16, 1_000, 500
_COMMITS_A_ROUND, _WARM_UP_COMMITS = 250, 50
_SAY_SECONDS = 5.0
_MICROSECONDS = 1_000_000
_DEPOSIT_MINOR = 10**6
_CLERK = Actor(new_id(), is_staff=True, name="bench", role="employee", channel="api")


@dataclass
class Ledger:
    """A ledger's database, its accounts by owner, and how many orders it has been given."""

    database: Database
    accounts: list[tuple[str, str]]
    orders: int = 0

    def post(self, count: int) -> None:
        """Carry out so many random transfers in one commit. Raises RuntimeError when one is refused."""
        orders = [self._order() for _ in range(count)]
        with self.database.write() as connection:
            outcomes = post(connection, orders, now_us=now_us())
        if refused := [outcome.body for outcome in outcomes if not outcome.succeeded]:
            raise RuntimeError(refused[0])

    def entries(self) -> int:
        """How long the journal is."""
        with self.database.read() as connection:
            return journal.state(connection).head_position

    def _order(self) -> Order:
        (owner_id, source_id), (_, target_id) = random.sample(self.accounts, 2)
        self.orders += 1
        return Order(
            Actor(owner_id, name="bench", role="customer", session_id=owner_id, channel="api"),
            "transfer",
            "0.01",
            new_id(),
            from_account_id=source_id,
            to_account_id=target_id,
            description="measured",
            category="benchmark",
            idempotency_key=f"growth-{self.orders}",
        )


def new_ledger(file: Path, accounts: int, say: Callable[[str], None] = print) -> Ledger:
    """A ledger in this file with so many funded accounts."""
    database = Database.at(f"sqlite:///{file}", db)
    migrate(database, "transaction_service")
    count_in_zone(database)
    found: list[tuple[str, str]] = []
    said_at = time.monotonic()
    while len(found) < accounts:
        openings = [_opening(len(found) + number) for number in range(min(OPENINGS, accounts - len(found)))]
        with database.write() as connection:
            open_accounts(connection, openings, now_us=now_us(), request_id=new_id())
        found += [(opening.owner_id, opening.account_id) for opening in openings]
        if time.monotonic() - said_at > _SAY_SECONDS:
            said_at = time.monotonic()
            say(f"{len(found):,} of {accounts:,} accounts")
    return Ledger(database, found)


def grow(ledger: Ledger, postings: int, say: Callable[[str], None] = print) -> None:
    """Post batches until the journal has so many postings, two an entry."""
    wanted, entries, said_at = postings // 2, ledger.entries(), time.monotonic()
    while entries < wanted:
        count = min(BATCH, wanted - entries)
        ledger.post(count)
        entries += count
        if time.monotonic() - said_at > _SAY_SECONDS:
            said_at = time.monotonic()
            say(f"{2 * entries:,} of {postings:,} postings")


def hold(ledger: Ledger, count: int, say: Callable[[str], None] = print) -> None:
    """Hold a cent so many times, on all accounts in turn. Raises RuntimeError when that is refused."""
    said_at = time.monotonic()
    for placed in range(0, count, BATCH):
        orders = [_hold(ledger, number) for number in range(placed, min(placed + BATCH, count))]
        with ledger.database.write() as connection:
            outcomes = post(connection, orders, now_us=now_us())
        if refused := [outcome.body for outcome in outcomes if not outcome.succeeded]:
            raise RuntimeError(refused[0])
        if time.monotonic() - said_at > _SAY_SECONDS:
            said_at = time.monotonic()
            say(f"{placed:,} of {count:,} holds")


def timed(ledger: Ledger, commits: int) -> tuple[float, float]:
    """Orders a second, and microseconds of processor time an order, of so many commits of sixteen."""
    began, used = time.perf_counter(), time.process_time()
    for _ in range(commits):
        ledger.post(GROUP)
    orders = commits * GROUP
    return orders / (time.perf_counter() - began), (time.process_time() - used) * _MICROSECONDS / orders


def main(
    accounts: Annotated[int, typer.Option(help="accounts of the large ledger")],
    postings: Annotated[int, typer.Option(help="postings of the large ledger")],
    rounds: Annotated[int, typer.Option(help="rounds, in turn")],
    holds: Annotated[int, typer.Option(help="holds that are open on the large ledger")] = 0,
) -> None:
    """Say how it goes, a line at a time; the last line is the measurements of each round as JSON."""

    def say(line: str) -> None:
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="sandbank-growth-") as folder:
        small = new_ledger(Path(folder) / "small.db", SMALL_ACCOUNTS, say)
        large = new_ledger(Path(folder) / "large.db", accounts, say)
        grow(large, postings, say)
        hold(large, holds, say)
        measured: dict[str, list[tuple[float, float]]] = {"small": [], "large": []}
        for ledger in (small, large):
            timed(ledger, _WARM_UP_COMMITS)
        for _ in range(rounds):
            measured["small"].append(timed(small, _COMMITS_A_ROUND))
            measured["large"].append(timed(large, _COMMITS_A_ROUND))
        for ledger in (small, large):
            ledger.database.close()
    say(json.dumps(measured))


def _hold(ledger: Ledger, number: int) -> Order:
    _, account_id = ledger.accounts[number % len(ledger.accounts)]
    return Order(
        _CLERK,
        "card_purchase",
        "0.01",
        new_id(),
        account_id=account_id,
        description="measured",
        idempotency_key=f"hold-{number}",
        hold=HoldRequest(HoldAction.PLACE),
    )


def _opening(number: int) -> Opening:
    owner_id = new_id()
    return Opening(
        account_id=new_id(),
        owner_id=owner_id,
        account_number=f"XX00{number:016d}",
        holder_name="Bench Mark",
        account_type="checking",
        currency="EUR",
        floor_minor=0,
        movement_limit_minor=_DEPOSIT_MINOR,
        daily_limit_minor=10**12,
        synthetic=False,
        initial_deposit_minor=_DEPOSIT_MINOR,
        opened_by=owner_id,
    )


if __name__ == "__main__":
    typer.run(main)
