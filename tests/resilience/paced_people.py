"""People who use a bank at an even pace for as long as they are let: programs of the API, and one at a browser."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

import pytest
import requests

from reporting_service.reports.account_report import HISTORY_ROWS
from sandbank.client import Client
from sandbank.errors import RefusedError
from tests.oracle import Acknowledged
from tests.pages import Page

PASSWORD = "a long and quiet afternoon"
PAGES = ("/dashboard", "/accounts", "/transactions", "/reports", "/reports/transactions", "/inbox", "/profile")
MORE_THAN_ANYBODY_HAS = "900000.00"
_ROUNDS_A_SESSION = 20


class Person:
    """A customer with one account, who acts through the API."""

    def __init__(self, url: str, username: str) -> None:
        self.username = username
        self._bank = Client(url)
        self._bank.auth.register(username, f"{username}@example.org", PASSWORD, full_name="Paul Steady")
        self._bank.log_in(username, PASSWORD)
        opened = self._bank.accounts.create("checking", initial_deposit="1000.00").data
        self.account_id = opened["id"]
        self.account_number = opened["account_number"]
        self.acknowledged: list[Acknowledged] = []
        self.refusals = 0

    def pay_often(self, payee: "Person") -> None:
        """So often that a report of either is as long as reports get."""
        order = {"type": "transfer", "from_account_id": self.account_id, "to_account_id": payee.account_id}
        items = [{**order, "amount": "0.01", "idempotency_key": str(uuid4())} for _ in range(HISTORY_ROWS // 2)]
        done = self._bank.transactions.batch(items).data
        for item, result in zip(items, done, strict=True):
            paid = result["transaction"]
            assert paid is not None, result
            self.acknowledged.append(Acknowledged(item["idempotency_key"], paid["id"]))

    def acts(self, payee: "Person") -> Iterator[Callable[[], object]]:
        """What they do, one after the other and without end, and log in anew now and then."""
        bank, own = self._bank, self.account_id
        for number in itertools.count(1):
            yield lambda: self._pay(payee)
            yield lambda: bank.transactions.of_account(own, limit=50)
            yield (lambda: bank.reports.account(own)) if number % 2 else (lambda: bank.reports.transactions(limit=50))
            yield bank.notifications.list
            yield lambda: self._pay_too_much(payee)
            yield bank.accounts.list
            if number % _ROUNDS_A_SESSION == 0:
                yield bank.log_out
                yield lambda: bank.log_in(self.username, PASSWORD)

    def _pay(self, payee: "Person") -> None:
        key = str(uuid4())
        done = self._bank.transactions.transfer(
            self.account_id, "0.10", to_account_id=payee.account_id, idempotency_key=key
        )
        self.acknowledged.append(Acknowledged(key, done.data["id"]))

    def _pay_too_much(self, payee: "Person") -> None:
        with pytest.raises(RefusedError) as refused:
            self._bank.transactions.transfer(self.account_id, MORE_THAN_ANYBODY_HAS, to_account_id=payee.account_id)
        assert refused.value.code == "INSUFFICIENT_FUNDS"
        self.refusals += 1


class Browser:
    """A customer at the web bank: cookies, forms with their CSRF tokens, and no scripts."""

    def __init__(self, url: str, username: str) -> None:
        self._url, self._username = url, username
        self._session = requests.Session()
        self.seen: Counter[str] = Counter()

    def acts(self) -> Iterator[Callable[[], object]]:
        """Log in, look at every page, log out, without end."""
        while True:
            yield self._log_in
            for path in PAGES * 3:
                yield lambda path=path: self._open(path)
            yield self._log_out

    def _log_in(self) -> None:
        self._send("/login", self._open("/login"), username=self._username, password=PASSWORD)

    def _log_out(self) -> None:
        self._send("/logout", self._open("/dashboard"))

    def _open(self, path: str) -> Page:
        reply = self._session.get(self._url + path, timeout=30, allow_redirects=False)
        assert reply.status_code == 200, (path, reply.status_code, reply.headers.get("Location"))
        self.seen[path] += 1
        return Page(reply.text)

    def _send(self, action: str, page: Page, **filled: str) -> None:
        fields = {**page.form(action).fields, **filled}
        reply = self._session.post(self._url + action, fields, timeout=30, allow_redirects=False)
        assert reply.status_code == 303, (action, reply.status_code)


class Pace:
    """Everybody acts, each once in so many seconds, until it is closed."""

    def __init__(self, everybody: Sequence[Iterator[Callable[[], object]]], every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._is_over = threading.Event()
        self._errors: list[BaseException] = []
        self._threads = [threading.Thread(target=self._live, args=(acts,), daemon=True) for acts in everybody]
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Nothing went wrong so far."""
        assert self._errors == []

    def close(self) -> None:
        """Everybody finishes what they are at."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _live(self, acts: Iterator[Callable[[], object]]) -> None:
        try:
            for act in acts:
                if self._is_over.wait(self._every_seconds):
                    return
                act()
        except BaseException as error:  # noqa: BLE001 (a thread's failure must reach the test)
            self._errors.append(error)
