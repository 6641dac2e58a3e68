"""Pages of published rates, as their sources make them, and a server of this machine that has them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

TODAY = datetime.now(UTC).date()
WORTH = {
    "USD": "1.1172", "JPY": "175.68", "CZK": "24.353", "DKK": "7.4735", "GBP": "0.8338", "HUF": "366.33",
    "PLN": "4.4038", "RON": "5.3447", "SEK": "10.978", "CHF": "0.9194", "ISK": "136.0", "NOK": "10.312",
    "TRY": "55.8015", "AUD": "1.5904", "BRL": "6.0692", "CAD": "1.5606", "CNY": "7.4326", "HKD": "8.7652",
    "IDR": "20275.17", "INR": "106.084", "MXN": "21.1",
}  # fmt: skip


def ecb_exchange(day: str = "", **changed: str) -> str:
    """The ECB's document of a day, today's if not another's."""
    worth = {**WORTH, **changed}
    cubes = "".join(f"<Cube currency='{name}' rate='{rate}'/>" for name, rate in worth.items() if rate)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01">'
        "<gesmes:subject>Reference rates</gesmes:subject>"
        "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"
        f"<Cube><Cube time='{day or TODAY.isoformat()}'>{cubes}</Cube></Cube></gesmes:Envelope>"
    )


ECB_KEY_RATES = """<html><body><h1>Key ECB interest rates</h1><div class="ecb-contentTable"><table>
<thead><tr><th colspan="2" rowspan="2">Date (with effect from)</th><th rowspan="2">Deposit facility</th>
<th colspan="2">Main refinancing operations</th><th rowspan="2">Marginal lending facility</th></tr>
<tr><th>Fixed rate tenders<br>Fixed rate</th><th>Variable rate tenders<br>Minimum bid rate</th></tr></thead>
<tbody>
<tr><td><strong>2025</strong></td><td>11 Jun.</td><td>2.00</td><td>2.15</td><td>-</td><td>2.40</td></tr>
<tr><td></td><td>23 Apr.</td><td>2.25</td><td>2.40</td><td>-</td><td>2.65</td></tr>
<tr><td><strong>2019</strong></td><td>18 Sep.</td><td>\N{MINUS SIGN}0.50</td><td>0.00</td><td>-</td><td>0.25</td></tr>
</tbody></table></div></body></html>"""

BANK_OF_ENGLAND = """<html><body><p class="stat-caption">Current official Bank Rate</p><p class="stat-figure">4%</p>
<table id="stats-table"><thead><tr><th>Date Changed</th><th>Rate</th></tr></thead><tbody>
<tr><td>07 Aug 25</td><td>4.00</td></tr><tr><td>08 May 25</td><td>4.25</td></tr>
<tr><td>20 Jan 75</td><td>11.25</td></tr>
</tbody></table></body></html>"""

FDIC = """<html><body><h1>National Rates and Rate Caps</h1><p>Rates updated November 17, 2025</p>
<table class="usa-table"><thead><tr><th>Deposit Products</th><th>National Deposit Rate <sup>1</sup></th>
<th>Rate Cap <sup>2</sup></th></tr></thead><tbody>
<tr><td>Savings</td><td>0.39</td><td>4.66</td></tr><tr><td>Interest Checking</td><td>.07</td><td>4.66</td></tr>
<tr><td>Money Market</td><td>0.58</td><td>4.66</td></tr><tr><td>1 month CD</td><td>0.22</td><td>4.85</td></tr>
<tr><td>12 month CD</td><td>1.63</td><td>4.44</td></tr></tbody></table></body></html>"""

PATHS = {"ecb": "/ecb.xml", "ecb-key-rates": "/key.html", "bank-of-england": "/boe.asp", "fdic": "/fdic"}


@dataclass
class Page:
    """What the server answers at a path."""

    text: str
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    location: str = ""


@dataclass
class Site:
    """A server of such pages; `asked` are the paths that somebody asked for."""

    url: str
    pages: dict[str, Page]
    asked: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each source is, here."""
        return {name: self.url + path for name, path in PATHS.items()}


def good_pages() -> dict[str, Page]:
    """All of them, as they should be."""
    return {
        PATHS["ecb"]: Page(ecb_exchange(), kind="text/xml"),
        PATHS["ecb-key-rates"]: Page(ECB_KEY_RATES),
        PATHS["bank-of-england"]: Page(BANK_OF_ENGLAND),
        PATHS["fdic"]: Page(FDIC),
    }


@contextmanager
def served() -> Iterator[Site]:
    """The site, until the end of the block."""
    site = Site("", good_pages())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            site.asked.append(path)
            page = site.pages.get(path, Page("", 404))
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            if page.location:
                self.send_header("Location", page.location)
            self.end_headers()
            try:
                self.wfile.write(page.text.encode())
            except OSError:
                return  # who asked has seen enough

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
