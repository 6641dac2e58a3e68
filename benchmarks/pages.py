"""Pages of the web bank as a browser gets them: how long one takes, and how large it is on the wire."""

import http.client
import re
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from benchmarks.bank import PASSWORD, Bank
from benchmarks.customers import Customer
from benchmarks.figures import AT_MOST, Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import address_of

_WARM_UP = 5
_REPEATS = 60
_PAGE_MS = 100.0
_PAGE_KB = 60.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Reply:
    """What a page answered; the body as it was sent, compressed or not."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Browser:
    """As much of one as logging in takes: cookies, compression."""

    def __init__(self, bank: Bank) -> None:
        self._address = address_of(bank)
        self._cookies: dict[str, str] = {}

    @property
    def cookies(self) -> str:
        """As each request carries them."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def ask(self, method: str, path: str, *, form: dict[str, str] | None = None, plain: bool = False) -> Reply:
        """One request; `plain`: uncompressed."""
        headers = {"Accept": "text/html", "Cookie": self.cookies}
        if not plain:
            headers["Accept-Encoding"] = "gzip"
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(*self._address, timeout=30)) as connection:
            connection.request(method, path, body=urlencode(form) if form else None, headers=headers)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
        for cookie in reply.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return reply

    def log_in(self, username: str) -> None:
        """By the form, as a person does."""
        form = self.ask("GET", "/login", plain=True)
        token = _TOKEN.search(form.body.decode())
        if form.status != 200 or token is None:
            raise RuntimeError(f"GET /login answered {form.status}, without a form that has a CSRF token")
        filled = {"csrf_token": token[1], "username": username, "password": PASSWORD}
        reply = self.ask("POST", "/login", form=filled)
        if reply.status != 303:
            raise RuntimeError(f"POST /login answered {reply.status}; it should lead to the first page")


def measured(bank: Bank, customer: Customer, rounds: int) -> list[Figure]:
    """Each page's p50, p95 and compressed size, for one customer with a long history."""
    browser = Browser(bank)
    browser.log_in(customer.username)
    pages = {"dashboard": "/dashboard", "transactions": "/transactions", "account": f"/accounts/{customer.account_id}"}
    return [figure for name, path in pages.items() for figure in _page(bank, browser, name, path, rounds)]


def _page(bank: Bank, browser: Browser, name: str, path: str, rounds: int) -> list[Figure]:
    reply = browser.ask("GET", path)
    if reply.status != 200:
        raise RuntimeError(f"GET {path} answered {reply.status} {reply.headers.get('Location', '')}, not the page")
    if reply.headers.get("Content-Encoding") != "gzip":
        raise RuntimeError(f"GET {path} was not compressed")
    request = request_bytes("GET", path, Accept="text/html", Accept_Encoding="gzip", Cookie=browser.cookies)
    checked(run(address_of(bank), [[request] * _WARM_UP]), 200, f"GET {path}")
    loads = [checked(run(address_of(bank), [[request] * _REPEATS]), 200, f"GET {path}") for _ in range(rounds)]
    p50, p95 = [load.median_ms for load in loads], [load.percentile_ms(0.95) for load in loads]
    return [
        Figure(f"{name} page, p50", median(p50), "ms", _PAGE_MS, AT_MOST, tuple(p50)),
        Figure("  p95", median(p95), "ms", _PAGE_MS, AT_MOST, tuple(p95)),
        Figure("  compressed", len(reply.body) / 1000, "kB", _PAGE_KB, AT_MOST),
    ]
