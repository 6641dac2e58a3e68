"""Erasing a customer: nothing says who they were any more, and the books are as they were."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from auth_service.erasure import erasing
from reporting_service.proof.proof import prove
from shared import services
from shared.audit import Acting
from shared.audit_enums import AuditAction
from shared.identifiers import new_id
from shared.privacy import erasure, stand_ins
from shared.services import Service
from shared.storage.compact_columns import pack_id
from tests import erasures
from tests.erasures import BOOKED, EMAIL, NAME, PASSWORD, TYPED, USERNAME, Kept, Person, close_accounts, scars
from tests.reporting_bank import Customer, ReportingBank, reporting_bank

OF_MANDATE = (
    f'"other_name":"{NAME} Again","reference":"MEMBER {TYPED}"',
    f'"other_name":"{NAME}","reference":"MEMBER {TYPED}"',
)
OF_COLLECTION = (f'"other_name":"{NAME}","amount_minor":300,"currency":"EUR","description":"Dues {TYPED}"',)
TOLD_TO_PAYER = (
    f"{NAME}\nMEMBER {TYPED}",
    f"{NAME}\n2036-01-31\nDues {TYPED}",
    f"cancelled\n{NAME} Again\nMEMBER {TYPED}\ndebtor",
)
KEPT: Kept = {
    # What others were told, here of a mandate and a collection that they were asked for, stays theirs.
    "transaction_service.events.data": (*OF_MANDATE, *OF_COLLECTION),
    "notification_service.notifications.detail": TOLD_TO_PAYER,
    "notification_service.webhook_events.body": OF_MANDATE,
    # The trail keeps what staff typed as a reason, and what devices call themselves: it is sealed, and names ids.
    "transaction_service.audit_records.data": (f'"reason":"Hold {TYPED}"',),
    "auth_service.audit_records.data": (f'"client":"agent {TYPED}"',),
    "reporting_service.audit_trail.reason": (f"Hold {TYPED}",),
    "reporting_service.audit_trail.client": (f"agent {TYPED}",),
}
"""What may still be read, and why."""


PLANTED = frozenset(
    {
        "auth_service.users.full_name", "auth_service.users.username", "auth_service.users.email",
        "auth_service.events.data", "auth_service.sessions.user_agent", "account_service.accounts.holder_name",
        "account_service.accounts.nickname", "account_service.cards.nickname", "account_service.card_keys.reply",
        "account_service.card_cancellations.reply", "account_service.opening_keys.reply",
        "account_service.events.data", "transaction_service.accounts.holder_name",
        "transaction_service.former_names.holder_name", "transaction_service.payees.name",
        "transaction_service.payees.reference", "transaction_service.payment_orders.description",
        "transaction_service.holds.description", "transaction_service.mandates.reference",
        "transaction_service.collections.description", "transaction_service.collections.end_to_end_id",
        "transaction_service.disputes.reason", "transaction_service.refused_attempts.description",
        "transaction_service.events.data", "reporting_service.users.full_name", "reporting_service.reports.title",
        "reporting_service.accounts.holder_name", "notification_service.addressees.full_name",
        "notification_service.webhook_endpoints.description", "notification_service.webhook_events.body",
    }
)  # fmt: skip
"""Where something of theirs stands before: each has to be forgotten."""


@pytest.fixture
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture
def other(bank: ReportingBank) -> Customer:
    return bank.customer("100.00")


@pytest.fixture
def person(bank: ReportingBank, other: Customer) -> Person:
    """Somebody who has left their name everywhere, and whose accounts are closed."""
    found = erasures.somebody(bank, other)
    close_accounts(bank, found, other)
    bank.follow()
    return found


def admin(bank: ReportingBank) -> dict[str, str]:
    return bank.bank.headers("admin", user_id=new_id())


def books(bank: ReportingBank) -> list[Any]:
    """Entries with their hashes, postings and balances, as the ledger has them."""
    with bank.bank.databases[services.TRANSACTION.package].read() as connection:
        return [
            connection.execute(text(query)).all()
            for query in (
                "SELECT * FROM entries ORDER BY position",
                "SELECT * FROM postings ORDER BY position, leg",
                "SELECT id, balance_minor, status FROM accounts ORDER BY key",
            )
        ]


def rows_of(bank: ReportingBank, person: Person) -> list[str]:
    """Tables that still have rows of theirs, of those that keep nothing of anybody who was erased."""
    emptied = {
        services.AUTH: ("sessions", "known_devices", "password_resets"),
        services.TRANSACTION: ("payees", "quotes"),
        services.NOTIFICATION: ("notifications", "mails", "webhook_endpoints"),
    }
    found = []
    for service, tables in emptied.items():
        with bank.bank.databases[service.package].read() as connection:
            for name in tables:
                owner = "owner_id" if name == "payees" else "user_id"
                kept = connection.exec_driver_sql(f"SELECT {owner} FROM {name}").scalars().all()
                wanted = (person.id, pack_id(person.id))
                found += [f"{service.package}.{name}"] if any(one in wanted for one in kept) else []
    return found


def acts(bank: ReportingBank, person: Person) -> list[dict[str, Any]]:
    bank.follow()
    client = bank.bank.client(services.REPORTING)
    path = f"/api/audit?subject={person.id}&action={AuditAction.USER_ERASED}"
    rows: list[dict[str, Any]] = client.get(path, headers=admin(bank)).json["data"]
    return rows


def progress(bank: ReportingBank, person: Person) -> dict[str, Any]:
    found = bank.bank.client(services.AUTH).get(f"/api/auth/users/{person.id}/erasure", headers=admin(bank))
    assert found.status_code == 200, found.text
    shown: dict[str, Any] = found.json["data"]
    return shown


def test_nothing_says_any_more_who_they_were_and_the_books_are_as_they_were(
    bank: ReportingBank, person: Person, other: Customer
) -> None:
    planted = scars(bank.bank.databases)
    assert planted >= PLANTED, PLANTED - planted
    before = books(bank)
    reply = erasures.ask(bank, person)
    assert reply.status_code == 202, reply.text
    assert (reply.json["data"]["status"], reply.json["data"]["remaining"]) == ("done", [])
    bank.follow()
    assert scars(bank.bank.databases, KEPT) == set()
    assert rows_of(bank, person) == []
    assert books(bank) == before
    assert BOOKED in str(before)
    proof = prove(bank.context)
    assert proof["holds"], [check for check in proof["checks"] if not check["holds"]]


def test_what_is_derived_again_from_nothing_is_the_same(bank: ReportingBank, person: Person) -> None:
    assert erasures.ask(bank, person).status_code == 202
    bank.follow()
    derived = bank.projections()
    for consumer in bank.context.consumers.values():
        consumer.reader.begin_anew()
    bank.follow()
    assert bank.projections() == derived


def test_others_see_a_stand_in_and_nobody_logs_in_as_them(bank: ReportingBank, person: Person, other: Customer) -> None:
    assert erasures.ask(bank, person).status_code == 202
    bank.follow()
    auth, ledger = bank.bank.client(services.AUTH), bank.bank.client(services.TRANSACTION)
    shown = auth.get(f"/api/auth/users/{person.id}", headers=admin(bank)).json["data"]
    for name in (USERNAME, EMAIL, shown["username"], shown["email"]):
        log_in = auth.post("/api/auth/login", json={"username": name, "password": PASSWORD})
        assert (log_in.status_code, log_in.json["error_code"]) == (401, "INVALID_CREDENTIALS")
    seen = ledger.get("/api/transactions/list", headers=other.headers).json["data"]
    names = {row["counterparty"]["name"] for row in seen if row["counterparty"]}
    assert (erasure.NAME in names, NAME in names) == (True, False)
    assert (shown["full_name"], shown["status"]) == (erasure.NAME, "erased")
    assert stand_ins.is_stand_in(username=shown["username"])
    assert stand_ins.is_stand_in(email=shown["email"])
    assert auth.get(f"/api/auth/users?q={USERNAME}", headers=admin(bank)).json["data"] == []
    again = {"username": USERNAME, "email": EMAIL, "password": PASSWORD, "full_name": NAME}
    assert auth.post("/api/auth/register", json=again).status_code == 201


def test_it_is_an_act_that_names_nobody(bank: ReportingBank, person: Person) -> None:
    before = len(acts(bank, person))
    assert erasures.ask(bank, person).status_code == 202
    (act,) = acts(bank, person)
    assert (before, act["actor"]["id"], act["actor"]["role"], act["result"]) == (0, person.id, "customer", "done")
    assert act["actor"]["name"] == act["subject"]["owner_name"]
    assert act["actor"]["name"].startswith(stand_ins.username_of(person.id))
    reply = bank.bank.client(services.REPORTING).get("/api/audit/verify", headers=admin(bank))
    assert reply.json["data"]["holds"] is True


def test_a_living_account_keeps_its_owner(bank: ReportingBank, other: Customer) -> None:
    person = erasures.somebody(bank, other)
    before = scars(bank.bank.databases)
    reply = erasures.ask(bank, person)
    assert (reply.status_code, reply.json["error_code"]) == (409, "ACCOUNTS_STILL_OPEN")
    assert reply.json["details"] == {"accounts": 1}
    assert scars(bank.bank.databases) == before
    missing = bank.bank.client(services.AUTH).get(f"/api/auth/users/{person.id}/erasure", headers=admin(bank))
    assert missing.status_code == 404


def test_who_asks_proves_that_it_is_them(bank: ReportingBank, person: Person) -> None:
    reply = erasures.ask(bank, person, password="something else entirely")
    assert (reply.status_code, reply.json["error_code"]) == (400, "WRONG_PASSWORD")
    assert bank.bank.client(services.AUTH).post("/api/auth/erasure", json={}, headers=person.headers).status_code == 422
    employee = bank.bank.headers("employee")
    path = f"/api/auth/users/{person.id}/erasure"
    reply = bank.bank.client(services.AUTH).post(path, json={"reason": "curious"}, headers=employee)
    assert reply.status_code == 403
    assert [act["result"] for act in acts(bank, person)] == ["refused"]


def test_an_administrator_erases_a_customer_and_says_why_but_nobody_of_the_staff(
    bank: ReportingBank, person: Person
) -> None:
    auth, headers, path = bank.bank.client(services.AUTH), admin(bank), f"/api/auth/users/{person.id}/erasure"
    assert auth.post(path, json={}, headers=headers).status_code == 422
    assert auth.post(path, json={"reason": "By letter"}, headers=headers).json["data"]["status"] == "done"
    (act,) = acts(bank, person)
    assert (act["reason"], act["actor"]["role"]) == ("By letter", "admin")
    assert auth.post(path, json={"reason": "Again"}, headers=headers).json["data"]["status"] == "done"
    changed = auth.put(f"/api/auth/users/{person.id}", json={"status": "active"}, headers=headers)
    assert (changed.status_code, changed.json["error_code"]) == (409, "USER_ERASED")
    clerk = auth.get("/api/auth/users?role=employee", headers=headers).json["data"][0]
    reply = auth.post(f"/api/auth/users/{clerk['id']}/erasure", json={"reason": "Left"}, headers=headers)
    assert (reply.status_code, reply.json["error_code"]) == (409, "STAFF_NOT_ERASED")


def test_nothing_is_opened_for_who_was_erased_whatever_was_on_its_way(
    bank: ReportingBank, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = bank.bank.apps[services.ACCOUNT.package].extensions["context"].owners
    known = accounts.find(person.id)
    assert erasures.ask(bank, person).status_code == 202
    monkeypatch.setattr(type(accounts), "find", lambda _self, _user_id: known)  # asked a moment before
    reply = bank.bank.client(services.ACCOUNT).post(
        "/api/accounts/create", json={"account_type": "checking", "user_id": person.id}, headers=admin(bank)
    )
    assert (reply.status_code, reply.json["error_code"]) == (409, "OWNER_DISABLED")


@pytest.mark.parametrize("away", [services.TRANSACTION, services.NOTIFICATION, services.SIMULATOR])
def test_a_service_that_is_away_forgets_them_when_it_is_back(
    bank: ReportingBank, person: Person, away: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        gone.setenv(f"{away.env_prefix}_SERVICE_URL", "http://127.0.0.1:9")
        reply = erasures.ask(bank, person)
        assert (reply.status_code, reply.json["data"]["status"]) == (202, "under_way")
        assert away.name in reply.json["data"]["remaining"]
    _due_now(bank)
    erasing.go_on_with_all(_auth(bank))
    assert progress(bank, person)["status"] == "done"
    bank.follow()
    assert scars(bank.bank.databases, KEPT) == set()


def test_without_the_account_service_nothing_is_begun(
    bank: ReportingBank, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scars(bank.bank.databases)
    monkeypatch.setenv("ACCOUNT_SERVICE_URL", "http://127.0.0.1:9")
    assert erasures.ask(bank, person).status_code == 503
    assert scars(bank.bank.databases) == before


class Killed(BaseException):
    """The process is no more."""


STEPS = (
    "asked",
    "forgotten by the account service",
    "forgotten by ourselves",
    *(f"forgotten by {service}" for service in ("transaction-service", "reporting-service", "notification-service")),
)


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_is_finished_by_the_next_round(
    bank: ReportingBank, person: Person, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, before = _auth(bank), books(bank)
    with monkeypatch.context() as patch:
        _die_after(patch, step)
        with pytest.raises(Killed):
            erasing.ask(context, person.id, Acting(user_id=person.id, role="customer"))
    _due_now(bank)
    erasing.go_on_with_all(context)
    assert progress(bank, person)["status"] == "done"
    bank.follow()
    assert scars(bank.bank.databases, KEPT) == set()
    assert books(bank) == before
    assert len(acts(bank, person)) == 1


def _die_after(patch: pytest.MonkeyPatch, step: str) -> None:
    real_forget, real_note = erasing._forget, erasing._note

    def dies(*_: Any) -> None:
        raise Killed

    def forgets_and_dies(*arguments: Any) -> None:
        real_forget(*arguments)
        raise Killed

    def dies_before_noting(context: Any, user_id: str, name: str) -> None:
        if step.endswith(name):
            raise Killed
        real_note(context, user_id, name)

    if step == "asked":
        patch.setattr(erasing, "go_on", dies)
    elif step == "forgotten by the account service":
        patch.setattr(erasing, "_forget", dies)
    elif step == "forgotten by ourselves":
        patch.setattr(erasing, "_forget", forgets_and_dies)
    else:
        patch.setattr(erasing, "_note", dies_before_noting)


def _auth(bank: ReportingBank) -> Any:
    return bank.bank.apps[services.AUTH.package].extensions["context"]


def _due_now(bank: ReportingBank) -> None:
    with bank.bank.databases[services.AUTH.package].write() as connection:
        connection.execute(text("UPDATE erasures SET due_at = 0"))
