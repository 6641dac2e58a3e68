"""The pages of the bank's own people: overview, accounts, transactions, the proof."""

from urllib.parse import parse_qs, urlsplit

import pytest

from reporting_service.context import ReportingContext
from reporting_service.proof.payloads import Proof
from shared import services
from tests.bank_processes import wait_until
from tests.pages import SCRIPT_CORPUS, Page
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, catch_up, employee

STAFF_PAGES = ("/admin", "/admin/users", "/admin/accounts", "/admin/transactions")
ADMIN_PAGES = ("/admin/simulator", "/admin/proof", "/admin/users/new")


@pytest.fixture(scope="module")
def eve(web: WebBank) -> Customer:
    """An employee."""
    return employee(web)


@pytest.fixture(scope="module")
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def links(page: Page) -> set[str]:
    """Where the page leads."""
    return {given["href"] for tag, given in page.tags if tag == "a" and "href" in given}


@pytest.mark.parametrize("path", [*STAFF_PAGES, *ADMIN_PAGES])
def test_a_customer_is_told_that_this_is_for_people_who_work_here(web: WebBank, path: str) -> None:
    page = web.customer().open(path, 403)
    assert "your log-in" in page.text


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_what_only_administrators_may_is_neither_open_nor_linked_to_employees(eve: Customer, path: str) -> None:
    eve.open(path, 403)
    for seen in STAFF_PAGES:
        assert path not in links(eve.open(seen))


def test_an_employee_sees_the_ways_on_and_no_figures(eve: Customer) -> None:
    page = eve.open("/admin")
    assert set(STAFF_PAGES) <= links(page)
    assert "Bank time" in page.text
    assert "Liquidity" not in page.text


def test_an_administrator_sees_the_whole_bank_in_figures(web: WebBank, max_: Customer) -> None:
    web.customer("Rich Person").opened(initial_deposit="9876.54")
    catch_up(web)
    report = max_.bank.client(services.REPORTING).get("/api/reports/system", headers=max_.bank.headers("admin"))
    (row,) = [row for row in report.json["data"]["balances"] if row["currency"] == "EUR"]
    page = max_.open("/admin")
    whole, _, cents = row["customers"].partition(".")
    assert f"{int(whole):,}.{cents}" in page.text
    assert "zero, as it must be" in page.text
    assert f"position {report.json['data']['as_of_position']:,}" in page.text
    for heading in ("Balances", "Accounts by type", "Growth", "Liquidity", "Volumes by type", "Services"):
        assert heading in page.text


