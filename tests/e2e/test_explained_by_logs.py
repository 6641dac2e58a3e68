"""What staff read in the logs of a running bank, of one refused transfer, across its services."""

import pytest

from shared.services import GATEWAY, TRANSACTION
from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank

pytestmark = pytest.mark.thorough


def test_staff_read_what_every_service_wrote_of_a_refusal_and_its_customer_does_not(bank: RunningBank) -> None:
    people = bank.credentials()
    customer, staff = bank.log_in(people["customers"][0]), bank.log_in(people["admin"])
    account = bank.data_of("GET", "/api/accounts/list", token=customer)[0]
    payload = {"account_id": account["id"], "amount": "9999999.00"}
    status, said = bank.ask("POST", "/api/transactions/withdraw", payload, token=customer)
    assert status == 400, said
    refused = bank.data_of("GET", "/api/transactions/list?status=refused", token=customer)[0]
    path = f"/api/transactions/{refused['id']}/explain"
    assert bank.data_of("GET", path, token=customer)["log"] is None

    def services_that_wrote() -> set[str]:
        log = bank.data_of("GET", path, token=staff)["log"]
        assert log["away"] == []
        return {line["service"] for line in log["lines"] if line["details"]["path"] == "/api/transactions/withdraw"}

    wait_until(lambda: services_that_wrote() == {GATEWAY.name, TRANSACTION.name}, 60)
