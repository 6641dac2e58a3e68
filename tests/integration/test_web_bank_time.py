"""Pages speak the bank's time; where they cannot, they say that a time is real."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from account_service.models import Account
from auth_service.models import User
from gateway.web.activity import views as activity
from gateway.web.formatting import day
from shared import services
from shared.time.clock import now_us as real_now_us
from shared.time.clock import to_wire
from tests.browser.page_list import places
from tests.cards import NETWORK, SHOP
from tests.web_bank import Customer, WebBank, open_web_bank
from tests.web_people import administrator, catch_up

AHEAD = timedelta(days=61)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebBank]:
    with open_web_bank(tmp_path_factory.mktemp("bank")) as opened:
        payload = {"advance_by": {"days": AHEAD.days}}
        headers = opened.bank.headers(user_id="simulator-service", role="service", scope="bank:simulate")
        moved = opened.bank.client(services.TRANSACTION).post("/api/transactions/clock", json=payload, headers=headers)
        assert moved.status_code == 200, moved.text
        yield opened


@pytest.fixture(scope="module")
def ada(web: WebBank) -> Customer:
    """She has paid, been told of it, and has a report."""
    made = web.customer()
    account = made.opened(nickname="Everyday", initial_deposit="100.00")
    made.ask(
        services.TRANSACTION, "POST", "/api/transactions/withdraw", {"account_id": account["id"], "amount": "5.00"}
    )
    catch_up(web)
    made.ask(services.REPORTING, "GET", f"/api/reports/account/{account['id']}")
    return made


def today() -> str:
    """The real day, as pages write it."""
    return day(to_wire(real_now_us()))


def bank_today() -> str:
    return day((datetime.now(UTC) + AHEAD).isoformat())


TELL_THE_DAY = {
    *("/dashboard", "/profile", "/inbox", "/reports", "/reports/<report_id>", "/accounts/<account_id>"),
    *("/transactions", "/transactions/<transaction_id>"),
}
"""Pages on which something of today is to be seen."""
OF_DEVICES = {"/settings"}
"""When somebody logged in where is of this world."""


def pages_of(ada: Customer) -> dict[str, str]:
    """Every page that she can open with what is hers: its address by its rule."""
    (account,) = ada.ask(services.ACCOUNT, "GET", "/api/accounts/list")
    report = ada.ask(services.REPORTING, "GET", "/api/reports/list")[0]
    ids = {"account_id": account["id"], "report_id": report["id"], "transaction_id": ada.movements()[0]["id"]}
    mine = [place for place in places() if place.is_for("customer") and set(place.rule.arguments) <= set(ids)]
    return {str(place.rule.rule): place.path(ids) for place in mine}


def test_a_customer_sees_no_other_day_than_the_banks(ada: Customer) -> None:
    pages = pages_of(ada)
    assert pages.keys() >= TELL_THE_DAY
    for rule, path in pages.items():
        if rule in OF_DEVICES:
            continue
        reply = ada.client.get(path)
        assert reply.status_code in (200, 302, 303, 404), path
        assert bank_today() in reply.text or rule not in TELL_THE_DAY, path
        assert today() not in reply.text, path
        assert "real time" not in reply.text, path


def test_devices_are_real_and_their_times_say_so(ada: Customer) -> None:
    page = ada.open("/settings")
    assert today() in page.text
    assert "real time" in page.text


def test_staff_see_both_times_and_which_is_which(web: WebBank, ada: Customer) -> None:
    max_ = administrator(web)
    (account,) = ada.ask(services.ACCOUNT, "GET", "/api/accounts/list")
    for path, label in ((f"/accounts/{account['id']}", "Opened"), (f"/admin/users/{ada.user_id}", "Since")):
        text = " ".join(max_.open(path).text.split())
        assert f"{label}{bank_today()}" in text, path
        assert f"{label} (real time){today()}" in text, path
    assert f"since {bank_today()}" in max_.open(f"/admin/users?q={ada.username}").text


def test_what_only_has_a_real_time_says_that_it_is_real(web: WebBank) -> None:
    old = web.customer("Old Customer")
    account = old.opened()
    for service, model in ((services.AUTH, User), (services.ACCOUNT, Account)):
        with web.bank.databases[service.package].write() as connection:
            connection.execute(
                update(model).where(model.id.in_((old.user_id, account["id"]))).values(created_at_bank=None)
            )
    for path in ("/profile", f"/accounts/{account['id']}"):
        assert f"{today()} (real time)" in " ".join(old.open(path).text.split()), path


def test_a_card_payment_can_be_disputed_on_its_page_while_the_bank_takes_disputes(
    web: WebBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = web.customer("Bob")
    account = bob.opened(initial_deposit="100.00")
    card = bob.ask(services.ACCOUNT, "POST", "/api/cards/create", {"account_id": account["id"]})
    asked = {"card_id": card["id"], "amount": "12.50", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
    headers = web.bank.headers("admin", scope="bank:simulate cards:acquire")
    client = web.bank.client(services.TRANSACTION)
    paid = client.post(f"{NETWORK}/authorizations", json={**asked, "capture": True}, headers=headers)
    page = f"/transactions/{paid.json['data']['id']}"
    offered = [given.get("href") for _, given in bob.open(page).tags]
    monkeypatch.setattr(activity, "DISPUTE_DAYS", -1)
    offered_later = [given.get("href") for _, given in bob.open(page).tags]
    assert (f"{page}/dispute" in offered, f"{page}/dispute" in offered_later) == (True, False)
