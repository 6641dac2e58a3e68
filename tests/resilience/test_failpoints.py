"""The process dies at each step of what it commits, and the client asks again with the same key (catalogue 1)."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shared.identifiers import new_id
from tests import databases
from tests.oracle import Acknowledged, check_ledger
from tests.resilience.asked_of_cards_and_orders import ASKED, SELDOM, Asked, Scene
from tests.resilience.failing_ledger import POINTS, arm
from tests.resilience.ledger_process import LedgerProcess
from tests.thoroughness import IS_THOROUGH, in_soak, lengths
from transaction_service.models import accounts, db

TRANSFER = "/api/transactions/transfer"


def wait_for_death(marker: Path) -> None:
    """After the reply the process dies while its answer is already here, so it is given a moment to."""
    until = time.monotonic() + 10
    while marker.exists():
        assert time.monotonic() < until, "the failpoint was never reached"
        time.sleep(0.01)


@contextmanager
def failing_ledger(folder: Path) -> Iterator[LedgerProcess]:
    running = LedgerProcess(folder, ("tests.resilience.failing_ledger",), {"FAILPOINT": str(folder / "armed")})
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerProcess]:
    with failing_ledger(tmp_path_factory.mktemp("ledger")) as running:
        yield running


@pytest.mark.parametrize("failpoint", POINTS)
def test_a_death_at_any_step_moves_the_money_once(failpoint: str, ledger: LedgerProcess) -> None:
    check_death(failpoint, ledger)


@pytest.mark.every_server
def test_a_death_at_any_step_moves_the_money_once_on_a_server_too(tmp_path: Path) -> None:
    with failing_ledger(tmp_path) as ledger:
        for failpoint in POINTS:
            check_death(failpoint, ledger)


def check_death(failpoint: str, ledger: LedgerProcess) -> None:
    before = check_ledger(ledger.database)["entries"]
    (source, headers), (target, _) = ledger.open_accounts(2, 10_000)
    payload = {"from_account_id": source, "to_account_id": target, "amount": "25.00"}
    marker = arm(ledger.folder, failpoint, TRANSFER)
    sent = {**headers, "Idempotency-Key": f"once-{failpoint}"}
    status, body = ledger.until_answered("POST", TRANSFER, payload, sent)
    wait_for_death(marker)
    assert status == 201
    again = ledger.until_answered("POST", TRANSFER, payload, sent)
    assert again == (status, body)
    refused = {**payload, "amount": "75.01"}
    marker = arm(ledger.folder, failpoint, TRANSFER)
    sent = {**headers, "Idempotency-Key": "refused"}
    status, refusal = ledger.until_answered("POST", TRANSFER, refused, sent)
    assert (status, refusal["error_code"]) == (400, "INSUFFICIENT_FUNDS")
    wait_for_death(marker)
    ledger.wait_until_ready()
    assert ledger.proof() == []
    counts = check_ledger(ledger.database, [Acknowledged(f"once-{failpoint}", body["data"]["id"])])
    assert counts["entries"] == before + 3


@pytest.mark.parametrize("points", lengths(1, 3, len(POINTS)))
@pytest.mark.parametrize("what", [what for what in ASKED if IS_THOROUGH or what not in SELDOM])
def test_a_death_at_any_step_does_what_was_asked_once(what: str, points: int, ledger: LedgerProcess) -> None:
    """At some of the points, the next ones for each; `make soak` at all of them."""
    check_deaths(what, ledger, _points_for(what, points))


@pytest.mark.server_in_turn
@pytest.mark.parametrize("points", [1, in_soak(3)])
def test_a_death_at_any_step_does_what_was_asked_once_on_a_server_too(tmp_path: Path, points: int) -> None:
    with failing_ledger(tmp_path) as ledger:
        for what in ASKED:
            check_deaths(what, ledger, _points_for(what, points))


def _points_for(what: str, number: int) -> Sequence[str]:
    """So many points, from where those of what stands before it on the list end."""
    first = number * list(ASKED).index(what)
    return [POINTS[(first + further) % len(POINTS)] for further in range(number)]


def check_deaths(what: str, ledger: LedgerProcess, points: Sequence[str]) -> None:
    """What came of it without a death, row by row, comes of it with one; and the reply stays what it was."""
    came_of_it = _came_of(ledger, ASKED[what](Scene(ledger)), "")
    for point in points:
        asked = ASKED[what](Scene(ledger))
        if asked.passes(point):
            assert _came_of(ledger, asked, point) == came_of_it, point
    assert ledger.proof() == []
    check_ledger(ledger.database)


def _came_of(ledger: LedgerProcess, asked: Asked, point: str) -> dict[str, int]:
    """How many rows more each table has than before, and what more is on accounts, or held."""
    before, sent = _figures(ledger), asked.sent(new_id())
    marker = arm(ledger.folder, point, asked.path) if point else ledger.folder / "none"
    replies = [ledger.until_answered(asked.method, asked.path, asked.payload, sent)]
    wait_for_death(marker)
    ledger.wait_until_ready()
    replies.append(ledger.until_answered(asked.method, asked.path, asked.payload, sent))
    assert replies[0][0] in (200, 201), replies[0]
    assert replies[0] == replies[1] or not asked.has_key
    after = _figures(ledger)
    return {name: after[name] - before[name] for name in after}


def _figures(ledger: LedgerProcess) -> dict[str, int]:
    with databases.snapshot_of(ledger.database) as connection:
        tables = [table for table in db.metadata.tables.values() if table.name != "initiators"]
        counts = {table.name: select(func.count()).select_from(table) for table in tables}
        counts |= {name: select(func.sum(accounts.c[name])) for name in ("balance_minor", "held_minor")}
        return {name: int(connection.execute(query).scalar() or 0) for name, query in counts.items()}
