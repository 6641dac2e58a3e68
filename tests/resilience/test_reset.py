"""A bank that is reset amid everything: registrations, openings and transfers by many, and a simulator that is killed.

Each time the reset has answered, the bank is as of after it: empty, provable, and nobody's token of before is good.
"""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbank import (
    BankError,
    Client,
    NotLoggedInError,
    OutcomeUnknownError,
    RefusedError,
    ServiceCredentials,
    UnavailableError,
)
from shared.services import GATEWAY, SIMULATOR
from shared.storage import row_seals
from shared.storage.database import Database
from simulator_service import repository
from simulator_service.repository import ResetState
from simulator_service.reset import EMPTYING, FENCING, OPENING
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import check_ledger
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

PASSWORD = "a quiet place by the sea"
CROWD = 6
PAUSE_SECONDS = 0.05
"""Of each between two steps: a crowd that left no processor idle would only make each reset take longer."""


class Crowd:
    """People who register, open two accounts, pay themselves, and begin again as somebody else when they are gone."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._live) for _ in range(CROWD)]
        self.errors: Counter[str] = Counter()
        self.surprises: list[str] = []
        self.paid = 0

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _live(self) -> None:
        while not self._stopped.is_set():
            client = Client(self._url)
            try:
                self._one_life(client)
            except NotLoggedInError:  # the bank was reset: begin again
                time.sleep(PAUSE_SECONDS)
            except BankError as error:
                self.errors[f"{error.status} {error.code}"] += 1
                if not _is_expected(error):
                    self.surprises.append(f"{error.status} {error.code} {error.message} {error.details}")
                time.sleep(PAUSE_SECONDS)

    def _one_life(self, client: Client) -> None:
        name = f"p{uuid.uuid4().hex[:16]}"
        client.auth.register(name, f"{name}@example.org", PASSWORD)
        client.log_in(name, PASSWORD)
        time.sleep(PAUSE_SECONDS)
        mine = [client.accounts.create("checking", initial_deposit="50.00").data["id"] for _ in range(2)]
        for _ in range(6):
            client.transactions.transfer(mine[0], "1.00", to_account_id=mine[1])
            self.paid += 1
            time.sleep(PAUSE_SECONDS)


def _is_expected(error: BankError) -> bool:
    """What a client may be told around a reset: that the bank is away, or that what it names is gone."""
    if isinstance(error, OutcomeUnknownError):
        return error.status != 500
    return isinstance(error, UnavailableError) or (isinstance(error, RefusedError) and error.status in (404, 429))


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as running:
        yield running


@pytest.fixture
def admin(bank: BankProcesses) -> Client:
    log_in = json.loads((bank.data / "credentials.json").read_text())["admin"]
    client = Client(bank.url(GATEWAY))
    client.log_in(log_in["username"], log_in["password"])
    return client


def check_empty(bank: BankProcesses, admin: Client) -> None:
    """At once after a reset nobody sees anything of before it."""
    assert admin.auth.list_users(role="customer").data == []
    assert admin.accounts.list_all().data == []
    assert admin.transactions.list_all().data == []
    assert admin.reports.total().data["totals"] == []
    system = admin.reports.system().data
    assert (system["users"]["total"], system["accounts"], system["as_of_position"]) == (2, [], 0)
    assert admin.simulator.status().data["worlds"] == []
    assert json.loads((bank.data / "credentials.json").read_text())["customers"] == []
    assert check_ledger(bank.data / "transaction_service.db")["entries"] == 0


def check_proof(bank: BankProcesses, admin: Client) -> None:
    proof = admin.reports.proof(timeout_seconds=60).data
    assert (proof["holds"], proof["findings"]) == (True, [])
    check_ledger(bank.data / "transaction_service.db")


def check_resets_amid_everything(bank: BankProcesses, admin: Client, resets: int) -> None:
    with Crowd(bank.url(GATEWAY)) as crowd:
        for _ in range(resets):
            before = crowd.paid
            wait_until(lambda paid=before: crowd.paid > paid + CROWD, 60)  # type: ignore[misc]
            emptied = admin.simulator.reset("Sandbank").data["reset"]
            assert "reporting-service" in emptied
            check_proof(bank, admin)
    assert crowd.surprises == []
    check_proof(bank, admin)


def test_a_reset_amid_openings_registrations_and_transfers_leaves_no_ghosts(bank: BankProcesses, admin: Client) -> None:
    check_resets_amid_everything(bank, admin, resets=often(2, 3))


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_resets_in_a_row_leave_no_ghosts(bank: BankProcesses, admin: Client) -> None:
    check_resets_amid_everything(bank, admin, resets=20)


def test_when_a_reset_has_answered_everything_is_as_of_after_it(bank: BankProcesses, admin: Client) -> None:
    for _ in range(often(2, 3)):
        job = admin.simulator.make_world(seed=4, customers=3, days=3).data
        wait_until(lambda: admin.simulator.job(job["id"]).data["status"] == "succeeded", 60)  # noqa: B023
        log_in = admin.simulator.job(job["id"]).data["log_ins"][0]
        token = bank.log_in(**log_in)
        customer = Client(bank.url(GATEWAY), credentials=ServiceCredentials(lambda: token))  # noqa: B023
        account = next(customer.accounts.iterate())["id"]
        wait_until(lambda: bool(customer.reports.account(account).data["history"]), 60)  # noqa: B023
        _remember(bank, log_in)
        assert admin.reports.system().data["as_of_position"] > 0
        admin.simulator.reset("Sandbank")
        refused = [_refusal_of(ask) for ask in (customer.auth.profile, customer.accounts.list, customer.reports.list)]
        assert refused == [401, 401, 401]
        check_empty(bank, admin)
    check_proof(bank, admin)


@pytest.mark.parametrize("stage", [FENCING, EMPTYING, OPENING])
def test_a_reset_that_was_cut_off_is_finished_when_the_simulator_starts_again(
    bank: BankProcesses, admin: Client, stage: str
) -> None:
    name = f"p{uuid.uuid4().hex[:16]}"
    customer = Client(bank.url(GATEWAY))
    customer.auth.register(name, f"{name}@example.org", PASSWORD)
    customer.log_in(name, PASSWORD)
    customer.accounts.create("checking", initial_deposit="10.00")
    bank.kill(SIMULATOR)
    cut_off(bank, stage)
    assert _refusal_of(customer.accounts.list) == 503
    bank.start(SIMULATOR)
    wait_until(lambda: _refusal_of(admin.auth.list_users) is None, 60)
    wait_until(lambda: _refusal_of(admin.reports.total) is None, 60)
    has_happened = stage == EMPTYING
    assert (_refusal_of(customer.auth.profile) == 401) is has_happened
    assert (admin.accounts.list_all().data == []) is has_happened
    check_proof(bank, admin)


def test_a_second_reset_beside_the_first_is_told_to_wait_and_both_leave_a_bank_that_holds(
    bank: BankProcesses, admin: Client
) -> None:
    outcomes: Counter[int | None] = Counter()

    def reset() -> None:
        outcomes[_refusal_of(lambda: admin.simulator.reset("Sandbank"))] += 1

    threads = [threading.Thread(target=reset) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes[None] >= 1
    assert set(outcomes) <= {None, 503}
    check_proof(bank, admin)


def cut_off(bank: BankProcesses, stage: str) -> None:
    """Leave the bank as a simulator does that dies in this stage: the fences shut, and its place written down."""
    database = Database.at(f"sqlite:///{bank.data / 'simulator_service.db'}")
    row_seals.use_key(database, (bank.data / "secrets" / "simulator_seal_key").read_text())
    with database.write_session() as session:
        repository.store_reset_state(session, ResetState(stage))
    database.close()
    for package in ("account", "auth", "transaction", "reporting", "notification"):
        (bank.data / f"{package}_service.fence").write_text("closed")


def _remember(bank: BankProcesses, log_in: Any) -> None:
    """What the orchestrator does with a demo world's people."""
    path = Path(bank.data / "credentials.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "customers": [log_in]}))


def _refusal_of(ask: Callable[[], object]) -> int | None:
    """The status of a refusal; None when there was none."""
    try:
        ask()
    except BankError as error:
        return error.status
    return None
