"""Money on a database server that deadlocks, undoes, hangs, cuts connections and dies amid payments (catalogue 23)."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from shared.storage import database, database_servers
from tests import databases
from tests.bank_processes import wait_until
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.resilience.hostile_database import (
    customers,
    fail_now_and_then,
    kill_a_connection,
    lock,
    lock_across,
    meanwhile,
    serializable_by_default,
)
from tests.resilience.lossy_proxy import LossyProxy
from tests.resilience.trusting_clients import TrustingClients
from transaction_service.ledger import commit_queue

pytestmark = [pytest.mark.every_server, pytest.mark.breaks_database]

AMID_SECONDS, LONGEST_AMID_SECONDS = 3.0, 60.0
FROZEN_SECONDS = 11.0


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """How often the ledger has asked whether a server undid its transaction, by the answer."""
    found: Counter[bool] = Counter()
    real: Callable[[BaseException], bool] = database.was_undone

    def counted(error: BaseException) -> bool:
        answer = real(error)
        found[answer] += 1
        return answer

    monkeypatch.setattr(database, "was_undone", counted)
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[LedgerUnderTest]:
    with open_ledger(tmp_path) as opened:
        yield opened


def test_deadlocks_with_somebody_who_locks_in_another_order_cost_time_and_no_money(
    tmp_path: Path, undone: Counter[bool]
) -> None:
    """On a server that is set to SERIALIZABLE by default, which the bank's own transactions are not."""
    with serializable_by_default(tmp_path / "ledger.db"), open_ledger(tmp_path) as ledger:
        clients = TrustingClients(ledger)
        with meanwhile(ledger.path, lock_across, hands=3), clients.paying():
            time.sleep(AMID_SECONDS)
            wait_until(lambda: undone[True] > 0, LONGEST_AMID_SECONDS)
        clients.check()
    assert clients.answers["answered"] > clients.answers["not done"]
    assert clients.answers["unknown"] == 0


def test_what_the_server_undoes_amid_it_or_as_it_commits_is_carried_out_again(
    ledger: LedgerUnderTest, undone: Counter[bool]
) -> None:
    clients = TrustingClients(ledger)
    fail_now_and_then(ledger.path, 0.2)
    with clients.paying():
        time.sleep(AMID_SECONDS)
        wait_until(lambda: undone[True] >= 3, LONGEST_AMID_SECONDS)
    clients.check()
    assert clients.answers["unknown"] == 0
    assert clients.answers["answered"] > 10 * clients.answers["not done"]


def test_an_account_that_somebody_holds_for_long_is_told_not_to_be_paid_and_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_servers, "LONGEST_LOCK_WAIT_SECONDS", 1)
    monkeypatch.setattr(commit_queue, "_LONGEST_WAIT_FOR_STORAGE_SECONDS", 1.0)

    def hold(connection: Connection, chance: random.Random) -> None:
        lock(connection, chance.choice(customers(connection)))
        time.sleep(1.5)
        connection.commit()
        time.sleep(0.2)

    with open_ledger(tmp_path) as ledger:
        clients = TrustingClients(ledger)
        with meanwhile(ledger.path, hold), clients.paying():
            time.sleep(2 * AMID_SECONDS)
        clients.check()
    assert clients.answers["not done"] > 0
    assert clients.answers["answered"] > 0
    assert clients.answers["unknown"] == 0


def test_connections_that_are_killed_lose_and_double_nothing(ledger: LedgerUnderTest) -> None:
    clients = TrustingClients(ledger)
    with meanwhile(ledger.path, kill_a_connection, hands=2), clients.paying():
        time.sleep(2 * AMID_SECONDS)
    clients.check()
    assert clients.answers["answered"] > 20
    assert clients.answers["not done"] > 0


def test_a_commit_whose_answer_is_lost_is_told_to_be_unknown_and_found_by_its_key(tmp_path: Path) -> None:
    url = make_url(databases.url_of(tmp_path / "ledger.db"))
    with LossyProxy(url.port or 0).serving() as proxy:
        through = url.set(port=proxy.port).render_as_string(hide_password=False)
        with open_ledger(tmp_path, database_url=through) as ledger:
            clients = TrustingClients(ledger)
            proxy.share = 0.3
            with clients.paying():
                time.sleep(AMID_SECONDS)
            proxy.share = 0.0
            clients.check()
    assert proxy.lost > 0
    assert clients.answers["unknown"] > 0


def test_a_server_that_hangs_keeps_nobody_beyond_their_deadline_and_health_says_so(ledger: LedgerUnderTest) -> None:
    clients = TrustingClients(ledger, wait_seconds=1.5)
    with clients.paying():
        time.sleep(1)
        with databases.server().frozen():
            time.sleep(1)
            began = time.monotonic()
            health = ledger.call("GET", "/api/health", headers={})
            assert (health.status_code, health.json["checks"]["database"]) == (503, "unhealthy")
            assert time.monotonic() - began < 5
            time.sleep(FROZEN_SECONDS - (time.monotonic() - began))
        time.sleep(1)
    clients.check()
    assert ledger.call("GET", "/api/health", headers={}).status_code == 200
    assert clients.answers["unknown"] + clients.answers["not done"] > 0
    assert clients.slowest_seconds < 5


def test_a_server_that_crashes_again_and_again_amid_payments_is_told_and_survived(ledger: LedgerUnderTest) -> None:
    clients = TrustingClients(ledger)
    with clients.paying():
        for _ in range(2):
            time.sleep(1)
            databases.server().crash()
            assert ledger.call("GET", "/api/health", headers={}).status_code == 503
            databases.server().start()
        time.sleep(1)
    clients.check()
    assert ledger.call("GET", "/api/health", headers={}).status_code == 200
    assert clients.answers["answered"] > 20
    assert clients.answers["not done"] > 0
