"""Products: what the bank offers is data, in versions that apply from a day; accounts have their product's terms."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from account_service.products import announcing
from account_service.recovery import recover
from shared.refusals import Refused
from tests.account_bank import AccountBank, account_app, account_bank
from tests.plans import first_after, go_to, today

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def _terms(**changed: Any) -> dict[str, Any]:
    return {"name": "Savings account", "interest": {"credit_rate": "2.00"}, **changed}


def _change(bank: AccountBank, code: str, version: int, **terms: Any) -> Any:
    return bank.products("PUT", f"/{code}", {**_terms(**terms), "version": version})


def test_everybody_reads_what_a_new_bank_offers(bank: AccountBank) -> None:
    listed = bank.products(role="").json["data"]
    assert [one["code"] for one in listed] == [
        *("checking", "credit", "investment", "savings"),
        *("checking-plus", "savings-plus"),
    ]
    savings = bank.products("GET", "/savings", role="").json["data"]
    assert savings == {
        "code": "savings",
        "version": 1,
        "valid_from": None,
        "name": "Savings account",
        "account_type": "savings",
        "currency": "EUR",
        "interest": {"credit_rate": "2.00", "tiers": [], "day_count": "act/365", "paid": "monthly"},
        "overdraft": {"limit": "0.00", "rate": "0.00"},
        "fees": {"monthly": "0.00", "overdraft": "0.00", "late_card_payment": "0.00", "foreign_exchange": "0.00"},
        "minimum_balance": "0.00",
        "notice_days": 0,
    }
    assert listed[3] == savings
    plus = listed[5]
    assert (plus["interest"]["tiers"], plus["minimum_balance"]) == ([{"above": "10000.00", "rate": "2.75"}], "1000.00")
    for path in ("/nothing", "/nothing/versions"):
        assert bank.products("GET", path, role="").status_code == 404


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_a_bank_in_any_currency_offers_them_in_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, currency: str
) -> None:
    with account_bank(tmp_path, monkeypatch, currency=currency) as bank:
        plus = bank.products("GET", "/checking-plus").json["data"]
        limit = {"JPY": "500", "KWD": "500.000"}[currency]
        assert (plus["currency"], plus["overdraft"]["limit"]) == (currency, limit)


@pytest.mark.parametrize("account_type", ["checking", "savings", "investment"])
def test_an_account_has_the_terms_of_its_types_product_unless_another_is_named(
    bank: AccountBank, account_type: str
) -> None:
    jane = bank.person()
    account = bank.opened(jane, account_type=account_type)
    offered = bank.products("GET", f"/{account_type}").json["data"]
    assert (account["product"], account["interest_rate"]) == (account_type, offered["interest"]["credit_rate"])
    assert (account["overdraft_limit"], account["accrued_interest"]) == ("0.00", "0.00")


def test_an_account_of_a_product_with_an_overdraft_may_use_it_from_its_first_moment(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane, product="checking-plus", initial_deposit="10.00")
    assert (account["product"], account["account_type"]) == ("checking-plus", "checking")
    assert (account["overdraft_limit"], account["overdraft_rate"]) == ("500.00", "9.90")
    assert account["available_balance"] == "510.00"
    bank.withdraw(jane, account["id"], "510.00")
    assert bank.call("GET", f"/details/{account['id']}", jane).json["data"]["balance"] == "-500.00"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"product": "nothing"}, "unknown_product"),
        ({"account_type": "savings", "product": "checking-plus"}, "other_account_type"),
    ],
)
def test_a_product_that_is_not_there_or_of_another_type_is_refused(
    bank: AccountBank, facts: dict[str, str], code: str
) -> None:
    jane = bank.person(synthetic=True)
    asked = {"account_type": "checking", **facts}
    refused = bank.call("POST", "/create", jane, asked)
    assert (refused.status_code, refused.json["details"]["problems"]["product"]["code"]) == (422, code)
    item = {**asked, "user_id": jane, "idempotency_key": "one"}
    (result,) = bank.simulation("POST", "/batch", {"accounts": [item]}).json["data"]
    assert (result["status"], result["error"]["error_code"]) == ("refused", "VALIDATION_ERROR")


def test_a_change_applies_from_its_day_and_reaches_every_account(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane, account_type="savings", initial_deposit="1000.00")
    begins = today(bank.ledger) + timedelta(days=10)
    changed = _change(
        bank, "savings", 1, valid_from=str(begins), interest={"credit_rate": "4.25"}, overdraft={"limit": "5"}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json["data"]["version"], changed.json["data"]["valid_from"]) == (2, str(begins))

    def rates() -> tuple[str, str, str]:
        shown = bank.call("GET", f"/details/{account['id']}", jane).json["data"]
        offered = bank.products("GET", "/savings").json["data"]
        return shown["interest_rate"], offered["interest"]["credit_rate"], shown["overdraft_limit"]

    assert rates() == ("2.00", "2.00", "0.00")
    go_to(bank.ledger, begins)
    assert rates() == ("4.25", "4.25", "5.00")
    versions = bank.products("GET", "/savings/versions").json["data"]
    assert [one["version"] for one in versions] == [2, 1]
    go_to(bank.ledger, first_after(begins))
    shown = bank.call("GET", f"/details/{account['id']}", jane).json["data"]
    assert shown["balance"] > "1000.00"


def test_two_administrators_never_change_one_product_over_each_other(bank: AccountBank) -> None:
    assert _change(bank, "savings", 1, interest={"credit_rate": "3.00"}).status_code == 200
    second = _change(bank, "savings", 1, interest={"credit_rate": "4.00"})
    assert (second.status_code, second.json["error_code"], second.json["details"]) == (
        409,
        "PRODUCT_CHANGED",
        {"version": 2},
    )
    assert bank.products("GET", "/savings").json["data"]["interest"]["credit_rate"] == "3.00"


def test_a_new_product_can_be_opened_at_once(bank: AccountBank) -> None:
    product = {
        **_terms(name="Youth account", fees={"monthly": "0", "overdraft": 0}),
        "code": "youth",
        "account_type": "checking",
        "currency": "SEK",
    }
    made = bank.products("POST", "", product)
    assert (made.status_code, made.json["data"]["currency"], made.json["data"]["valid_from"]) == (201, "SEK", None)
    again = bank.products("POST", "", product)
    assert (again.status_code, again.json["error_code"]) == (409, "PRODUCT_EXISTS")
    assert bank.opened(bank.person(), product="youth", currency="SEK")["interest_rate"] == "2.00"


@pytest.mark.parametrize("role", ["", "customer", "employee"])
def test_only_administrators_change_what_is_offered(bank: AccountBank, role: str) -> None:
    wanted = 401 if role == "" else 403
    assert bank.products("POST", "", {}, role=role).status_code == wanted
    assert bank.products("PUT", "/savings", {}, role=role).status_code == wanted


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"interest": {"credit_rate": "100.01"}}, "interest.credit_rate", None),
        ({"interest": {"credit_rate": "-1"}}, "interest.credit_rate", None),
        ({"interest": {"credit_rate": "1.00001"}}, "interest.credit_rate", None),
        ({"interest": {"day_count": "act/act"}}, "interest.day_count", None),
        ({"interest": {"tiers": [{"above": "0", "rate": "1"}]}}, "interest.tiers.0.above", "amount_zero"),
        (
            {"interest": {"tiers": [{"above": "2", "rate": "1"}, {"above": "2.00", "rate": "2"}]}},
            "interest.tiers",
            "not_rising",
        ),
        ({"overdraft": {"limit": "5.001"}}, "overdraft.limit", "too_many_decimals"),
        ({"overdraft": {"limit": "1000000000.01"}}, "overdraft.limit", "too_large"),
        ({"fees": {"monthly": "-4"}}, "fees.monthly", "amount_format"),
        ({"minimum_balance": "x"}, "minimum_balance", "amount_format"),
        ({"valid_from": "2020-01-01"}, "valid_from", "has_passed"),
        ({"valid_from": "2026-02-30"}, "valid_from", None),
        ({"name": ""}, "name", None),
        ({"account_type": "checking"}, "account_type", None),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused_beside_their_field(
    bank: AccountBank, changed: dict[str, Any], field: str, code: str | None
) -> None:
    refused = _change(bank, "savings", 1, **changed)
    assert refused.status_code == 422, refused.text
    problems = refused.json["details"]["problems"]
    assert list(problems) == [field], problems
    assert code in (None, problems[field]["code"])
    assert len(bank.products("GET", "/savings/versions").json["data"]) == 1


def test_a_version_that_the_ledger_did_not_answer_for_is_shown_when_it_has_it(bank: AccountBank) -> None:
    bank.opened(bank.person())
    bank.weather.is_away = True
    away = _change(bank, "savings", 1, interest={"credit_rate": "3.00"})
    assert (away.status_code, away.json["details"]["outcome"]) == (503, "unknown")
    assert len(bank.products("GET", "/savings/versions").json["data"]) == 1
    with pytest.raises(Refused):
        recover(bank.context)
    bank.weather.is_away = False
    go_to(bank.ledger, today(bank.ledger) + timedelta(days=3))
    assert recover(bank.context) == 1
    bank.context.bank_clock.forget()  # it waits for a while before it asks one that was away
    found = bank.products("GET", "/savings").json["data"]
    assert (found["version"], found["valid_from"]) == (2, str(today(bank.ledger))), "what has been earned stays"


def test_a_lost_reply_of_the_ledger_makes_no_second_version(bank: AccountBank) -> None:
    bank.opened(bank.person())
    bank.weather.lose_replies = 2  # the bank's day, then the version
    assert _change(bank, "savings", 1, interest={"credit_rate": "3.00"}).status_code == 503
    recover(bank.context)
    assert [one["version"] for one in bank.products("GET", "/savings/versions").json["data"]] == [2, 1]


def test_an_emptied_bank_offers_what_a_new_one_does(bank: AccountBank, tmp_path: Path) -> None:
    assert _change(bank, "savings", 1, interest={"credit_rate": "3.00"}).status_code == 200
    assert bank.internal("POST", "/reset", scope="bank:reset").status_code == 200
    assert bank.products("GET", "/savings").json["data"]["version"] == 1
    other = account_app(tmp_path, bank.keys)
    assert len(other.test_client().get("/api/products").json["data"]) == 6
    other.extensions["database"].close()
    assert bank.ledger.call("POST", "/internal/reset", headers=bank.ledger.service).status_code == 200


def test_a_product_has_a_first_version_from_the_beginning(bank: AccountBank) -> None:
    assert bank.products("GET", "/savings").json["data"]["valid_from"] is None
    assert date.fromisoformat(_change(bank, "savings", 1).json["data"]["valid_from"]) == today(bank.ledger)


def test_a_credit_card_costs_what_is_late_and_earns_nothing(bank: AccountBank) -> None:
    card = bank.products("GET", "/credit").json["data"]
    assert (card["overdraft"], card["fees"]["late_card_payment"]) == ({"limit": "2500.00", "rate": "19.90"}, "12.00")
    terms = {"interest": {"credit_rate": "1.00"}, "fees": {"monthly": "1"}, "minimum_balance": "5"}
    refused = _change(bank, "credit", 1, **terms)
    assert set(refused.json["details"]["fields"]) == {"interest.credit_rate", "fees.monthly", "minimum_balance"}
    late = _change(bank, "savings", 1, fees={"late_card_payment": "1"})
    assert set(late.json["details"]["fields"]) == {"fees.late_card_payment"}
    dearer = _change(bank, "credit", 1, interest={}, fees={"late_card_payment": "20"})
    assert dearer.json["data"]["fees"]["late_card_payment"] == "20.00"


def test_notice_and_the_fee_of_an_exchange_reach_accounts_and_quotes(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane, account_type="savings", initial_deposit="10.00")
    assert account["notice_days"] == 0
    terms = {"notice_days": 30, "fees": {"foreign_exchange": "1.75"}}
    changed = _change(bank, "savings", 1, **terms).json["data"]
    assert (changed["notice_days"], changed["fees"]["foreign_exchange"]) == (30, "1.75")
    go_to(bank.ledger, today(bank.ledger) + timedelta(days=1))
    payload = {"account_id": account["id"], "amount": "1.00"}
    refused = bank.ledger.call("POST", "/api/transactions/withdraw", payload, headers=bank.ledger.keys.headers(jane))
    assert (refused.json["error_code"], refused.json["details"]["notice_days"]) == ("NOTICE_REQUIRED", 30)
    assert bank.call("GET", f"/details/{account['id']}", jane).json["data"]["notice_days"] == 30
    anew = bank.opened(jane, account_type="savings", initial_deposit="10.00")
    assert anew["notice_days"] == 30
    payload["account_id"] = anew["id"]
    refused = bank.ledger.call("POST", "/api/transactions/withdraw", payload, headers=bank.ledger.keys.headers(jane))
    assert refused.json["error_code"] == "NOTICE_REQUIRED", refused.text


@pytest.mark.parametrize(
    ("code", "terms", "field"),
    [
        ("checking", {"notice_days": 1}, "notice_days"),
        ("savings", {"notice_days": 367}, "notice_days"),
        ("savings", {"fees": {"foreign_exchange": "20.01"}}, "fees.foreign_exchange"),
        ("savings", {"fees": {"foreign_exchange": "0.001"}}, "fees.foreign_exchange"),
    ],
)
def test_notice_of_other_kinds_of_account_and_fees_too_large_are_refused(
    bank: AccountBank, code: str, terms: dict[str, Any], field: str
) -> None:
    wanted = {"name": "Account", "version": 1, **terms}
    refused = bank.products("PUT", f"/{code}", wanted)
    assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, [field]), refused.text


def _announced(bank: AccountBank) -> list[dict[str, Any]]:
    service = bank.keys.headers("notification-service", role="service", scope="feed:read")
    reply = bank.app.test_client().get("/internal/events?after=0&limit=2000", headers=service)
    assert reply.status_code == 200, reply.text
    return [row["data"] for row in reply.json["data"] if row["type"] == "product_changed"]


def test_whoever_has_the_product_is_told_once_of_other_terms(
    bank: AccountBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "_AT_ONCE", 2)
    people = sorted(bank.person() for _ in range(5))
    opened = {user_id: {bank.opened(user_id, account_type="savings")["id"] for _ in range(2)} for user_id in people}
    left = bank.person()
    gone = bank.opened(left, account_type="savings")["id"]
    assert bank.call("DELETE", f"/close/{gone}", left).status_code == 200
    bank.opened(bank.person())
    day = str(today(bank.ledger) + timedelta(days=3))
    changed = _change(bank, "savings", 1, interest={"credit_rate": "1.25"}, fees={"monthly": "0.50"}, valid_from=day)
    assert changed.status_code == 200, changed.text
    recover(bank.context)
    told = _announced(bank)
    assert [one["user_id"] for one in told] == people, "once each, though they have two; nobody else"
    assert all(one["account_id"] in opened[one["user_id"]] for one in told)
    first = told[0]
    assert (first["product"], first["version"], first["name"], first["valid_on"]) == (
        "savings",
        2,
        "Savings account",
        day,
    )
    assert first["changes"] == "interest a year: 1.25 %, before 2.00 %; monthly fee: 0.50 EUR, before 0.00 EUR"
    recover(bank.context)
    assert len(_announced(bank)) == len(people)


def test_another_name_is_told_to_nobody(bank: AccountBank) -> None:
    bank.opened(bank.person(), account_type="savings")
    assert _change(bank, "savings", 1, name="Saver").status_code == 200
    recover(bank.context)
    assert _announced(bank) == []


def test_a_crash_in_between_tells_nobody_twice_and_leaves_nobody_out(
    bank: AccountBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "_AT_ONCE", 1)
    people = sorted(bank.person() for _ in range(3))
    for user_id in people:
        bank.opened(user_id, account_type="savings")
    assert _change(bank, "savings", 1, interest={"credit_rate": "1.00"}).status_code == 200
    publish = announcing.accounts.publish

    def publish_and_die(session: Any, events: list[Any]) -> None:
        publish(session, events)
        if events and events[0].user_id == people[1]:
            raise ConnectionError

    with monkeypatch.context() as dying:
        dying.setattr(announcing.accounts, "publish", publish_and_die)
        with pytest.raises(ConnectionError):
            recover(bank.context)
    assert [one["user_id"] for one in _announced(bank)] == people[:1]
    recover(bank.context)
    assert [one["user_id"] for one in _announced(bank)] == people
