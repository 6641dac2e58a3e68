"""An act and its record are one commit: whatever fails between the two, both are there or neither is."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from account_service.models import Account, Card
from account_service.recovery import recover
from shared import services
from shared.audit import AuditLog
from shared.audit_enums import AuditAction
from shared.events.feeds import FeedQuery
from shared.services import Service
from tests.reporting_bank import PASSWORD, ReportingBank, reporting_bank

SECRET_CARD, SECRET_TOKEN = "4111 1111 1111 1111", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
Row = dict[str, Any]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as found:
        yield found


def written(bank: ReportingBank, service: Service) -> list[Row]:
    """What a service has written down, the oldest first."""
    database, log = bank.bank.apps[service.package].extensions["audit"]
    with database.read() as connection:
        rows = log.page(connection, FeedQuery(after=0, limit=2000))["data"]
    return [{**row["data"], "action": row["type"]} for row in rows]


def staff(bank: ReportingBank, role: str = "admin") -> dict[str, str]:
    return bank.bank.headers(role, scope="bank:simulate cards:acquire" if role == "admin" else "")


def call(
    bank: ReportingBank,
    service: Service,
    what: str,
    body: Row | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """One request, of an administrator where nobody else is named; `what` is its method and path."""
    method, _, path = what.partition(" ")
    return bank.bank.client(service).open(path, method=method, json=body, headers=headers or staff(bank))


def trail(bank: ReportingBank, query: str = "") -> list[Row]:
    """What an administrator reads of it."""
    found = call(bank, services.REPORTING, f"GET /api/audit?{query}")
    assert found.status_code == 200, found.text
    return list(found.json["data"])


def user_role(bank: ReportingBank, user_id: str) -> str:
    return str(call(bank, services.AUTH, f"GET /api/auth/users/{user_id}").json["data"]["role"])


def account(bank: ReportingBank, account_id: str) -> Row:
    return dict(call(bank, services.ACCOUNT, f"GET /api/accounts/details/{account_id}").json["data"])


@dataclass(frozen=True)
class Act:
    """Something that staff do: where it is written down, the request, and what it changes."""

    service: Service
    request: str
    body: Row
    state: Callable[[], Any]


@pytest.fixture(params=["a role", "a product", "a deposit", "the clock"])
def act(bank: ReportingBank, request: pytest.FixtureRequest) -> Act:
    ada = bank.customer("10.00")
    one, ledger = ada.accounts[0]["id"], services.TRANSACTION
    product = {"code": "audited-17", "name": "Audited", "account_type": "checking"}
    acts = {
        "a role": Act(
            services.AUTH, f"PUT /api/auth/users/{ada.id}", {"role": "employee"}, lambda: user_role(bank, ada.id)
        ),
        "a product": Act(
            services.ACCOUNT,
            "POST /api/products",
            product,
            lambda: call(bank, services.ACCOUNT, "GET /api/products/audited-17").status_code,
        ),
        "a deposit": Act(
            ledger,
            "POST /api/transactions/deposit",
            {"account_id": one, "amount": "5.00"},
            lambda: account(bank, one)["balance"],
        ),
        "the clock": Act(
            ledger,
            "POST /api/transactions/clock",
            {"advance_by": {"days": 1}},
            lambda: call(bank, ledger, "GET /api/transactions/clock").json["data"]["real"],
        ),
    }
    return acts[request.param]


@contextmanager
def dying_before_the_commit_that_writes_down(app: Flask) -> Iterator[None]:
    """The process ends when the record stands in the transaction, and nothing is committed."""
    database, _ = app.extensions["audit"]
    written_in: list[Any] = []
    write_all = AuditLog.write_all

    def noting(log: AuditLog, connection: Any, rows: Any) -> None:
        rows = list(rows)
        write_all(log, connection, rows)
        if rows:
            written_in.append(connection)

    def die(connection: Any) -> None:
        if connection in written_in:
            written_in.clear()
            raise SystemError("the process died here")

    assert isinstance(database.engine, Engine)
    event.listen(database.engine, "commit", die)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AuditLog, "write_all", noting)
        try:
            yield
        finally:
            event.remove(database.engine, "commit", die)


def test_an_act_whose_commit_fails_leaves_neither_itself_nor_its_record(bank: ReportingBank, act: Act) -> None:
    before, records = act.state(), written(bank, act.service)
    with dying_before_the_commit_that_writes_down(bank.bank.apps[act.service.package]):
        assert call(bank, act.service, act.request, act.body).status_code >= 500
    assert (act.state(), written(bank, act.service)) == (before, records)
    done = call(bank, act.service, act.request, act.body)
    assert done.status_code < 300, done.text
    assert act.state() != before
    assert len(written(bank, act.service)) == len(records) + 1


def test_an_act_that_cannot_be_written_down_is_not_done(
    bank: ReportingBank, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, records = act.state(), written(bank, act.service)
    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "write_all", full)
        assert call(bank, act.service, act.request, act.body).status_code >= 500
    assert (act.state(), written(bank, act.service)) == (before, records)


def full(_log: AuditLog, _connection: Any, rows: Any) -> None:
    if list(rows):
        raise OSError("there is no room for a record")


@pytest.mark.parametrize("what", ["freeze", "card"])
def test_what_the_ledger_is_asked_first_is_written_down_when_it_is_settled_whoever_does(
    bank: ReportingBank, what: str
) -> None:
    one, app = bank.customer("10.00").accounts[0]["id"], bank.bank.apps[services.ACCOUNT.package]
    before = len(written(bank, services.ACCOUNT))
    asked = {
        "freeze": (f"POST /api/accounts/{one}/freeze", {"reason": "a court order"}, AuditAction.ACCOUNT_FROZEN),
        "card": ("POST /api/cards/create", {"account_id": one, "kind": "debit"}, AuditAction.CARD_ISSUED),
    }
    request, body, action = asked[what]
    employee = staff(bank, "employee")
    with dying_before_the_commit_that_writes_down(app):
        assert call(bank, services.ACCOUNT, request, body, employee).status_code >= 500
    assert len(written(bank, services.ACCOUNT)) == before, "it is not settled, and not written down"
    with app.extensions["context"].database.write_session() as session:
        for model in (Account, Card):
            session.execute(update(model).values(leased_until=0))
    recover(app.extensions["context"])
    (record,) = written(bank, services.ACCOUNT)[before:]
    assert (record["action"], record["actor_role"], record["address"]) == (action, "employee", "127.0.0.1")
    recover(app.extensions["context"])
    assert len(written(bank, services.ACCOUNT)) == before + 1


def test_who_froze_what_from_where_and_why_stands_there(bank: ReportingBank) -> None:
    ada = bank.customer("10.00")
    one, eve = ada.accounts[0]["id"], staff(bank, "employee")
    headers = {**eve, "X-Bank-Channel": "web", "X-Request-ID": "request-17", "User-Agent": "curl/8.5"}
    headers["X-Client-Address"] = "203.0.113.9"  # a claim, without the gateway's token
    done = call(bank, services.ACCOUNT, f"POST /api/accounts/{one}/freeze", {"reason": "lost"}, headers=headers)
    assert done.status_code == 200, done.text
    *_, record = written(bank, services.ACCOUNT)
    assert record["action"] == AuditAction.ACCOUNT_FROZEN
    assert (record["actor_role"], record["channel"], record["client"]) == ("employee", "web", "curl")
    assert (record["address"], record["request_id"]) == ("127.0.0.1", "request-17")
    assert (record["subject_kind"], record["subject_id"], record["owner_id"]) == ("account", one, ada.id)
    assert (record["before"], record["after"], record["reason"]) == ({"status": "open"}, {"status": "frozen"}, "lost")
    assert record["bank_time"] is not None
    bank.follow()
    (shown,) = trail(bank, f"subject={ada.id}&action=account_frozen")
    assert (shown["actor"]["role"], shown["service"]) == ("employee", "account-service")


def test_what_a_customer_does_with_their_own_writes_nothing(bank: ReportingBank) -> None:
    ada, bob = bank.customer("10.00"), bank.customer("1.00")
    before = [len(written(bank, service)) for service in (services.ACCOUNT, services.TRANSACTION)]
    body = {"from_account_id": ada.accounts[0]["id"], "to_account_id": bob.accounts[0]["id"], "amount": "1.00"}
    paid = call(bank, services.TRANSACTION, "POST /api/transactions/transfer", body, ada.headers)
    named = f"PUT /api/accounts/update/{ada.accounts[0]['id']}"
    renamed = call(bank, services.ACCOUNT, named, {"nickname": "for the house"}, ada.headers)
    assert (paid.status_code, renamed.status_code) == (201, 200)
    assert [len(written(bank, service)) for service in (services.ACCOUNT, services.TRANSACTION)] == before


def test_a_replayed_act_is_written_down_once(bank: ReportingBank) -> None:
    ada, admin = bank.customer("10.00"), staff(bank)
    body, headers = {"account_id": ada.accounts[0]["id"], "amount": "5.00"}, {**admin, "Idempotency-Key": "once"}
    before = len(written(bank, services.TRANSACTION))
    for _ in range(3):
        done = call(bank, services.TRANSACTION, "POST /api/transactions/deposit", body, headers)
        assert done.status_code == 201
    assert len(written(bank, services.TRANSACTION)) == before + 1


@pytest.mark.parametrize(
    ("service", "what", "body", "code"),
    [
        (services.ACCOUNT, "DELETE /api/accounts/close/{account}", {}, "ACCOUNT_FROZEN"),
        (
            services.TRANSACTION,
            "POST /api/transactions/withdraw",
            {"account_id": "{account}", "amount": "1.00"},
            "ACCOUNT_FROZEN",
        ),
        (services.AUTH, "PUT /api/auth/users/{account}", {"status": "disabled"}, "NOT_FOUND"),
    ],
)
def test_what_staff_are_refused_is_written_down_as_refused(
    bank: ReportingBank, service: Service, what: str, body: Row, code: str
) -> None:
    one = bank.customer("10.00").accounts[0]["id"]
    sent = json.loads(json.dumps(body).replace("{account}", one))
    assert call(bank, services.ACCOUNT, f"POST /api/accounts/{one}/freeze", {"reason": "once"}).status_code == 200
    before = len(written(bank, service))
    reply = call(bank, service, what.replace("{account}", one), sent)
    assert reply.json["error_code"] == code
    (record,) = written(bank, service)[before:]
    assert (record["result"], record["error_code"], record["subject_id"]) == ("refused", code, one)


def test_what_the_ledger_refuses_is_written_down_once(bank: ReportingBank) -> None:
    one, before = bank.customer("10.00").accounts[0]["id"], len(written(bank, services.ACCOUNT))
    reply = call(bank, services.ACCOUNT, f"DELETE /api/accounts/close/{one}")
    assert reply.json["error_code"] == "ACCOUNT_NOT_EMPTY"
    (record,) = written(bank, services.ACCOUNT)[before:]
    assert (record["action"], record["error_code"]) == (AuditAction.ACCOUNT_CLOSED, "ACCOUNT_NOT_EMPTY")


def test_an_employee_at_an_administrators_route_is_written_down(bank: ReportingBank) -> None:
    ada, before = bank.customer("1.00"), len(written(bank, services.AUTH))
    reply = call(bank, services.AUTH, f"PUT /api/auth/users/{ada.id}", {"role": "admin"}, staff(bank, "employee"))
    assert reply.status_code == 403
    (record,) = written(bank, services.AUTH)[before:]
    assert (record["action"], record["error_code"], record["subject_id"]) == ("user_changed", "FORBIDDEN", ada.id)


def test_asking_for_a_proof_is_an_act(bank: ReportingBank) -> None:
    bank.report("/proof")
    found = trail(bank, "action=proof_started")
    assert [(row["subject"]["kind"], row["service"]) for row in found] == [("proof", "reporting-service")]


def test_the_trail_outlives_a_reset(bank: ReportingBank) -> None:
    ada = bank.customer("10.00")
    frozen = f"POST /api/accounts/{ada.accounts[0]['id']}/freeze"
    assert call(bank, services.ACCOUNT, frozen, {"reason": "before the reset"}).status_code == 200
    bank.follow()
    for service in (services.TRANSACTION, services.ACCOUNT, services.AUTH):
        bank.simulate(service, "/internal/reset", {})
    bank.follow()
    assert call(bank, services.REPORTING, "GET /api/audit/verify").json["data"]["holds"] is True
    (found,) = trail(bank, "action=account_frozen")
    assert (found["reason"], found["subject"]["owner_id"]) == ("before the reset", ada.id)


def test_guesses_at_a_password_are_told_of_now_and_then(bank: ReportingBank) -> None:
    body = {"username": "somebody-or-other", "password": PASSWORD}
    before = len(written(bank, services.AUTH))
    for _ in range(40):
        assert call(bank, services.AUTH, "POST /api/auth/login", body).status_code in (401, 429)
    told = written(bank, services.AUTH)[before:]
    assert [row["action"] for row in told] == [AuditAction.LOGIN_FAILED, AuditAction.LOGIN_LOCKED]
    assert [row["after"]["failures"] for row in told] == [1, 5]
    assert {row["actor_id"] for row in told} == {None}
    assert "somebody" not in json.dumps(told), "people type passwords into name fields"


def test_planted_secrets_never_stand_in_the_trail(bank: ReportingBank) -> None:
    ada = bank.customer("10.00")
    one = ada.accounts[0]
    reason = f"card {SECRET_CARD} token {SECRET_TOKEN} account {one['account_number']}"
    call(bank, services.ACCOUNT, f"POST /api/accounts/{one['id']}/freeze", {"reason": reason})
    person = {"username": "mallory-17", "email": "m17@sandbank.example", "password": "swordfish and seventeen gulls"}
    assert call(bank, services.AUTH, "POST /api/auth/users", {**person, "role": "employee"}).status_code == 201
    log_in = {"username": person["username"], "password": person["password"]}
    tokens = call(bank, services.AUTH, "POST /api/auth/login", log_in).json["data"]
    mallory = {"Authorization": f"Bearer {tokens['access_token']}"}
    changed = {"current_password": person["password"], "new_password": "a newer one with eighteen gulls"}
    assert call(bank, services.AUTH, "POST /api/auth/change_password", changed, headers=mallory).status_code == 200
    bank.follow()
    client = bank.bank.client(services.REPORTING)
    kept = [client.get(f"/api/audit/export?format={kind}", headers=staff(bank)).text for kind in ("csv", "jsonl")]
    everything = "\n".join([*kept, *(json.dumps(written(bank, one)) for one in (services.AUTH, services.ACCOUNT))])
    assert "mallory-17" in everything
    planted = (
        SECRET_CARD, SECRET_TOKEN, one["account_number"], person["password"], person["email"], changed["new_password"],
        tokens["access_token"], tokens["refresh_token"],
    )  # fmt: skip
    assert [secret for secret in planted if secret in everything] == []


def test_the_clock_of_people_who_live_on_fills_no_trail(bank: ReportingBank) -> None:
    """Whoever has them live is written down, and not each step: there is one a second."""
    before = len(written(bank, services.TRANSACTION))
    bank.simulate(services.TRANSACTION, "/api/transactions/clock", {"advance_by": {"hours": 1}})
    assert len(written(bank, services.TRANSACTION)) == before
    moved = call(bank, services.TRANSACTION, "POST /api/transactions/clock", {"advance_by": {"hours": 1}})
    assert moved.status_code == 200
    assert [row["action"] for row in written(bank, services.TRANSACTION)[before:]] == [AuditAction.CLOCK_MOVED]
