"""Bodies that are refused unread, of any size, break nobody else's request (catalogue 37)."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import urllib3

from shared.services import GATEWAY, TRANSACTION
from tests.bank_processes import BankProcesses, bank_processes
from tests.oracle import check_ledger
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

STRANGERS = 2
SIZES = (1_000, 70_000, 300_000, 4_000_000, 6_000_000)
TRANSFERS = often(75, 150)


def refused(url: str, is_over: threading.Event, statuses: Counter[int]) -> None:
    """Send bodies of all sizes with a token that is none, on one connection as long as it is kept."""
    with urllib3.PoolManager(retries=False) as pool:
        number = 0
        while not is_over.is_set():
            number += 1
            reply = pool.request(
                "POST",
                url,
                body=b"{" + b" " * SIZES[number % len(SIZES)],
                headers={"Authorization": "Bearer junk", "Content-Type": "application/json"},
                timeout=20,
            )
            statuses[reply.status] += 1


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as running:
        yield running


@pytest.mark.parametrize("is_direct", [False, True], ids=["through the gateway", "at the service"])
def test_strangers_refused_bodies_break_nobody_elses_transfers(bank: BankProcesses, is_direct: bool) -> None:
    name = f"payer{int(is_direct)}"
    person = {"username": name, "email": f"{name}@example.com", "password": "a quiet brass kettle"}
    assert bank.ask("POST", "/api/auth/register", person)[0] == 201
    token = bank.log_in(name, person["password"])
    order = {"account_type": "checking", "initial_deposit": "900.00"}
    first, second = (bank.ask("POST", "/api/accounts/create", order, token=token)[1]["data"]["id"] for _ in "12")
    is_over = threading.Event()
    statuses: Counter[int] = Counter()
    url = bank.url(TRANSACTION if is_direct else GATEWAY) + "/api/transactions/transfer"
    strangers = [threading.Thread(target=refused, args=(url, is_over, statuses)) for _ in range(STRANGERS)]
    for stranger in strangers:
        stranger.start()
    try:
        for _ in range(TRANSFERS):
            payload = {"from_account_id": first, "to_account_id": second, "amount": "0.01"}
            status, body = bank.ask("POST", "/api/transactions/transfer", payload, token=token)
            assert status == 201, body
    finally:
        is_over.set()
        for stranger in strangers:
            stranger.join()
    assert set(statuses) <= {401, 413}
    assert sum(statuses.values()) > STRANGERS
    check_ledger(bank.data / "transaction_service.db", [])
