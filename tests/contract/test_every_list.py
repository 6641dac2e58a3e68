"""Every list of every service: it pages by a cursor of its own and follows an id, oldest first (case 21)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared import services
from shared.identifiers import new_id
from shared.services import NOTIFICATION, REPORTING, TRANSACTION, Service
from tests.apps import Bank, whole_bank
from tests.security.estate import PASSWORD, Estate, found_estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
NEWEST, OLDEST = "newest first", ("oldest first", "earliest first")
INSTANTS = (
    "position",
    "created_at",
    "booked_at",
    "occurred_at",
    "due_at",
    "signed_in_at",
    "timestamp",
    "started_at",
    "due_on",
)
"""What a list is sorted by, under the name that its rows have for it."""
WITHOUT_ROWS = {
    "/api/standing-orders/{order_id}/executions",  # none is due before 2190
    "/api/scheduled-payments/{order_id}/executions",
    "/api/simulator/jobs",  # a world takes long
    "/api/simulator/scenarios",
}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def owner(bank: Bank) -> Estate:
    """Somebody with two of everything, and somebody else with one."""
    found_estate(bank, "brook")
    estate = found_estate(bank, "ada")
    report = f"/api/reports/custom/{estate.ids['custom_report_id']}/run"
    webhook = f"/api/webhooks/{estate.ids['webhook_id']}/ping"
    hook = {"url": "https://example.org/other", "events": ["*"]}
    built = {"name": "Again", "measures": ["sum"], "dimensions": ["month"]}
    payee = {"name": "Me", "account_number": estate.ids["account_number"]}
    for service, method, path, body in (
        (services.AUTH, "POST", "/api/auth/login", {"username": "ada", "password": PASSWORD}),
        (TRANSACTION, "POST", "/api/payees", payee),
        (REPORTING, "GET", f"/api/reports/account/{estate.ids['second_account_id']}", None),
        (REPORTING, "POST", "/api/reports/custom", built),
        (REPORTING, "POST", report, {}),
        (NOTIFICATION, "POST", "/api/webhooks", hook),
        (NOTIFICATION, "POST", webhook, {}),
        (services.AUTH, "POST", "/api/auth/login", {"username": "ada", "password": PASSWORD}),
    ):
        reply = estate.call(service, method, path, body)
        assert reply.status_code < 300, (path, reply.text)
    bank.settle()
    return estate


def lists_of(bank: Bank, service: Service) -> Iterator[tuple[str, dict[str, Any]]]:
    """The path and the operation of each list that pages."""
    for path, operations in bank.client(service).get("/openapi.json").json["paths"].items():
        named = {parameter["name"] for parameter in operations.get("get", {}).get("parameters", ())}
        if "cursor" in named:
            assert "after" in named, path
            yield path, operations["get"]


def path_of(path: str, ids: dict[str, str]) -> str:
    """The path about the things with these ids."""
    order = "standing_order_id" if path.startswith("/api/standing-orders") else "scheduled_payment_id"
    more = {"order_id": ids[order], "card_id": ids["credit_card_id"]}
    return re.sub(r"\{(\w+)\}", lambda name: {**ids, **more}[name[1]], path)


@EVERY_BACKEND
def test_a_list_has_the_order_it_says_follows_an_id_and_refuses_one_that_it_has_not(
    bank: Bank, owner: Estate, service: Service
) -> None:
    client = bank.client(service)
    for template, operation in lists_of(bank, service):
        path, headers = path_of(template, owner.ids), owner.headers
        mine = client.get(path, headers=headers)
        if mine.status_code == 403 or len(mine.json["data"]) < 2:  # staff see everybody's
            headers = bank.headers("admin", scope="bank:simulate")

        def rows(after: str = "") -> list[dict[str, Any]]:
            asked = f"{path}?limit=200{after and f'&after={after}'}"  # noqa: B023 (asked at once)
            reply = client.get(asked, headers=headers)  # noqa: B023
            assert reply.status_code == 200, (asked, reply.text)
            found: list[dict[str, Any]] = reply.json["data"]
            return found

        unknown = client.get(f"{path}?after={new_id()}", headers=headers)
        assert (unknown.status_code, set(unknown.json["details"]["fields"])) == (422, {"after"}), template
        shown = rows()
        assert template in WITHOUT_ROWS or len(shown) > 1, f"{template} has too few rows to have an order"
        is_newest_first = NEWEST in operation["summary"]
        assert is_newest_first or any(order in operation["summary"] for order in OLDEST), f"{template} does not say"
        oldest_first = shown[::-1] if is_newest_first else shown
        if shown:
            ids = [row["id"] for row in oldest_first if row["id"]]  # a bill that is still open has none
            instant = next((name for name in INSTANTS if name in shown[0]), None)
            assert instant is not None, (template, list(shown[0]))
            assert [row[instant] for row in oldest_first] == sorted(row[instant] for row in shown), template
            assert [row["id"] for row in rows(after=ids[0])] == ids[1:], template
            assert rows(after=ids[-1]) == [], template
