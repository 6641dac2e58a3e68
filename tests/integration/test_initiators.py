"""Who did it, and by which way, is in the entry (LEDGER rule 23); people other than staff read no names."""

from typing import Any

import pytest

from shared.identifiers import new_id
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.ledgers import LedgerUnderTest


def last_entry(ledger: LedgerUnderTest) -> dict[str, Any]:
    rows: list[dict[str, Any]] = ledger.call("GET", "/internal/journal", headers=ledger.service).json["data"]
    return rows[-1]


@pytest.mark.parametrize(
    ("said", "channel"), [(None, "api"), ("web", "web"), ("cli", "cli"), ("bank", "api"), ("x" * 500, "api")]
)
def test_an_entry_says_who_in_which_session_by_which_way_and_in_which_request(
    ledger: LedgerUnderTest, said: str | None, channel: str
) -> None:
    ada, session, request_id = ledger.open_account(), new_id(), new_id()
    headers = {**ledger.keys.headers(ada.owner_id, session_id=session), "X-Request-ID": request_id}
    headers |= {} if said is None else {"X-Bank-Channel": said}
    body = {"account_id": ada.account_id, "amount": "1.00"}
    assert ledger.call("POST", "/api/transactions/deposit", body, headers=headers).status_code == 201
    assert last_entry(ledger)["initiated_by"] == {
        "user_id": ada.owner_id,
        "kind": "customer",
        "role": "customer",
        "session_id": session,
        "channel": channel,
        "request_id": request_id,
    }


def test_staff_the_simulator_and_the_bank_are_told_apart(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100, synthetic=True)
    opening = last_entry(ledger)["initiated_by"]
    assert (opening["user_id"], opening["channel"], opening["role"]) == (ada.owner_id, "bank", None)
    body = {"account_id": ada.account_id, "amount": "1.00"}
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    for headers, kind, role, channel in (
        (ledger.staff("admin"), "staff", "admin", "api"),
        (simulator, "app", "service", "simulator"),
    ):
        assert ledger.call("POST", "/api/transactions/deposit", body, headers=headers).status_code == 201
        by = last_entry(ledger)["initiated_by"]
        assert (by["kind"], by["role"], by["channel"]) == (kind, role, channel)


def test_what_is_done_in_one_session_has_one_row_of_who_did_it(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account()
    for session in (new_id(), new_id()):
        headers = ledger.keys.headers(ada.owner_id, session_id=session)
        for _ in range(3):
            body = {"account_id": ada.account_id, "amount": "1.00"}
            assert ledger.call("POST", "/api/transactions/deposit", body, headers=headers).status_code == 201
    with sqlite3.connect(ledger.path) as file:
        assert file.execute("SELECT COUNT(*) FROM initiators").fetchone() == (2,)
    file.close()


def test_a_name_can_be_forgotten_and_the_chain_still_verifies(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100)
    assert ada.withdraw("1.00").status_code == 201
    with sqlite3.connect(ledger.path) as file:
        file.execute("UPDATE initiators SET name = NULL")
    file.close()
    ledger.check()
