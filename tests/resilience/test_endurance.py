"""Half an hour of even use (catalogue 30): what the bank holds once it is warm is what it holds at the end.

`make soak` runs it; SOAK_MINUTES=6 makes it shorter, with a warm-up half as long as all of it.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from shared.services import GATEWAY, TRANSACTION
from tests.e2e.conftest import run
from tests.e2e.running_bank import RunningBank
from tests.oracle import check_ledger
from tests.resilience.footprint import Footprint, Held
from tests.resilience.paced_people import Browser, Pace, Person
from tests.slow_clients import KINDS, slow_clients

MINUTES = int(os.environ.get("SOAK_MINUTES") or 30)
WARM_MINUTES = min(8.0, MINUTES / 2)
WINDOW_SECONDS = MINUTES * 4.0
"""Over so long a time the median is taken, at the end of the warm-up and at the end."""
PEOPLE = 6
EVERY_SECONDS = 0.25
SLOW_OF_EACH_KIND = 4
SLOW_SECONDS, SLOW_EVERY_SECONDS = 10.0, 30.0
LONG_PAGE_FILE = "/bootstrap/static/css/bootstrap.min.css"
GROWTH = 1.10
ALLOWANCE_MIB = 5.0
"""What a service may gain that holds little."""
FEW_DESCRIPTORS = 8


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[RunningBank]:
    yield from run(tmp_path, started=True)


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 600)
def test_half_an_hour_of_use_takes_no_more_memory_and_descriptors_than_its_beginning(bank: RunningBank) -> None:
    people = [Person(bank.url, f"person{number}") for number in range(PEOPLE)]
    browser = Browser(bank.url, people[0].username)
    payees = [*people[1:], people[0]]
    for one, payee in zip(people, payees, strict=True):
        one.pay_often(payee)
    everybody = [browser.acts(), *(one.acts(payee) for one, payee in zip(people, payees, strict=True))]
    running = bank.run_file()
    with closing(Footprint(bank.data / "run.json")) as footprint, slow_clients_now_and_then(bank):
        with closing(Pace(everybody, EVERY_SECONDS)) as pace:
            for minute in range(1, MINUTES + 1):
                time.sleep(60)
                pace.check()
                print(f"{minute:3} min  {_line(footprint.between(60 * (minute - 1), 60 * minute))}", flush=True)
        pace.check()
        warm, end = (footprint.between(60 * until - WINDOW_SECONDS, 60 * until) for until in (WARM_MINUTES, MINUTES))
    assert bank.run_file() == running, "a service was started again"
    check_ledger(bank.data / "transaction_service.db", [reply for one in people for reply in one.acknowledged])
    assert all(one.refusals for one in people)
    assert browser.seen["/dashboard"]
    print(f"warm     {_line(warm)}\nthe end  {_line(end)}")
    assert _grown(warm, end) == {}


@contextmanager
def slow_clients_now_and_then(bank: RunningBank) -> Iterator[None]:
    """Some of every kind at the gateway and at the ledger, who come and go while the block runs."""
    is_over = threading.Event()

    def come_and_go() -> None:
        while not is_over.wait(SLOW_EVERY_SECONDS):
            with ExitStack() as stack:
                for service, long_reply in ((GATEWAY, LONG_PAGE_FILE), (TRANSACTION, "/openapi.json")):
                    address = ("127.0.0.1", bank.ports[service.name])
                    stack.enter_context(slow_clients(address, list(KINDS), SLOW_OF_EACH_KIND, long_reply=long_reply))
                is_over.wait(SLOW_SECONDS)

    thread = threading.Thread(target=come_and_go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _grown(warm: Held, end: Held) -> dict[str, str]:
    """Of the bank as a whole and of each service, what has grown beyond what may be."""
    found = {}
    total, total_then = sum(end.memory_mib.values()), sum(warm.memory_mib.values())
    if total > GROWTH * total_then:
        found["memory of the whole bank"] = f"{total_then:.1f} -> {total:.1f} MiB"
    for name, then in warm.memory_mib.items():
        if end.memory_mib[name] > GROWTH * then + ALLOWANCE_MIB:
            found[f"memory of the {name}"] = f"{then:.1f} -> {end.memory_mib[name]:.1f} MiB"
    for name, then in warm.descriptors.items():
        if end.descriptors[name] > then + FEW_DESCRIPTORS:
            found[f"descriptors of the {name}"] = f"{then:.0f} -> {end.descriptors[name]:.0f}"
    return found


def _line(held: Held) -> str:
    of_each = (
        f"{name.removesuffix('-service')} {mib:.1f}/{held.descriptors[name]:.0f}"
        for name, mib in held.memory_mib.items()
    )
    return f"{sum(held.memory_mib.values()):.1f} MiB: {', '.join(of_each)}"