def test_the_overview_stays_open_while_the_reports_are_away(max_: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_SERVICE_URL", "http://127.0.0.1:9")
    page = max_.open("/admin")
    assert "The reporting service is unavailable" in page.text
    assert set(ADMIN_PAGES[:2]) <= links(page)


def test_an_account_is_found_by_holder_type_and_status(web: WebBank, eve: Customer) -> None:
    person = web.customer("Findable Fiona")
    checking, savings = person.opened(), person.opened(account_type="savings")
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{savings['id']}/freeze", {"reason": "a test"})
    for query, expected in {
        "q=findable": {checking["id"], savings["id"]},
        "q=findable&type=savings": {savings["id"]},
        "q=findable&status=open": {checking["id"]},
        f"user_id={person.user_id}&status=frozen": {savings["id"]},
        f"q={checking['account_number']}": {checking["id"]},
        "q=nobody+is+called+this": set(),
    }.items():
        found = links(eve.open(f"/admin/accounts?{query}"))
        assert {link.removeprefix("/accounts/") for link in found if link.startswith("/accounts/")} == expected, query


def test_the_next_page_keeps_the_filters_and_begins_where_the_first_ended(web: WebBank, eve: Customer) -> None:
    person = web.customer("Many Accounts")
    opened = {person.opened()["id"] for _ in range(26)}
    first = eve.open(f"/admin/accounts?user_id={person.user_id}&q=&type=")
    address = next(given["href"] for _, given in first.tags if given.get("rel") == "next")
    assert set(parse_qs(urlsplit(address).query)) == {"user_id", "cursor"}
    second = eve.open(address)
    seen = [link for page in (first, second) for link in links(page) if link.startswith("/accounts/")]
    assert sorted(seen) == sorted(f"/accounts/{account_id}" for account_id in opened)


def test_staff_freeze_and_unfreeze_an_account_for_a_reason(web: WebBank, eve: Customer) -> None:
    person = web.customer()
    account = person.opened()
    path = f"/admin/accounts/{account['id']}"
    eve.open(f"{path}/freeze")
    eve.send(f"{path}/freeze", 422, reason="")
    assert "Give a reason" in eve.page.text
    eve.follow(eve.send(f"{path}/freeze", 303, reason="Lost card"))
    assert f"{path}/unfreeze" in links(eve.page), " ".join(eve.page.by_id["content"].split())
    eve.open(f"{path}/unfreeze")
    eve.follow(eve.send(f"{path}/unfreeze", 303, reason="Found it"))
    found = person.ask(services.ACCOUNT, "GET", f"/api/accounts/details/{account['id']}")
    assert found["status"] == "open"


def test_an_account_that_cannot_be_frozen_says_why_and_keeps_what_was_typed(web: WebBank, eve: Customer) -> None:
    person = web.customer()
    account = person.opened()
    eve.open(f"/admin/accounts/{account['id']}/freeze")
    person.ask(services.ACCOUNT, "DELETE", f"/api/accounts/close/{account['id']}")
    eve.send(f"/admin/accounts/{account['id']}/freeze", 422, reason="Too late")
    assert "closed" in eve.page.text
    assert eve.page.form(f"/admin/accounts/{account['id']}/freeze").fields["reason"] == "Too late"


def test_staff_find_any_transaction(web: WebBank, eve: Customer) -> None:
    person = web.customer()
    account = person.opened(initial_deposit="50.00")
    (deposit,) = person.movements()
    for query in (
        f"q={deposit['reference']}",
        f"account_id={account['id']}&type=deposit",
        "min_amount=50&type=deposit",
    ):
        assert f"/transactions/{deposit['id']}" in links(eve.open(f"/admin/transactions?{query}")), query
    assert f"/transactions/{deposit['id']}" not in links(
        eve.open(f"/admin/transactions?account_id={account['id']}&type=fee")
    )


@pytest.mark.parametrize("page", ["users", "accounts", "transactions"])
def test_a_filter_that_is_wrong_is_said_on_the_page(eve: Customer, page: str) -> None:
    assert eve.open(f"/admin/{page}?cursor=forged", 422).forms
    eve.open(f"/admin/{page}?q={'x' * 200}", 422)


def test_text_from_customers_is_only_text(web: WebBank, eve: Customer, max_: Customer) -> None:
    for text in SCRIPT_CORPUS:
        person = web.customer(text[:100])
        account = person.opened(nickname=text[:60], initial_deposit="1.00")
        payload = {"account_id": account["id"], "amount": "1.00", "description": text}
        person.ask(services.TRANSACTION, "POST", "/api/transactions/deposit", payload)
    for path in ("/admin/users", "/admin/accounts", "/admin/transactions", f"/admin/users/{person.user_id}"):
        eve.open(path).check_harmless()
    max_.open(f"/admin/users?q={SCRIPT_CORPUS[0]}").check_harmless()


def proved(person: Customer) -> Page:
    """The page of the proof, after they started one and it ended."""
    person.open("/admin/proof")
    person.send("/admin/proof", 303)
    wait_until(lambda: "under way" not in person.open("/admin/proof").text, 60)
    return person.page


def test_the_proof_runs_when_it_is_asked_for_and_shows_each_check(web: WebBank, max_: Customer) -> None:
    assert "It holds" not in max_.open("/admin/proof").text
    catch_up(web)
    page = proved(max_)
    proof = max_.bank.client(services.REPORTING).get("/api/reports/proof", headers=max_.bank.headers("admin"))
    stated = Proof.model_validate(proof.json["data"])
    assert stated.holds
    assert "It holds" in page.text
    assert page.text.count("Holds") == len(stated.checks)
    for check in stated.checks:
        assert check.check.capitalize() in page.text


def test_no_address_starts_a_proof_and_no_foreign_form_does(max_: Customer) -> None:
    reporting = max_.bank.client(services.REPORTING)
    latest = ("/api/reports/proof/latest", max_.bank.headers("admin"))
    before = reporting.get(latest[0], headers=latest[1]).json.get("data")
    max_.open("/admin/proof?run=now")
    assert max_.client.post("/admin/proof").status_code == 400, "without the token of our own form"
    assert reporting.get(latest[0], headers=latest[1]).json.get("data") == before


def test_a_proof_under_way_is_said_on_the_page(max_: Customer) -> None:
    context: ReportingContext = max_.bank.apps[services.REPORTING.package].extensions["context"]
    with context.proving:
        max_.open("/admin/proof")
        page = max_.follow(max_.send("/admin/proof", 303))
    assert "already" in page.text


def test_a_proof_that_does_not_hold_names_each_diverging_record(
    max_: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = {"check": "hash chain", "service": "transaction-service", "record": "17", "detail": "the chain breaks"}
    diverging = {
        "holds": False, "as_of_position": 20, "ledger_position": 21, "seconds": "0.100", "findings_count": 1,
        "compared": {"entries": 20}, "findings": [finding], "not_seen": ["simulator-service"],
        "checks": [
            {"check": "hash chain", "holds": False, "findings": 1},
            {"check": "residents are the bank's customers", "holds": None, "findings": 0},
        ],
    }  # fmt: skip
    monkeypatch.setattr("reporting_service.proof.routes.prove", lambda _context: diverging)
    page = proved(max_)
    assert "It does not hold" in page.text
    assert "1 diverges" in page.text
    assert "Not seen" in page.text
    assert "simulator-service" in page.text
    assert all(text in page.text for text in ("transaction-service", "17", "the chain breaks"))
