"""Statements over HTTP: they add up, month joins month, whose they are, and what is asked wrongly."""

import csv
import io
import itertools
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from reporting_service.statements import routes
from reporting_service.statements.formats.registry import FORMATS
from shared import services
from shared.identifiers import new_id
from shared.refusals import UNAVAILABLE, Refused
from tests.needs import program
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank

PRINTED = re.compile(r"([+-][\d ]+\.\d\d) +(-?[\d ]+\.\d\d)$", re.MULTILINE)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    """Two accounts, movements at both sides of a new year, one of them between the two."""
    ada, shop = bank.customer("1000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    (source,) = shop.accounts
    bank.post(
        payment(source, checking, "5.00", effective_at="2025-11-30T22:00:00Z"),
        payment(checking, source, "3.00", description="=1+1", effective_at="2025-12-31T22:59:59.999999Z"),
        payment(checking, source, "3.10", effective_at="2025-12-31T23:00:00Z", end_to_end_id="RENT-1"),
        payment(checking, savings, "1.25", effective_at="2026-01-31T22:59:59Z"),
        payment(source, checking, "2.00", category="food", effective_at="2026-01-15T08:00:00Z"),
    )
    bank.follow()
    return ada


def statement(bank: ReportingBank, who: Customer, query: str = "", account: int = 0) -> Any:
    return bank.report(f"/statement/{who.accounts[account]['id']}{query}", who.headers)


def signed(lines: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["amount"]) * (1 if row["direction"] == "in" else -1) for row in lines), Decimal(0))


def test_a_month_begins_and_ends_by_the_days_of_the_bank(bank: ReportingBank, ada: Customer) -> None:
    found = statement(bank, ada, "?month=2026-01")
    assert (found["from"], found["to"], found["month"]) == ("2026-01-01", "2026-01-31", "2026-01")
    assert [row["amount"] for row in found["lines"]] == ["3.10", "2.00", "1.25"]
    assert (found["opening_balance"], found["closing_balance"]) == ("2.00", "-0.35")
    assert (found["incoming"], found["outgoing"], found["count"]) == ("2.00", "4.35", 3)
    assert found["is_final"]
    assert found["lines"][0]["end_to_end_id"] == "RENT-1"
    assert [row["balance_after"] for row in found["lines"]] == ["-1.10", "0.90", "-0.35"]


def test_own_accounts_are_named_whole_and_others_masked(bank: ReportingBank, ada: Customer) -> None:
    numbers = [row["counterparty"]["account_number"] for row in statement(bank, ada, "?month=2026-01")["lines"]]
    assert [("*" in number) for number in numbers] == [True, True, False]
    of_staff = bank.report(f"/statement/{ada.accounts[0]['id']}?month=2026-01", bank.bank.headers("employee"))
    assert "*" in of_staff["account"]["account_number"]
    assert of_staff["closing_balance"] == "-0.35"
    assert all("*" in row["counterparty"]["account_number"] for row in of_staff["lines"]), "hers among one another too"


def test_what_is_printed_is_what_the_ledger_moved(bank: ReportingBank, ada: Customer) -> None:
    """As a program of others reads the paper: each movement and each balance after it, in the ledger's order."""
    path = f"/api/transactions/list?account_id={ada.accounts[0]['id']}&limit=100"
    moved = bank.bank.client(services.TRANSACTION).get(path, headers=ada.headers).json["data"]
    wanted, balance = [], Decimal(0)
    for row in sorted(moved, key=lambda row: str(row["effective_at"])):
        amount = Decimal(row["amount"]) * (1 if row["direction"] == "in" else -1)
        balance += amount
        wanted.append((amount, balance))
    months = [listed["month"] for listed in bank.report(f"/statements/{ada.accounts[0]['id']}", ada.headers)]
    printed = [movement for month in reversed(months) for movement in _printed(bank, ada, month)]
    assert printed == wanted
    assert len(printed) == 6


