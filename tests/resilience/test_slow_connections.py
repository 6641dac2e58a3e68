"""Clients that hold their connections keep nobody else waiting, at the gateway and at each service (catalogue 37)."""

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

import pytest
import requests

from shared.services import ACCOUNT, AUTH, GATEWAY, NOTIFICATION, REPORTING, SERVICES, SIMULATOR, TRANSACTION
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.slow_clients import KINDS, slow_clients
from tests.stopwatch import quickest
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

CLIENTS = 500
LONG_PAGE_FILE = "/bootstrap/static/css/bootstrap.min.css"
NEVER = "never reads"
MOST_READERS_OF_A_CONTRACT = often(8, CLIENTS // len(KINDS) + 1)
"""A service's one long reply is made anew each time, and what that costs is not what is measured at a desk."""
REAL_ROUTES = {
    GATEWAY: "/login",
    AUTH: "/api/auth/users",
    ACCOUNT: "/api/accounts/all",
    TRANSACTION: "/api/transactions/all",
    REPORTING: "/api/reports/list",
    SIMULATOR: "/api/simulator/jobs",
    NOTIFICATION: "/api/notifications/list",
}
"""What each answers from its database, to an administrator."""
SETTLING_SECONDS = {NEVER: 5.0}
"""What they ask for is first made like anybody's; it is their not reading that must hold up nobody."""
ANSWER_SECONDS, ROUNDS = 1.0, 3
CLOSED_SECONDS = 15.0
"""After the last of them has come and has been waited for: the longest wait of the server's is 12 s (ADR 0009)."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as running:
        yield running


@pytest.fixture(scope="module")
def token(bank: BankProcesses) -> str:
    """The administrator's."""
    return bank.admin_token()


def asked(url: str, token: str) -> None:
    headers = {"Connection": "close", "Authorization": f"Bearer {token}"}
    reply = requests.get(url, headers=headers, timeout=20)
    assert reply.status_code == 200, reply.text


def slowest_of_three(url: str, token: str) -> float:
    """Seconds; of some rounds the best, as other tests run beside it."""
    slowest = math.inf
    for _ in range(ROUNDS):
        slowest = min(slowest, max(quickest(partial(asked, url, token), ANSWER_SECONDS, rounds=1) for _ in range(3)))
        if slowest < ANSWER_SECONDS:
            break
    return slowest


@pytest.mark.parametrize("kind", KINDS)
def test_five_hundred_of_a_kind_keep_no_page_waiting(bank: BankProcesses, token: str, kind: str) -> None:
    url = urlsplit(bank.url(GATEWAY))
    address = (str(url.hostname), int(url.port or 0))
    with slow_clients(address, [kind], CLIENTS, long_reply=LONG_PAGE_FILE):
        time.sleep(SETTLING_SECONDS.get(kind, 0))
        for path in ("/login", "/api/accounts/list", "/health"):
            assert slowest_of_three(bank.url(GATEWAY) + path, token) < ANSWER_SECONDS, path


def test_all_kinds_at_every_port_at_once_keep_nobody_waiting_and_are_closed(bank: BankProcesses, token: str) -> None:
    with ExitStack() as stack:
        attacks = []
        for service in SERVICES:
            url = urlsplit(bank.url(service))
            address = (str(url.hostname), int(url.port or 0))
            each = CLIENTS // len(KINDS) + 1
            readers = each if service == GATEWAY else MOST_READERS_OF_A_CONTRACT
            long_reply = LONG_PAGE_FILE if service == GATEWAY else "/openapi.json"
            for kinds, number in ((sorted(set(KINDS) - {NEVER}), each), ([NEVER], readers)):
                attacks.append(stack.enter_context(slow_clients(address, kinds, number, long_reply=long_reply)))
        time.sleep(SETTLING_SECONDS[NEVER])
        for service in SERVICES:
            assert slowest_of_three(bank.url(service) + REAL_ROUTES[service], token) < ANSWER_SECONDS, service.name
        wait_until(lambda: not any(attack.open() for attack in attacks), CLOSED_SECONDS)
