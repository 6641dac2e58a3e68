"""Who may see which report: what is somebody else's looks like what does not exist."""

from collections.abc import Iterator

import pytest

from shared.identifiers import new_id
from tests.reporting_bank import Customer, ReportingBank, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(bank: ReportingBank) -> tuple[Customer, Customer]:
    ada, mallory = bank.customer("100.00"), bank.customer("1.00")
    bank.follow()
    return ada, mallory


def test_somebody_elses_account_is_answered_like_none(bank: ReportingBank, people: tuple[Customer, Customer]) -> None:
    ada, mallory = people
    theirs = bank.get(f"/account/{ada.accounts[0]['id']}", mallory.headers)
    none = bank.get(f"/account/{new_id()}", mallory.headers)
    assert theirs.status_code == none.status_code == 404
    assert {**theirs.json, "request_id": None} == {**none.json, "request_id": None}
    assert bank.get("/account/no-id-at-all", mallory.headers).status_code == 404


@pytest.mark.parametrize("role", ["customer", "employee", "admin"])
def test_somebody_elses_stored_report_is_answered_like_none(
    bank: ReportingBank, people: tuple[Customer, Customer], role: str
) -> None:
    ada, _ = people
    report = bank.report(f"/account/{ada.accounts[0]['id']}", ada.headers)
    stranger = bank.bank.headers(role)
    assert bank.get(f"/details/{report['id']}", stranger).status_code == 404
    assert bank.get(f"/details/{new_id()}", stranger).status_code == 404
    assert bank.report("/list", stranger) == []


@pytest.mark.parametrize("role", ["employee", "admin"])
def test_staff_may_report_on_any_account_and_see_its_number_masked(
    bank: ReportingBank, people: tuple[Customer, Customer], role: str
) -> None:
    ada, _ = people
    staff = bank.bank.headers(role)
    report = bank.report(f"/account/{ada.accounts[0]['id']}", staff)
    assert report["closing_balance"] == "100.00"
    assert "*" in report["account"]["account_number"]
    assert [row["id"] for row in bank.report("/list", staff)] == [report["id"]]


def test_who_has_left_the_staff_reads_reports_of_their_own_accounts_alone(
    bank: ReportingBank, people: tuple[Customer, Customer]
) -> None:
    ada, leaving = people
    as_staff = bank.bank.headers("employee", user_id=leaving.id)
    of_others = bank.report(f"/account/{ada.accounts[0]['id']}", as_staff)
    own = bank.report(f"/account/{leaving.accounts[0]['id']}", as_staff)
    assert {row["id"] for row in bank.report("/list", as_staff)} == {own["id"], of_others["id"]}
    assert [row["id"] for row in bank.report("/list", leaving.headers)] == [own["id"]]
    assert bank.report(f"/details/{own['id']}", leaving.headers)["id"] == own["id"]
    assert bank.get(f"/details/{of_others['id']}", leaving.headers).status_code == 404
    after = bank.get(f"/list?after={of_others['id']}", leaving.headers)
    assert after.status_code == 422
    assert bank.report(f"/details/{of_others['id']}", as_staff)["id"] == of_others["id"]


def test_the_report_of_transactions_is_of_ones_own(bank: ReportingBank, people: tuple[Customer, Customer]) -> None:
    _, mallory = people
    report = bank.report("/transactions", mallory.headers)
    assert {row["account_id"] for row in report["transactions"]} == {mallory.accounts[0]["id"]}
    assert report["currencies"][0]["opening_deposits"] == "1.00"


@pytest.mark.parametrize("path", ["/system", "/balances/total", "/proof"])
@pytest.mark.parametrize("role", ["customer", "employee", "service"])
def test_reports_of_the_whole_bank_are_for_administrators(bank: ReportingBank, path: str, role: str) -> None:
    assert bank.get(path, bank.bank.headers(role)).status_code == 403
    assert bank.get(path, {}).status_code == 401


@pytest.mark.parametrize(
    "query",
    ["?from=yesterday", "?to=2026-13-01", "?type=magic", "?limit=0", "?limit=201", "?user_id=x", "?from=0001-01-01"],
)
def test_what_is_not_a_filter_is_refused(bank: ReportingBank, people: tuple[Customer, Customer], query: str) -> None:
    reply = bank.get(f"/transactions{query}", people[0].headers)
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")


def test_a_forged_cursor_is_refused(bank: ReportingBank, people: tuple[Customer, Customer]) -> None:
    assert bank.get("/list?cursor=AAAA", people[0].headers).status_code == 422


def test_an_account_opened_a_moment_ago_has_a_report_at_once(bank: ReportingBank) -> None:
    newcomer = bank.customer("3.00")
    report = bank.report(f"/account/{newcomer.accounts[0]['id']}", newcomer.headers)
    assert report["account"]["account_number"] == newcomer.accounts[0]["account_number"]
    bank.follow()
    assert bank.report(f"/account/{newcomer.accounts[0]['id']}", newcomer.headers)["closing_balance"] == "3.00"


def test_while_the_account_service_is_away_an_unknown_account_is_still_none(
    bank: ReportingBank, people: tuple[Customer, Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCOUNT_SERVICE_URL", "http://127.0.0.1:9")
    assert bank.get(f"/account/{new_id()}", people[1].headers).status_code == 404
