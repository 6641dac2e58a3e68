"""Published rates: read from their sources when somebody asks, kept, and told to the ledger; history without them."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from account_service.rates import fetching
from account_service.rates.settings import RatesSettings
from account_service.settings import Settings
from shared.identifiers import new_id
from shared.settings import MissingSettingError
from tests import rate_pages
from tests.account_bank import AccountBank, account_bank
from tests.rate_pages import PATHS, TODAY, Page, Site

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def site() -> Iterator[Site]:
    with rate_pages.served() as opened:
        yield opened


@pytest.fixture
def bank(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch, rates=RatesSettings(addresses=site.addresses)) as opened:
        yield opened


def get(bank: AccountBank, path: str, status: int = 200) -> Any:
    reply = bank.app.test_client().get(f"/api/rates{path}")
    assert reply.status_code == status, reply.text
    return reply.json["data"] if status == 200 else reply.json


def refresh(bank: AccountBank) -> dict[str, dict[str, Any]]:
    reply = bank.app.test_client().post("/api/rates/refresh", headers=bank.keys.headers(new_id(), role="admin"))
    assert reply.status_code == 200, reply.text
    return {row["name"]: row for row in reply.json["data"]}


def health(app: Flask) -> Any:
    return app.test_client().get("/api/health").json


def test_without_internet_the_packaged_history_serves(bank: AccountBank, site: Site) -> None:
    newest = get(bank, "/exchange")
    assert (newest["base"], newest["source"], newest["margin"]) == ("EUR", "packaged", "0.0050")
    rates = {row["currency"]: row["rate"] for row in get(bank, "/exchange?on=2020-03-08")["rates"]}
    assert (rates["USD"], get(bank, "/exchange?on=2020-03-08")["day"]) == ("1.1336", "2020-03-06")
    assert "EUR" not in rates
    yen = {row["currency"]: row["rate"] for row in get(bank, "/exchange?on=2020-03-08&base=JPY")["rates"]}
    assert yen["EUR"] == "0.008397715821"
    assert get(bank, "/interest") == []
    assert site.asked == []


def test_what_is_read_is_kept_with_its_source_and_day_and_told_to_the_ledger(bank: AccountBank, site: Site) -> None:
    sources = refresh(bank)
    assert {row["status"] for row in sources.values()} == {"read"}
    assert sorted(site.asked) == sorted(PATHS.values())
    newest = get(bank, "/exchange")
    assert (newest["day"], newest["source"]) == (TODAY.isoformat(), "ecb")
    assert {row["currency"]: row["rate"] for row in newest["rates"]}["USD"] == "1.1172"
    assert [(row["source"], row["name"], row["rate"]) for row in get(bank, "/interest")][:2] == [
        ("bank-of-england", "Bank Rate", "4.00"),
        ("ecb-key-rates", "Deposit facility", "2.00"),
    ]
    assert bank.app.extensions["context"].rates.tell_ledger()
    euros = bank.ledger.open_account(deposit_minor=100_00)
    dollars = bank.ledger.open_account(euros.owner_id, currency="USD")
    made = euros.pay(dollars, "100.00").json["data"]["exchange"]
    assert (made["reference_rate"], made["rates_of"], made["target_amount"]) == ("1.1172", TODAY.isoformat(), "111.16")


def test_read_again_it_is_the_same_once(bank: AccountBank, site: Site) -> None:
    refresh(bank)
    first = get(bank, "/interest")
    site.pages[PATHS["ecb"]] = Page(rate_pages.ecb_exchange(USD="1.12"), kind="text/xml")
    refresh(bank)
    assert {row["currency"]: row["rate"] for row in get(bank, "/exchange")["rates"]}["USD"] == "1.12"
    again = get(bank, "/interest")
    assert [{**row, "fetched_at": ""} for row in again] == [{**row, "fetched_at": ""} for row in first]


def test_a_page_that_changed_is_an_alarm_and_never_a_rate(bank: AccountBank, site: Site) -> None:
    refresh(bank)
    before = (get(bank, "/exchange"), get(bank, "/interest"))
    assert health(bank.app)["status"] == "healthy"
    site.pages[PATHS["ecb"]] = Page(rate_pages.ecb_exchange(USD="111.72"), kind="text/xml")
    site.pages[PATHS["fdic"]] = Page("<h1>Our new home page</h1>")
    sources = refresh(bank)
    assert {name: row["status"] for name, row in sources.items()} == {
        "ecb": "changed",
        "ecb-key-rates": "read",
        "bank-of-england": "read",
        "fdic": "changed",
    }
    assert "USD is at 111.72" in sources["ecb"]["problem"]
    assert sources["fdic"]["read_at"] is not None
    after = (get(bank, "/exchange"), [{**row, "fetched_at": ""} for row in get(bank, "/interest")])
    assert after == (before[0], [{**row, "fetched_at": ""} for row in before[1]])
    said = health(bank.app)
    assert said["status"] == "degraded"
    assert "FDIC" in said["reasons"][0]
    site.pages.update(rate_pages.good_pages())
    refresh(bank)
    assert health(bank.app)["status"] == "healthy"


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page("", 503), "503"),
        (Page("", 404), "404"),
        (Page("", 302, location="http://127.0.0.1:1/"), "302"),
        (Page("{}", kind="application/json"), "application/json"),
        (Page("x" * (2 * 1024 * 1024 + 1)), "larger"),
    ],
)
def test_what_gives_no_page_is_unreachable_and_no_alarm(bank: AccountBank, site: Site, page: Page, why: str) -> None:
    site.pages[PATHS["bank-of-england"]] = page
    sources = refresh(bank)
    assert sources["bank-of-england"]["status"] == "unreachable"
    assert why in sources["bank-of-england"]["problem"]
    assert sources["fdic"]["status"] == "read"
    assert health(bank.app)["status"] == "healthy"


def test_a_redirect_is_followed_nowhere(bank: AccountBank, site: Site) -> None:
    """Catalogue 51: the configured address is asked, and no other."""
    site.pages[PATHS["fdic"]] = Page("", 302, location=f"{site.url}/internal/secrets")
    site.pages["/internal/secrets"] = Page(rate_pages.FDIC)
    assert refresh(bank)["fdic"]["status"] == "unreachable"
    assert "/internal/secrets" not in site.asked


def test_nobody_who_is_silent_is_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(fetching.UnreachableError, match="Timeout"):
        fetching.fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_source_that_is_switched_off_is_not_asked(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {**site.addresses, "fdic": ""}
    with account_bank(tmp_path, monkeypatch, rates=RatesSettings(addresses=addresses)) as bank:
        found = refresh(bank)["fdic"]
        assert (found["status"], found["address"]) == ("off", None)
        assert PATHS["fdic"] not in site.asked


def test_a_sandbox_that_is_emptied_keeps_its_rates(bank: AccountBank) -> None:
    refresh(bank)
    reset = bank.app.test_client().post(
        "/internal/reset", headers=bank.keys.headers("s", role="service", scope="bank:reset")
    )
    assert reset.status_code == 200
    assert get(bank, "/exchange")["source"] == "ecb"


def test_a_rate_is_told_from_day_to_day(bank: AccountBank) -> None:
    refresh(bank)
    days = get(bank, "/exchange/history?currency=USD&days=365")
    assert days[-1] == {"day": TODAY.isoformat(), "rate": "1.1172"}
    assert [row["day"] for row in days] == sorted({row["day"] for row in days})
    assert len(days) > 10


@pytest.mark.parametrize(
    "path",
    ["/exchange?base=XXX", "/exchange?on=yesterday", "/exchange?on=2026-02-30", "/exchange/history?currency=usd"],
)
def test_a_question_that_means_nothing_is_refused(bank: AccountBank, path: str) -> None:
    assert get(bank, path, 422)["error_code"] == "VALIDATION_ERROR"


def test_of_a_day_before_all_and_of_a_currency_without_a_rate_there_is_nothing(bank: AccountBank) -> None:
    assert get(bank, "/exchange?on=1990-01-01", 404)["error_code"] == "NOT_FOUND"
    assert get(bank, "/exchange?base=KWD", 404)["error_code"] == "NOT_FOUND"
    assert get(bank, "/exchange/history?currency=KWD") == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://example.org/x", "http://a@b/", "example.org", "http://"]
)
def test_an_address_that_is_none_of_http_refuses_to_start(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("RATES_ECB_URL", address)
    with pytest.raises(MissingSettingError, match="RATES_ECB_URL"):
        Settings.from_environment()


def test_settings_say_where_rates_are_read_how_often_and_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "RATES_ECB_URL": "http://rates.example/ecb",
        "RATES_ECB_KEY_RATES_URL": "",
        "RATES_BOE_URL": "https://boe.example/",
        "RATES_FDIC_URL": "",
        "RATES_REFRESH_HOURS": "6",
        "BANK_EXCHANGE_MARGIN": "25",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    rates = Settings.from_environment().rates
    assert dict(rates.addresses) == {
        "ecb": "http://rates.example/ecb",
        "ecb-key-rates": "",
        "bank-of-england": "https://boe.example/",
        "fdic": "",
    }
    assert (rates.refresh_hours, rates.margin_basis_points) == (6, 25)
