"""Reporting against the real apps it reads from, and its replies against the models it publishes."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from reporting_service.models import entries, legs
from reporting_service.proof import chain
from reporting_service.proof.payloads import Proof
from reporting_service.reports import bank_payloads, payloads
from shared import services
from shared.http.payloads import list_of, reply_of
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    ada, bob = bank.customer("100.00", "20.00"), bank.customer("5.00")
    (paid,) = bank.post(
        payment(ada.accounts[0], bob.accounts[0], "12.34", description='Grüße, "quoted"', category="rent")
    )
    reversed_ = bank.bank.client(services.TRANSACTION).post(
        f"/api/transactions/{paid['id']}/reverse",
        json={"reason": "by mistake", "amount": "2.00"},
        headers=bank.bank.headers("employee"),
    )
    assert reversed_.status_code == 201
    bank.follow()
    return ada


def test_our_chain_is_the_ledgers(bank: ReportingBank, ada: Customer) -> None:
    """The rule is written twice on purpose; here the two must say the same, reversals and odd letters included."""
    with bank.database.read() as connection:
        copied = connection.execute(select(entries).order_by(entries.c.position)).all()
        rows = connection.execute(select(legs)).all()
    previous = chain.GENESIS_HASH
    for entry in copied:
        facts = [getattr(entry, name) for name in chain.FACTS]
        its_legs = [[getattr(leg, name) for name in chain.LEG_FACTS] for leg in rows if leg.position == entry.position]
        assert entry.hash_version == 2
        assert chain.chain_hash(2, previous, entry.position, facts, its_legs) == entry.hash
        previous = entry.hash
    assert len(copied) == 5


def check_reply(bank: ReportingBank, path: str, headers: dict[str, str], model: type[BaseModel]) -> Any:
    """The reply, which has the documented shape."""
    reply = bank.get(path, headers).json
    model.model_validate(reply)
    assert reply["success"] is True
    return reply


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/transactions", reply_of(payloads.TransactionReport)),
        ("/list", list_of(payloads.ReportSummary)),
        ("/system", reply_of(bank_payloads.SystemReport)),
        ("/balances/total", reply_of(bank_payloads.BalanceTotal)),
        ("/proof", reply_of(Proof)),
    ],
)
def test_replies_are_what_openapi_says(bank: ReportingBank, ada: Customer, path: str, model: type[BaseModel]) -> None:
    headers = ada.headers if path in ("/transactions", "/list") else bank.bank.headers("admin")
    check_reply(bank, path, headers, model)


def test_a_stored_report_is_what_openapi_says(bank: ReportingBank, ada: Customer) -> None:
    model = reply_of(payloads.AccountReport)
    made = check_reply(bank, f"/account/{ada.accounts[0]['id']}", ada.headers, model)
    stored = check_reply(bank, f"/details/{made['data']['id']}", ada.headers, model)
    assert stored["data"]["id"] == made["data"]["id"]
    check_reply(bank, "/list", ada.headers, list_of(payloads.ReportSummary))


def test_the_services_list_everything_by_id(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = bank.context.clients
    users, accounts = clients.users(""), clients.accounts("")
    ledger = list(clients.ledger_accounts("", None, at=10**9))
    assert [row["id"] for row in users] == sorted(row["id"] for row in users)
    assert [row["account_id"] for row in accounts] == sorted(row["account_id"] for row in ledger)
    first, second = accounts[0]["account_id"], accounts[1]["account_id"]
    assert [row["account_id"] for row in clients.accounts(first, second)] == [second]
    assert [row["account_id"] for row in clients.ledger_accounts(first, second, at=10**9)] == [second]
    monkeypatch.setattr("reporting_service.service_clients.PAGE", 1)
    assert [row["id"] for row in clients.users(users[0]["id"])] == [users[1]["id"]]


def test_the_ledger_tells_balances_as_they_were(bank: ReportingBank, ada: Customer) -> None:
    account = ada.accounts[0]["id"]
    held = [
        next(row for row in bank.context.clients.ledger_accounts("", None, at=at) if row["account_id"] == account)
        for at in (0, 3, 4, 5)
    ]
    assert [row["balance_minor"] for row in held] == [0, 10_000, 8_766, 8_966]