def _printed(bank: ReportingBank, who: Customer, month: str) -> list[tuple[Decimal, Decimal]]:
    """The amounts on a statement's paper, each with the balance beside it."""
    pdf = bank.get(f"/statement/{who.accounts[0]['id']}?format=pdf&month={month}", who.headers).data
    command = [program("pdftotext"), "-layout", "-", "-"]
    text = subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=60).stdout.decode()
    pairs = PRINTED.findall(text.replace("\N{MINUS SIGN}", "-").replace("\N{NARROW NO-BREAK SPACE}", ""))
    return [(Decimal(amount.replace(" ", "")), Decimal(after.replace(" ", ""))) for amount, after in pairs]


def test_each_month_goes_on_where_the_one_before_ended_and_the_last_is_the_balance(
    bank: ReportingBank, ada: Customer
) -> None:
    account = ada.accounts[0]
    listed = bank.report(f"/statements/{account['id']}", ada.headers)
    assert listed[-1]["month"] == "2025-11"
    assert listed[-1]["opening_balance"] == "0.00"
    for later, earlier in itertools.pairwise(listed):
        assert later["opening_balance"] == earlier["closing_balance"]
    for month in listed:
        found = statement(bank, ada, f"?month={month['month']}")
        assert {name: found[name] for name in month} == month
        assert Decimal(found["opening_balance"]) + signed(found["lines"]) == Decimal(found["closing_balance"])
    details = bank.bank.client(services.ACCOUNT).get(f"/api/accounts/details/{account['id']}", headers=ada.headers)
    assert listed[0]["closing_balance"] == details.json["data"]["balance"]
    assert not listed[0]["is_final"]
    assert statement(bank, ada)["month"] == listed[0]["month"], "without days: the month that it is"


def test_days_may_be_chosen(bank: ReportingBank, ada: Customer) -> None:
    found = statement(bank, ada, "?from=2025-12-31&to=2026-01-01")
    assert ([row["amount"] for row in found["lines"]], found["month"]) == (["3.00", "3.10"], None)
    assert statement(bank, ada, "?from=2026-01-01&to=2026-01-31")["month"] == "2026-01"


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_has_a_sensible_name_and_the_same_bytes_each_time(bank: ReportingBank, ada: Customer, name: str) -> None:
    path = f"/statement/{ada.accounts[0]['id']}?month=2025-12&format={name}"
    first, again = bank.get(path, ada.headers), bank.get(path, ada.headers)
    assert first.status_code == 200
    assert first.content_type == FORMATS[name].content_type
    number = ada.accounts[0]["account_number"]
    named = f'attachment; filename="statement-{number[-4:]}-2025-12.{FORMATS[name].extension}"'
    assert first.headers["Content-Disposition"] == named
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.data == again.data
    bank.post(payment(ada.accounts[0], ada.accounts[1], "0.01"))
    bank.follow()
    assert bank.get(path, ada.headers).data == first.data, "what moves later changes no month that is over"


