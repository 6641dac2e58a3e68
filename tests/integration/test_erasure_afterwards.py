"""Nothing of theirs appears again after somebody was erased, whatever they ask with a token that was looked at before.

Every route that changes something and that customers may call is asked, or it is said why it can keep nothing.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import LargeBinary, insert, select

from reporting_service.models import erased_people, reports
from reporting_service.own_data import erasing as reporting_erasing
from shared import services
from shared.enums import Role
from shared.identifiers import new_id
from shared.privacy import stand_ins
from shared.services import Service
from shared.storage.database import as_dicts
from shared.storage.migrations import migrate
from simulator_service import repository as simulator_repository
from simulator_service.models import Resident
from tests import erasures
from tests.asked_statements import statements_asked
from tests.erasures import PASSWORD, TYPED, Person, close_accounts, scars
from tests.reporting_bank import Customer, ReportingBank, reporting_bank
from transaction_service import erasing as ledger_erasing

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
Asked = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def other(bank: ReportingBank) -> Customer:
    return bank.customer("100.00")


@pytest.fixture(scope="module")
def known(bank: ReportingBank, other: Customer) -> tuple[Person, dict[str, str]]:
    """Somebody who was erased, and the ids of what they had."""
    person = erasures.somebody(bank, other)
    ids = {"account_id": person.account["id"], "other_number": other.accounts[0]["account_number"]}
    for name, service, path in (
        ("card_id", services.ACCOUNT, "/api/cards/list"),
        ("payee_id", services.TRANSACTION, "/api/payees"),
        ("order_id", services.TRANSACTION, "/api/standing-orders"),
        ("mandate_id", services.TRANSACTION, "/api/direct-debits/mandates"),
        ("transaction_id", services.TRANSACTION, "/api/transactions/list"),
        ("webhook_id", services.NOTIFICATION, "/api/webhooks"),
        ("notification_id", services.NOTIFICATION, "/api/notifications/list"),
    ):
        reply = bank.bank.client(service).get(path, headers=person.headers)
        assert reply.status_code == 200, reply.text
        ids[name] = reply.json["data"][0]["id"]
    close_accounts(bank, person, other)
    bank.follow()
    assert erasures.ask(bank, person).json["data"]["status"] == "done"
    bank.follow()
    return person, ids


def asked(ids: dict[str, str]) -> dict[Service, list[Asked]]:
    """What they ask of each service, with something typed in each text that there is."""
    return {
        services.AUTH: of_auth(),
        services.ACCOUNT: of_accounts(ids["account_id"], ids["card_id"]),
        services.TRANSACTION: [*of_money(ids), *of_orders(ids)],
        services.REPORTING: of_reports(ids["account_id"]),
        services.NOTIFICATION: of_messages(ids["notification_id"], f"/api/webhooks/{ids['webhook_id']}"),
        services.SIMULATOR: [],
    }


def of_auth() -> list[Asked]:
    changed = {"current_password": PASSWORD, "new_password": f"another {TYPED} place"}
    return [
        ("POST", "/api/auth/logout_all", {}),
        ("PUT", "/api/auth/update_profile", {"full_name": TYPED}),
        ("POST", "/api/auth/change_password", changed),
        ("POST", "/api/auth/erasure", {"current_password": PASSWORD}),
        ("DELETE", f"/api/auth/sessions/{new_id()}", {}),
    ]


def of_accounts(account: str, card: str) -> list[Asked]:
    return [
        ("POST", "/api/accounts/create", {"account_type": "checking", "nickname": TYPED}),
        ("PUT", f"/api/accounts/update/{account}", {"nickname": TYPED}),
        ("DELETE", f"/api/accounts/close/{account}", {}),
        ("POST", "/api/cards/create", {"account_id": account, "nickname": TYPED}),
        ("PUT", f"/api/cards/update/{card}", {"nickname": TYPED}),
        ("POST", f"/api/cards/{card}/freeze", {}),
        ("POST", f"/api/cards/{card}/unfreeze", {}),
        ("POST", f"/api/cards/{card}/report", {"reason": "lost"}),
        ("POST", f"/api/cards/{card}/replace", {}),
        ("POST", f"/api/cards/{card}/cancel", {}),
        ("POST", f"/api/cards/{card}/reveal", {"password": PASSWORD}),
        ("POST", f"/api/cards/{card}/pay", {"amount": "1.00"}),
    ]


def order_from(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "from_account_id": ids["account_id"],
        "to_account_number": ids["other_number"],
        "amount": "1.00",
        "description": TYPED,
        "end_to_end_id": TYPED,
    }


def of_money(ids: dict[str, str]) -> list[Asked]:
    own = {"account_id": ids["account_id"], "amount": "1.00", "description": TYPED}
    item = {**order_from(ids), "type": "transfer", "idempotency_key": new_id()}
    number, payee = ids["other_number"], ids["payee_id"]
    return [
        ("POST", "/api/transactions/deposit", own),
        ("POST", "/api/transactions/withdraw", {**own, "category": TYPED}),
        ("POST", "/api/transactions/transfer", {**order_from(ids), "category": TYPED}),
        ("POST", "/api/transactions/batch", {"items": [item]}),
        ("POST", "/api/card-network/disputes", {"transaction_id": ids["transaction_id"], "reason": TYPED}),
        ("POST", "/api/transactions/quotes", {"from_currency": "EUR", "to_currency": "USD", "amount": "1.00"}),
        ("POST", "/api/payees", {"name": TYPED, "account_number": number, "reference": TYPED}),
        ("PUT", f"/api/payees/{payee}", {"name": TYPED}),
        ("DELETE", f"/api/payees/{payee}", {}),
        ("POST", "/api/payees/check", {"name": TYPED, "account_number": number}),
    ]


def of_orders(ids: dict[str, str]) -> list[Asked]:
    standing, scheduled = (f"/api/{kind}/{ids['order_id']}" for kind in ("standing-orders", "scheduled-payments"))
    mandates, mandate = "/api/direct-debits/mandates", ids["mandate_id"]
    collection = {"mandate_id": mandate, "amount": "1.00", "due_on": "2036-01-31", "description": TYPED}
    wanted = {
        "creditor_account_id": ids["account_id"],
        "debtor_account_number": ids["other_number"],
        "reference": TYPED,
    }
    return [
        ("POST", "/api/standing-orders", {**order_from(ids), "frequency": "monthly", "first_on": "2036-01-31"}),
        ("PUT", standing, {"description": TYPED}),
        ("DELETE", standing, {}),
        ("POST", f"{standing}/pause", {}),
        ("POST", f"{standing}/resume", {}),
        ("POST", "/api/scheduled-payments", {**order_from(ids), "execute_on": "2036-01-31"}),
        ("PUT", scheduled, {"description": TYPED}),
        ("DELETE", scheduled, {}),
        ("POST", mandates, wanted),
        ("POST", f"{mandates}/{mandate}/confirm", {}),
        ("POST", f"{mandates}/{mandate}/cancel", {}),
        ("POST", "/api/direct-debits/collections", collection),
        ("POST", f"/api/direct-debits/collections/{mandate}/cancel", {}),
        ("POST", f"/api/direct-debits/collections/{mandate}/refund", {}),
    ]


def of_reports(account: str) -> list[Asked]:
    custom = {"name": TYPED, "measures": ["count"]}
    return [
        ("GET", f"/api/reports/account/{account}", {}),
        ("POST", "/api/reports/custom", custom),
        ("PUT", f"/api/reports/custom/{new_id()}", custom),
        ("DELETE", f"/api/reports/custom/{new_id()}", {}),
        ("POST", f"/api/reports/custom/{new_id()}/run", {}),
        ("POST", "/api/reports/own-data", {}),
    ]


def of_messages(notification: str, webhook: str) -> list[Asked]:
    hook = {"url": "https://example.org/h", "events": ["*"], "description": TYPED}
    return [
        ("POST", f"/api/notifications/{notification}/read", {}),
        ("POST", "/api/notifications/read_all", {}),
        ("PUT", "/api/notifications/preferences", {"money_received": {"email": False}}),
        ("POST", "/api/webhooks", hook),
        ("PUT", webhook, {"description": TYPED}),
        ("DELETE", webhook, {}),
        ("POST", f"{webhook}/rotate-secret", {}),
        ("POST", f"{webhook}/ping", {}),
        ("POST", f"{webhook}/chaos", {"duplicate": True}),
        ("POST", f"/api/webhooks/deliveries/{new_id()}/redeliver", {}),
    ]


KEPT_AFTERWARDS = frozenset(
    {
        "account_service.events",  # that their card has ended with its account, by ids
        "notification_service.webhook_events",  # the same, to the bank's own webhook
        "account_service.card_cancellations",  # a key by which they asked for that, for some days
        "auth_service.revocations",  # ids, for a day
        "auth_service.audit_records",  # that a wrong password was typed, by id
        "reporting_service.audit_trail",  # that they took their data, by id
        "transaction_service.refused_attempts",  # without what was typed, which `scars` looks for
        "transaction_service.initiators",  # without a name
    }
)
"""Where a row that names their id may appear after all."""


def rows_naming(bank: ReportingBank, user_id: str) -> dict[str, int]:
    """How many rows name this id, by `service.table`."""
    found = {}
    for package, database in bank.bank.databases.items():
        for table in database._db.metadata.sorted_tables:
            columns = [one for one in table.columns if not isinstance(one.type, LargeBinary)]
            with database.read() as connection:
                rows = connection.execute(select(*columns)).all()
            found[f"{package}.{table.name}"] = sum(user_id in str(tuple(row)) for row in rows)
    return found


def test_each_route_by_which_customers_change_something_is_asked(
    bank: ReportingBank, known: tuple[Person, dict[str, str]]
) -> None:
    for service, requests in asked(known[1]).items():
        routes = [
            route
            for route in bank.bank.routes(service)
            if route.method in CHANGING and Role.CUSTOMER in route.access.roles
        ]
        adapter = bank.bank.apps[service.package].url_map.bind("localhost")
        met = {(method, adapter.match(path, method=method, return_rule=True)[0].rule) for method, path, _ in requests}
        missing = {(route.method, route.rule.rule) for route in routes} - met
        assert missing <= {("POST", "/api/auth/logout")}, service.name  # ends a session, of which there is none


@pytest.mark.parametrize("service", services.BACKENDS)
def test_whatever_they_ask_with_a_token_of_before_keeps_nothing(
    bank: ReportingBank, known: tuple[Person, dict[str, str]], service: Service
) -> None:
    person, ids = known
    before, named = scars(bank.bank.databases), rows_naming(bank, person.id)
    client = bank.bank.client(service)
    for method, path, body in asked(ids)[service]:
        headers = {**bank.bank.headers(user_id=person.id, username=f"{TYPED}.name"), "Idempotency-Key": new_id()}
        reply = client.open(path, method=method, json=None if method == "GET" else body, headers=headers)
        assert reply.status_code < 500, f"{method} {path}: {reply.text}"
        assert reply.status_code != 422, f"{method} {path}: {reply.text}"
    bank.follow()
    assert scars(bank.bank.databases) - before == set()
    after = rows_naming(bank, person.id)
    assert {name for name, number in after.items() if number > named[name]} - KEPT_AFTERWARDS == set()


def test_the_ledger_searches_its_feed_outside_its_lock_and_once(
    bank: ReportingBank, known: tuple[Person, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = bank.bank.databases[services.TRANSACTION.package]
    with statements_asked(database.engine) as searches:
        ledger_erasing.erase(database, known[0].id)
    assert [one for one in searches if "events" in one.statement] == []
    assert [one for one in searches if "erased_people" in one.statement]


def test_an_erasure_that_an_update_of_the_bank_came_between_is_finished(bank: ReportingBank) -> None:
    someone = bank.customer("10.00")
    bank.follow()
    bank.report(f"/account/{someone.accounts[0]['id']}", someone.headers)
    told = f"UPDATE users SET username = '{stand_ins.username_of(someone.id)}' WHERE id = '{someone.id}'"
    with bank.database.read() as connection:
        others = as_dicts(connection.execute(select(erased_people)))
    bank.wind_back(services.REPORTING, "0009", told)
    migrate(bank.database, services.REPORTING.package)
    if others:
        with bank.database.write() as connection:  # whom the other tests know
            connection.execute(insert(erased_people), others)
    own = select(reports.c.id).where(reports.c.owner_id == someone.id)
    with bank.database.read() as connection:
        assert connection.execute(own).all()
    reporting_erasing.erase(bank.context, someone.id)
    with bank.database.read() as connection:
        assert connection.execute(own).all() == []


def test_nobody_settles_in_a_world_under_the_name_of_who_was_erased(
    bank: ReportingBank, known: tuple[Person, dict[str, str]]
) -> None:
    person = known[0]
    bank.settle_in_a_world()
    with bank.bank.databases[services.SIMULATOR.package].write_session() as session:
        world = simulator_repository.worlds_of_bank(session)[0]
        late = Resident(world_id=world.id, party_id="late", user_id=person.id, username=TYPED)
        simulator_repository.add_residents(session, [late])
    assert late.username == stand_ins.username_of(person.id)
