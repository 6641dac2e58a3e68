"""A bank that finds itself through Consul, with several instances of the account service, and people who use it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import requests

from shared.services import ACCOUNT, GATEWAY, SERVICES
from tests.bank_processes import BankProcesses, wait_until
from tests.consul_dev import ConsulAgent, consul_agent
from tests.forked_server import ForkedServer
from tests.free_ports import free_ports
from tests.oracle import Acknowledged
from tests.pages import Page

PERSON = {"username": "instancia", "email": "instancia@example.org", "password": "a quiet brass kettle"}
PAGES = ("/accounts", "/dashboard", "/transfer")
STOP_SECONDS = 40.0


class BankOfSeveral:
    """The bank's other services once each, and account services that are started, stopped and killed by number."""

    def __init__(self, data: Path, agent: ConsulAgent, instances: int) -> None:
        self.agent = agent
        self.bank = BankProcesses(data)
        self._ports = free_ports(instances)
        self._running: dict[int, ForkedServer] = {}

    def start(self) -> None:
        for number in range(len(self._ports)):
            self.start_instance(number)
        others = [service for service in SERVICES if service not in (ACCOUNT, GATEWAY)]
        self.bank.start(*others)
        self.bank.start(GATEWAY)
        wait_until(lambda: self.instances_in_consul() == set(self._ports), 60)

    def start_instance(self, number: int) -> None:
        environment = {**self.bank.environment(), "ACCOUNT_PORT": str(self._ports[number])}
        log = self.bank.data / f"account-{number}.out"
        self._running[number] = ForkedServer("shared.server", [ACCOUNT.package], environment, log)

    def kill_instance(self, number: int) -> None:
        """SIGKILL: it says goodbye to nobody."""
        self._running.pop(number).kill()

    def stop_instance(self, number: int) -> None:
        """SIGTERM, and wait until it has ended by itself."""
        process = self._running.pop(number)
        process.terminate()
        process.wait(STOP_SECONDS)

    def end(self) -> None:
        for process in self._running.values():
            process.kill()
        self.bank.end()

    def registration(self, number: int) -> str:
        """Its id in Consul."""
        port = self._ports[number]
        (found,) = (one["ID"] for one in self.agent.ask("agent/services").values() if one["Port"] == port)
        return str(found)

    def instances_in_consul(self) -> set[int]:
        """The ports of the account services whose checks pass."""
        nodes = self.agent.ask(f"health/service/{ACCOUNT.name}?passing=true")
        return {node["Service"]["Port"] for node in nodes}

    def port(self, number: int) -> int:
        return self._ports[number]

    def pages_answered(self, number: int) -> int:
        """How many lists of accounts this instance has answered so far."""
        lines = requests.get(f"http://127.0.0.1:{self._ports[number]}/metrics", timeout=10).text.splitlines()
        counted = (line for line in lines if line.startswith("http_requests_total") and "health" not in line)
        return int(sum(float(line.rpartition(" ")[2]) for line in counted if "metrics" not in line))


@dataclass
class Load:
    """Somebody who looks at pages and pays, in threads of their own, until `enough`."""

    bank: BankProcesses
    token: str
    cookies: dict[str, str]
    accounts: list[str]
    enough: threading.Event = field(default_factory=threading.Event)
    paid: list[Acknowledged] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    page_errors: list[tuple[float, str, int]] = field(default_factory=list)
    """When, which page, and what was answered; 0 for no answer."""

    def pay(self, name: str) -> None:
        """A cent at a time, each asked for once."""
        number = 0
        while not self.enough.is_set():
            number += 1
            key = f"{name}-{number}"
            order = {"from_account_id": self.accounts[0], "to_account_id": self.accounts[1], "amount": "0.01"}
            status, body = self.bank.ask("POST", "/api/transactions/transfer", order, token=self.token, key=key)
            if status == 201:
                self.paid.append(Acknowledged(key, body["data"]["id"]))
            else:
                self.refused.append((key, status))
            time.sleep(0.02)

    def look(self) -> None:
        """One page after another."""
        number = 0
        with requests.Session() as browser:
            browser.cookies.update(self.cookies)
            while not self.enough.is_set():
                path = PAGES[number % len(PAGES)]
                number += 1
                try:
                    status = browser.get(self.bank.url(GATEWAY) + path, timeout=30, allow_redirects=False).status_code
                except requests.RequestException:
                    status = 0
                if status == 200:
                    self.seen.append(time.monotonic())
                else:
                    self.page_errors.append((time.monotonic(), path, status))

    def errors_after(self, moment: float) -> list[tuple[float, str, int]]:
        """What went wrong later than that: after how many seconds, which page, what was answered."""
        return [(round(at - moment, 2), path, status) for at, path, status in self.page_errors if at > moment]

    def goes_on(self, pages: int = 30) -> None:
        """Wait until so many more pages have been seen and as many payments made."""
        seen, paid = len(self.seen) + pages, len(self.paid) + pages
        wait_until(lambda: len(self.seen) >= seen and len(self.paid) >= paid, 120)


@contextmanager
def under_load(bank: BankProcesses, *, payers: int = 2, lookers: int = 2) -> Iterator[Load]:
    """People use the bank while the block runs."""
    assert bank.ask("POST", "/api/auth/register", PERSON)[0] == 201
    token = bank.log_in(PERSON["username"], PERSON["password"])
    order = {"account_type": "checking", "initial_deposit": "900.00"}
    accounts = [bank.ask("POST", "/api/accounts/create", order, token=token)[1]["data"]["id"] for _ in range(2)]
    load = Load(bank, token, log_in_at_browser(bank.url(GATEWAY)), accounts)
    work = [partial(load.pay, f"payer-{n}") for n in range(payers)] + [load.look] * lookers
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.enough.set()
        for thread in threads:
            thread.join(60)


def log_in_at_browser(url: str, person: dict[str, str] = PERSON) -> dict[str, str]:
    """The cookies of a browser in which the person is logged in."""
    with requests.Session() as browser:
        form = Page(browser.get(f"{url}/login", timeout=30).text).form("/login")
        filled = {**form.fields, "username": person["username"], "password": person["password"]}
        assert browser.post(f"{url}/login", data=filled, timeout=30).url == f"{url}/dashboard"
        return browser.cookies.get_dict()


@contextmanager
def bank_of_several(folder: Path, instances: int) -> Iterator[BankOfSeveral]:
    """It runs while the block does. Skips the test where there is no consul."""
    with consul_agent(folder) as agent, pytest.MonkeyPatch.context() as environment:
        environment.setenv("CONSUL_HOST", "127.0.0.1")
        environment.setenv("CONSUL_PORT", str(agent.port))
        data = folder / "data"
        data.mkdir()
        bank = BankOfSeveral(data, agent, instances)
        try:
            bank.start()
            yield bank
        finally:
            bank.end()