def test_csv_is_harmless_and_has_a_mark_only_for_who_asks(bank: ReportingBank, ada: Customer) -> None:
    path = f"/statement/{ada.accounts[0]['id']}?month=2025-12&format=csv"
    plain, marked = bank.get(path, ada.headers).data, bank.get(f"{path}&bom=1", ada.headers).data
    assert marked == b"\xef\xbb\xbf" + plain
    rows = list(csv.DictReader(io.StringIO(plain.decode(), newline="")))
    assert [row["amount"] for row in rows] == ["", "-3.00", ""]
    assert rows[1]["description"] == "'=1+1"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?month=2026-13", "month"), ("?month=2026-1", "month"), ("?month=x", "month"), ("?month=9001-01", "month"),
        ("?month=1969-12", "month"), ("?month=2026-01&from=2026-01-01&to=2026-01-02", "to"), ("?from=2026-01-01", "to"),
        ("?to=2026-01-01", "to"), ("?from=2026-01-02&to=2026-01-01", "to"), ("?from=2026-02-30&to=2026-03-01", "from"),
        ("?month=2026-01&from=2026-01-01", "to"), ("?format=exe", "format"), ("?format=PDF", "format"),
        ("?bom=2", "bom"), ("?months=2", "months"), ("?from=2026-01-01T00:00:00Z&to=2026-01-02", "from"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_422_that_names_the_field(
    bank: ReportingBank, ada: Customer, query: str, field: str
) -> None:
    reply = bank.get(f"/statement/{ada.accounts[0]['id']}{query}", ada.headers)
    assert reply.status_code == 422, reply.text
    assert set(reply.json["details"]["fields"]) == {field}


@pytest.mark.parametrize("path", ["/statement/{}", "/statement/{}?format=pdf", "/statements/{}"])
def test_somebody_elses_statements_are_not_there(bank: ReportingBank, ada: Customer, path: str) -> None:
    stranger = bank.customer("1.00")
    bank.follow()
    for account_id in (ada.accounts[0]["id"], new_id(), "x", "0" * 5000):
        assert bank.get(path.format(account_id), stranger.headers).status_code in (404, 414)
    assert bank.get(path.format(ada.accounts[0]["id"]), {}).status_code == 401


def test_a_statement_of_too_much_says_how_much_is_not(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_LINES", 2)
    reply = bank.get(f"/statement/{ada.accounts[0]['id']}?month=2026-01&format=csv", ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (422, "STATEMENT_TOO_LONG")
    assert reply.json["details"] == {"most": 2}
    assert bank.get(f"/statement/{ada.accounts[0]['id']}?month=2025-12", ada.headers).status_code == 200


def test_lines_that_do_not_lead_to_the_balance_are_no_statement(bank: ReportingBank, ada: Customer) -> None:
    account_id = ada.accounts[0]["id"]
    wrong = f"UPDATE legs SET amount_minor = amount_minor + 1 WHERE account_id = '{account_id}' AND amount_minor = 200"
    with bank.altered(services.REPORTING, wrong):
        assert bank.get(f"/statement/{account_id}?month=2026-01", ada.headers).status_code == 500
    assert bank.get(f"/statement/{account_id}?month=2026-01", ada.headers).status_code == 200


@pytest.fixture
def with_card(bank: ReportingBank) -> Customer:
    """Somebody whose card payment in a cafe is not collected yet."""
    person = bank.customer("100.00")
    path = "/api/cards/create"
    card = bank.simulate(services.ACCOUNT, path, {"account_id": person.accounts[0]["id"]})
    merchant = {"name": "Blue Cafe", "mcc": "5812", "country": "DE"}
    asked = {"card_id": card["id"], "amount": "7.50", "currency": "EUR", "merchant": merchant, "channel": "chip"}
    headers = bank.bank.headers("service", user_id="simulator-service", scope="cards:acquire")
    client = bank.bank.client(services.TRANSACTION)
    reply = client.post("/api/card-network/authorizations", json=asked, headers=headers)
    assert reply.json["data"]["status"] == "approved", reply.text
    bank.follow()
    return person


def test_what_is_pending_stands_apart_while_the_days_go_on(bank: ReportingBank, with_card: Customer) -> None:
    found = statement(bank, with_card)
    assert (found["closing_balance"], found["count"]) == ("100.00", 1)
    (pending,) = found["pending"]
    assert (pending["amount"], pending["description"]) == ("7.50", "Blue Cafe")
    assert statement(bank, with_card, "?month=2026-01")["pending"] == []
    pdf = bank.get(f"/statement/{with_card.accounts[0]['id']}?format=pdf", with_card.headers).data
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Not yet collected" in text
    assert "Blue Cafe" in text


def test_a_ledger_that_is_away_leaves_pending_unsaid(
    bank: ReportingBank, with_card: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Refused(UNAVAILABLE)

    monkeypatch.setattr(bank.context.clients, "pending_payments", away)
    found = statement(bank, with_card)
    assert (found["closing_balance"], found["pending"]) == ("100.00", None)


def test_a_credit_cards_account_adds_up_like_every_other(bank: ReportingBank) -> None:
    person = bank.customer("100.00")
    (account,) = person.accounts
    order = {"kind": "credit", "settlement_account_id": account["id"], "credit_limit": "100.00"}
    card = bank.simulate(services.ACCOUNT, "/api/cards/create", order)
    merchant = {"name": "Blue Cafe", "mcc": "5812", "country": "DE"}
    asked = {"card_id": card["id"], "amount": "30.00", "currency": "EUR", "merchant": merchant, "channel": "chip"}
    headers = bank.bank.headers("service", user_id="simulator-service", scope="cards:acquire")
    client = bank.bank.client(services.TRANSACTION)
    path = "/api/card-network/authorizations"
    assert client.post(path, json={**asked, "capture": True}, headers=headers).status_code == 201
    bank.follow()
    found = bank.report(f"/statement/{card['account_id']}", person.headers)
    assert found["account"]["account_type"] == "credit"
    assert (found["opening_balance"], found["closing_balance"]) == ("0.00", "-30.00")
    for name in FORMATS:
        reply = bank.get(f"/statement/{card['account_id']}?format={name}", person.headers)
        assert reply.status_code == 200, name
    ofx = bank.get(f"/statement/{card['account_id']}?format=ofx", person.headers).text
    assert "<CREDITCARDMSGSRSV1>" in ofx
    assert "<BALAMT>-30.00</BALAMT>" in ofx


def test_a_month_is_over_when_the_ledger_says_so_and_all_of_it_is_read(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank.context.settled, "_settled_us", 0)  # as at the start of the service
    bank.post(payment(ada.accounts[0], ada.accounts[1], "0.02", effective_at="2026-01-20T08:00:00Z"))
    behind = statement(bank, ada, "?month=2025-12")
    assert not behind["is_final"], "the journal has an entry that is not read yet"
    bank.follow()
    over = statement(bank, ada, "?month=2025-12")
    assert over["is_final"]
    assert behind["reference"] != over["reference"], "no program takes the one for the other"
    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(bank.context.clients, "time_and_head", _away)
        assert statement(bank, ada, "?month=2025-12")["is_final"], "what was over stays so while the ledger is away"
        assert not statement(bank, ada)["is_final"]


def _away(*_: object) -> int:
    raise Refused(UNAVAILABLE)


def test_days_that_go_on_say_so_in_every_format_that_can(bank: ReportingBank, ada: Customer) -> None:
    path = f"/statement/{ada.accounts[0]['id']}?format="
    assert b"<Cd>ITBD</Cd>" in bank.get(f"{path}camt053", ada.headers).data
    assert b":62M:" in bank.get(f"{path}mt940", ada.headers).data
    assert b"<Cd>CLBD</Cd>" in bank.get(f"{path}camt053&month=2025-12", ada.headers).data
    assert b":62F:" in bank.get(f"{path}mt940&month=2025-12", ada.headers).data


def test_another_name_of_an_account_changes_no_file(bank: ReportingBank, ada: Customer) -> None:
    account_id = ada.accounts[0]["id"]
    before = {
        name: bank.get(f"/statement/{account_id}?month=2025-12&format={name}", ada.headers).data for name in FORMATS
    }
    client = bank.bank.client(services.ACCOUNT)
    renamed = client.put(f"/api/accounts/update/{account_id}", json={"nickname": "Other"}, headers=ada.headers)
    assert renamed.status_code == 200
    bank.follow()
    for name, content in before.items():
        assert bank.get(f"/statement/{account_id}?month=2025-12&format={name}", ada.headers).data == content, name


def test_paper_has_a_limit_of_its_own(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_LINES_OF", {"pdf": 2})
    path = f"/statement/{ada.accounts[0]['id']}?month=2026-01&format="
    assert bank.get(f"{path}pdf", ada.headers).json["details"] == {"most": 2}
    assert bank.get(f"{path}csv", ada.headers).status_code == 200
