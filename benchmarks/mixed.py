"""Transfers while others read: what reading takes from them, and how far what is derived from the journal is behind."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.figures import AT_MOST, Figure, of_runs
from benchmarks.load import Load, checked, request_bytes, run
from benchmarks.money import address_of, transfers
from shared.storage.sqlite import sqlite_driver

_READERS = 4
_LOOK_EVERY_SECONDS = 0.05
_BEHIND_SECONDS = 2.0
_CATCH_UP_SECONDS = 60.0
_FOLLOWING = ("reporting_service", "notification_service")
_HEAD = "SELECT coalesce(max(position), 0) FROM entries"
_REACHED = "SELECT position FROM feed_positions WHERE feed = 'journal'"


@dataclass
class Following:
    """How the journal grew and how far a service had read it, by the monotonic clock; `caught_up_at`: all of it."""

    head: list[tuple[float, int]] = field(default_factory=list)
    reached: list[tuple[float, int]] = field(default_factory=list)
    caught_up_at: float | None = None

    def behind_seconds(self) -> float:
        """For how long, at the worst, an entry had been there that was not taken in."""
        worst, unseen = 0.0, 0
        for at, position in self.reached:
            while unseen < len(self.head) and self.head[unseen][1] <= position:
                unseen += 1
            if unseen < len(self.head):
                worst = max(worst, at - self.head[unseen][0])
        return worst


@dataclass(frozen=True)
class Mix:
    """One round: the transfers, what was read beside them, and each follower's worst and last delay in seconds."""

    transfers: Load
    reads: Load
    behind: dict[str, float]
    caught_up: dict[str, float]


def measured(bank: Bank, customers: list[Customer], count: int, rounds: int) -> list[Figure]:
    """Rounds of transfers alone and of transfers among readers, in turn."""
    alone, mixes = [], []
    for number in range(rounds):
        alone.append(transfers(bank, customers, count, f"alone{number}").per_second)
        _settle(bank)
        mixes.append(_mix(bank, customers, count, f"mixed{number}"))
    reads = [mix.reads for mix in mixes]
    return [
        of_runs("transfers among readers", "/s", [mix.transfers.per_second for mix in mixes], alone, "without readers"),
        _figure("  p99", "ms", [mix.transfers.percentile_ms(0.99) for mix in mixes]),
        _figure("reads beside them", "/s", [load.per_second for load in reads]),
        _figure("  p95", "ms", [load.percentile_ms(0.95) for load in reads]),
        *(
            figure
            for service in _FOLLOWING
            for figure in (
                _figure(f"{service}: behind, at worst", "s", [mix.behind[service] for mix in mixes], _BEHIND_SECONDS),
                _figure("  caught up after", "s", [mix.caught_up[service] for mix in mixes], _BEHIND_SECONDS),
            )
        ),
    ]


def _figure(name: str, unit: str, runs: list[float], most: float | None = None) -> Figure:
    return Figure(name, median(runs), unit, most, AT_MOST if most else "", tuple(runs))


def _mix(bank: Bank, customers: list[Customer], count: int, label: str) -> Mix:
    stopped = threading.Event()
    readers = [_until(stopped, _reads(bank, customers[number])) for number in range(_READERS)]
    with ThreadPoolExecutor() as pool:
        following = {service: pool.submit(_follow, bank, service, stopped) for service in _FOLLOWING}
        reading = pool.submit(run, address_of(bank), readers)
        try:
            written = transfers(bank, customers, count, label)
        finally:
            ended = time.monotonic()
            stopped.set()
        followed = {service: follow.result() for service, follow in following.items()}
        reads = checked(reading.result(), 200, "reading")
    behind = {service: found.behind_seconds() for service, found in followed.items()}
    return Mix(written, reads, behind, {service: _after(ended, found, service) for service, found in followed.items()})


def _reads(bank: Bank, customer: Customer) -> list[bytes]:
    """What a person looks at, and the bank's own staff."""
    own = (
        f"/api/transactions/account/{customer.account_id}?limit=50",
        "/api/accounts/list",
        "/api/notifications/list",
        "/api/reports/transactions?limit=50",
    )
    return [
        *(request_bytes("GET", path, customer.token) for path in own),
        request_bytes("GET", "/api/reports/system", bank.admin_token),
    ]


def _until(stopped: threading.Event, requests: list[bytes]) -> Iterator[bytes]:
    for request in cycle(requests):
        if stopped.is_set():
            return
        yield request


def _follow(bank: Bank, service: str, stopped: threading.Event) -> Following:
    """Look into both databases until what was written by the end is taken in, or that takes too long."""
    found = Following()
    ledger, reader = (
        sqlite_driver.connect(bank.folder / f"{name}.db", isolation_level=None, timeout=10)
        for name in ("transaction_service", service)
    )
    with closing(ledger), closing(reader):
        give_up_at = float("inf")
        while (now := time.monotonic()) < give_up_at:
            is_last = stopped.is_set()
            head = int(ledger.execute(_HEAD).fetchone()[0])
            found.head.append((now, head))
            reached = int(reader.execute(_REACHED).fetchone()[0])
            found.reached.append((time.monotonic(), reached))
            if is_last:
                give_up_at = min(give_up_at, now + _CATCH_UP_SECONDS)
                if reached >= head:
                    found.caught_up_at = now
                    break
            time.sleep(_LOOK_EVERY_SECONDS)
    return found


def _after(ended: float, found: Following, service: str) -> float:
    if found.caught_up_at is None:
        raise RuntimeError(f"the {service} did not catch up in {_CATCH_UP_SECONDS:.0f} s")
    return max(found.caught_up_at - ended, 0.0)


def _settle(bank: Bank) -> None:
    """Wait until nothing of what came before has still to be taken in."""
    done = threading.Event()
    done.set()
    for service in _FOLLOWING:
        _after(time.monotonic(), _follow(bank, service, done), service)
