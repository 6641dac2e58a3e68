"""Two gateways before a bank on a server, two processes of each service: one bank, whichever way one comes in."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sandbank import Client
from shared.services import BACKENDS, GATEWAY, SERVICES, SIMULATOR
from tests import databases
from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank
from tests.forked_server import ForkedServer
from tests.free_ports import free_port
from tests.oracle import Acknowledged, check_ledger
from tests.redis_server import redis_server
from tests.resilience.several_instances import PERSON, log_in_at_browser

LOG_INS = 30
PAYERS = 8
REVOKED_SECONDS = 2.0
pytestmark = pytest.mark.every_server


class TwoGateways:
    """The bank with its own gateway, and a second one on another port, which knows nothing of the first."""

    def __init__(self, bank: RunningBank, folder: Path) -> None:
        self.bank = bank
        self._port = free_port()
        self.urls = (bank.url, f"http://127.0.0.1:{self._port}")
        environment = {**bank.environment, "GATEWAY_PORT": str(self._port), "GATEWAY_WORKERS": "2"}
        self.second = ForkedServer("shared.server", [GATEWAY.package], environment, folder / "second.out")
        wait_until(self._answers, 60)
        self.client = Client(bank.url)
        self.client.auth.register(PERSON["username"], PERSON["email"], PERSON["password"])
        self.client.log_in(PERSON["username"], PERSON["password"])
        self.accounts = [self.client.accounts.create("checking", initial_deposit="900.00").data["id"] for _ in range(2)]

    def token(self) -> str:
        log_in = {"username": PERSON["username"], "password": PERSON["password"]}
        answer = requests.post(f"{self.urls[0]}/api/auth/login", json=log_in, timeout=30).json()
        return str(answer["data"]["access_token"])

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.urls[1]}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoGateways]:
    bank = RunningBank(tmp_path)
    with redis_server() as (redis_url, _):
        for service in BACKENDS:
            url = databases.url_of(bank.data / f"{service.package}.db")
            bank.environment[f"{service.env_prefix}_DATABASE_URL"] = url
        bank.environment |= {"REDIS_URL": redis_url, "GATEWAY_SIGN_IN_LIMIT": f"{LOG_INS}/hour"}
        second = None
        try:
            bank.start("--no-demo", "--workers", "2")
            bank.wait_until_ready()
            gateways = TwoGateways(bank, tmp_path)
            second = gateways.second
            yield gateways
        finally:
            if second is not None:
                second.kill()
            bank.end()


def test_two_gateways_and_two_processes_of_each_service_are_one_bank(two: TwoGateways) -> None:
    assert "2 processes each: " + ", ".join(one.name for one in SERVICES if one != SIMULATOR) in two.bank.output
    for service in SERVICES:
        first = two.bank.pid_of(service)
        workers = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        assert len(workers) == (1 if service == SIMULATOR else 2), service.name

    a_browser_logged_in_at_one_is_logged_in_at_the_other_and_out_at_both(two)
    paid = the_same_key_at_both_pays_once(two)
    paid += payments_go_on_at_one_when_the_other_is_killed(two)
    check_ledger(two.bank.data / "transaction_service.db", paid)
    log_ins_are_counted_together(two)
    assert two.bank.stop() == 0


def a_browser_logged_in_at_one_is_logged_in_at_the_other_and_out_at_both(two: TwoGateways) -> None:
    cookies = log_in_at_browser(two.urls[0])
    for url in two.urls * 2:
        page = requests.get(f"{url}/accounts", cookies=cookies, timeout=30, allow_redirects=False)
        assert page.status_code == 200, "the cookie was signed with a key that both have"
    token = two.token()
    for url in two.urls * 2:
        assert _list(url, token) == 200
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.post(f"{two.urls[0]}/api/auth/logout", headers=headers, timeout=30).status_code == 200
    ended_at = time.monotonic()
    wait_until(lambda: {_list(url, token) for url in two.urls * 4} == {401}, 30)
    assert time.monotonic() - ended_at < REVOKED_SECONDS + 8, "so long where the machine is busy"


def _list(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{url}/api/accounts/list", headers=headers, timeout=30).status_code


def _pay(url: str, two: TwoGateways, token: str, key: str) -> requests.Response:
    order = {"from_account_id": two.accounts[0], "to_account_id": two.accounts[1], "amount": "0.01"}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return requests.post(f"{url}/api/transactions/transfer", json=order, headers=headers, timeout=30)


def the_same_key_at_both_pays_once(two: TwoGateways) -> list[Acknowledged]:
    token = two.token()
    with ThreadPoolExecutor(PAYERS) as threads:
        asked = [
            threads.submit(_pay, two.urls[n % 2], two, token, f"together-{n // PAYERS}") for n in range(5 * PAYERS)
        ]
        replies = [one.result() for one in asked]
    assert {reply.status_code for reply in replies} == {201}
    ids = [{reply.json()["data"]["id"] for reply in replies[n : n + PAYERS]} for n in range(0, len(replies), PAYERS)]
    assert [len(found) for found in ids] == [1] * 5
    return [Acknowledged(f"together-{n}", found.pop()) for n, found in enumerate(ids)]


def payments_go_on_at_one_when_the_other_is_killed(two: TwoGateways) -> list[Acknowledged]:
    """Whoever was at the killed one asks again at the other, with the same key."""
    token, paid, enough = two.token(), list[Acknowledged](), threading.Event()

    def pay(name: str, own: int) -> None:
        number = 0
        while not enough.is_set():
            number += 1
            key = f"{name}-{number}"
            for url in (two.urls[own], two.urls[0]):
                try:
                    reply = _pay(url, two, token, key)
                except requests.RequestException:
                    continue
                assert reply.status_code == 201, reply.text
                paid.append(Acknowledged(key, reply.json()["data"]["id"]))
                break

    with ThreadPoolExecutor(PAYERS) as threads:
        asked = [threads.submit(pay, f"payer-{n}", n % 2) for n in range(PAYERS)]
        wait_until(lambda: len(paid) > 5 * PAYERS, 60)
        two.second.kill()
        at_kill = len(paid)
        wait_until(lambda: len(paid) > at_kill + 5 * PAYERS, 60)
        enough.set()
        for one in asked:
            one.result()
    return paid


def log_ins_are_counted_together(two: TwoGateways) -> None:
    """By both processes of the gateway that is left, and with those before at the other."""
    url = f"{two.urls[0]}/api/auth/login"
    statuses = [requests.post(url, json={"username": "x"}, timeout=30).status_code for _ in range(LOG_INS + 1)]
    assert statuses[-1] == 429
    assert statuses.count(422) < LOG_INS - 3, "each process counted alone"
