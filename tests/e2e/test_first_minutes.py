"""From an empty data directory to a customer paying another: what a person does in the first minutes."""

import os
import re
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from shared.services import SERVICES, TRANSACTION
from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank

# A machine that does nothing else needs a quarter of these (the bench prints what it needed).
HEALTHY_WITHIN_SECONDS = 30.0
DEMO_WORLD_WITHIN_SECONDS = 60.0


def everything(bank: RunningBank, path: str, token: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        status, body = bank.ask("GET", f"{path}?limit=200{cursor}", token=token)
        assert status == 200, body
        rows += body["data"]
        if body["next_cursor"] is None:
            return rows
        cursor = f"&cursor={body['next_cursor']}"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_it_says_how_long_it_took_and_who_can_log_in(bank: RunningBank) -> None:
    healthy = re.search(r"^all services healthy in ([\d.]+) s$", bank.output, re.MULTILINE)
    demo = re.search(r"^demo world ready in ([\d.]+) s$", bank.output, re.MULTILINE)
    assert healthy, bank.output
    assert demo, bank.output
    assert float(healthy[1]) < HEALTHY_WITHIN_SECONDS
    assert float(demo[1]) < DEMO_WORLD_WITHIN_SECONDS
    assert bank.output.rstrip().endswith("ready")
    credentials = bank.credentials()
    people = [credentials["admin"], credentials["employee"], *credentials["customers"]]
    assert len(credentials["customers"]) == 5
    for person in people:
        assert re.search(rf"{re.escape(person['username'])}\W+in credentials\.json", bank.output)
        assert person["password"] not in bank.output, "what is no terminal is kept"
    assert f"the passwords   {bank.data / 'credentials.json'}" in bank.output
    assert (bank.data / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_health_names_every_service_and_calls_it_healthy(bank: RunningBank) -> None:
    status, body = bank.ask("GET", "/health")
    assert (status, body["status"]) == (200, "healthy")
    assert body["services"] == {service.name: "healthy" for service in SERVICES}


def test_a_customer_has_thirty_days_of_history(bank: RunningBank) -> None:
    token = bank.log_in(bank.credentials()["customers"][0])
    rows = everything(bank, "/api/transactions/list", token)
    moments = [moment(row["effective_at"]) for row in rows]
    now = datetime.now(UTC)
    assert moments == sorted(moments, reverse=True)
    assert timedelta(days=24) < now - moments[-1] < timedelta(days=31)
    assert moments[0] <= now + timedelta(minutes=1)
    assert {"payroll", "card_purchase", "bill_payment"} <= {row["type"] for row in rows}


def test_a_customer_pays_another_by_account_number_and_both_see_it(bank: RunningBank) -> None:
    payer, payee = bank.credentials()["customers"][:2]
    payer_token, payee_token = bank.log_in(payer), bank.log_in(payee)
    source = bank.data_of("GET", "/api/accounts/list", token=payer_token)[0]
    target = bank.data_of("GET", "/api/accounts/list", token=payee_token)[0]
    bank.data_of(
        "POST", "/api/transactions/deposit", {"account_id": source["id"], "amount": "40.00"}, token=payer_token
    )
    order = {
        "from_account_id": source["id"],
        "to_account_number": target["account_number"],
        "amount": "12.34",
        "description": "Lunch, with thanks",
    }
    paid = bank.data_of("POST", "/api/transactions/transfer", order, token=payer_token)
    for token, account, direction in ((payer_token, source, "out"), (payee_token, target, "in")):
        newest = bank.data_of("GET", "/api/transactions/list?limit=5", token=token)
        seen = next(row for row in newest if row["id"] == paid["id"])
        assert (seen["amount"], seen["description"], seen["account_id"]) == (
            "12.34",
            "Lunch, with thanks",
            account["id"],
        )
        assert seen["direction"] == direction


def test_the_command_line_does_the_same(bank: RunningBank) -> None:
    payer, payee = bank.credentials()["customers"][2:4]
    payee_token = bank.log_in(payee)
    target = bank.data_of("GET", "/api/accounts/list", token=payee_token)[0]
    assert bank.sandbank("login", payer["username"], password=payer["password"])["username"] == payer["username"]
    source = bank.sandbank("accounts")[0]
    bank.sandbank("deposit", source["id"], "20.00")
    paid = bank.sandbank("transfer", source["id"], target["account_number"], "7.77", "--yes")
    assert paid["id"] in [row["id"] for row in bank.sandbank("history")]
    assert paid["id"] in [row["id"] for row in everything(bank, "/api/transactions/list", payee_token)]


def test_somebody_new_registers_and_opens_an_account(bank: RunningBank) -> None:
    person = {"username": "newcomer", "email": "newcomer@example.com", "password": "seventeen wet socks"}
    bank.data_of("POST", "/api/auth/register", person)
    token = bank.log_in(person)
    account = bank.data_of(
        "POST", "/api/accounts/create", {"account_type": "savings", "initial_deposit": "100.00"}, token=token
    )
    assert (account["balance"], account["currency"]) == ("100.00", "EUR")
    assert [row["id"] for row in bank.data_of("GET", "/api/accounts/list", token=token)] == [account["id"]]


def test_the_gateway_forwards_nothing_internal(bank: RunningBank) -> None:
    for path in ("/internal/journal", "/api/internal/journal", "/api/transactions/%2e%2e/internal/journal"):
        assert requests.get(bank.url + path, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("how", "said"),
    [(signal.SIGKILL, "killed by SIGKILL"), (signal.SIGTERM, "it was asked to end")],
    ids=str,
)
def test_a_service_that_ends_comes_back_and_the_others_notice_nothing(
    bank: RunningBank, how: signal.Signals, said: str
) -> None:
    before = {service: bank.pid_of(service) for service in SERVICES}
    ended = before[TRANSACTION]
    assert ended is not None
    os.kill(ended, how)
    bank.wait_for(f"{said}; starting it again")
    wait_until(lambda: bank.pid_of(TRANSACTION) not in (None, ended), 60)
    wait_until(lambda: requests.get(f"{bank.url}/health", timeout=10).status_code == 200, 60)
    after = {service: bank.pid_of(service) for service in SERVICES}
    assert [service.name for service in SERVICES if after[service] != before[service]] == [TRANSACTION.name]
