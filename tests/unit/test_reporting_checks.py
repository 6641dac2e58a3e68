"""What counts as a divergence between the records of two services, and what does not."""

from typing import Any

import pytest

from reporting_service.proof.checks import (
    account_and_events,
    account_and_ledger,
    ledger_and_balance,
    user_and_events,
)

ACCOUNT = {
    "user_id": "u1",
    "holder_name": "Ada",
    "account_number": "DE1",
    "account_type": "checking",
    "currency": "EUR",
    "nickname": None,
    "synthetic": False,
    "status": "open",
    "pending_status": None,
    "floor_minor": 0,
    "movement_limit_minor": 5,
    "daily_limit_minor": 9,
    "settlement_account_id": None,
    "billing_day": None,
    "created_at": "2026-11-20T00:00:00Z",
    "closed_at": None,
}
LEDGER = {**ACCOUNT, "owner_id": "u1", "balance_minor": 7}
USER = {
    "username": "ada",
    "full_name": "Ada",
    "email": "a@example.org",
    "role": "customer",
    "status": "active",
    "synthetic": False,
}


def test_the_same_facts_are_no_finding() -> None:
    assert list(account_and_ledger("a1", ACCOUNT, LEDGER)) == []
    assert list(account_and_events("a1", ACCOUNT, ACCOUNT)) == []
    assert list(user_and_events("u1", USER, USER)) == []
    assert list(ledger_and_balance("a1", LEDGER, LEDGER)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("owner_id", "account_number", "currency", "status", "floor_minor", "daily_limit_minor"),
        *("settlement_account_id", "billing_day"),
    ],
)
def test_each_fact_that_the_ledger_has_otherwise_is_named(name: str) -> None:
    (finding,) = account_and_ledger("a1", ACCOUNT, {**LEDGER, name: "something else"})
    assert finding.record == "a1"
    assert "something else" in finding.detail


@pytest.mark.parametrize("name", sorted(USER))
def test_each_fact_of_a_user_that_no_event_told_is_named(name: str) -> None:
    (finding,) = user_and_events("u1", {**USER, name: "altered"}, USER)
    assert (finding.record, name in finding.detail) == ("u1", True)


def test_a_change_on_its_way_to_the_ledger_is_no_finding() -> None:
    closing = {**ACCOUNT, "status": "closing", "pending_status": "closed"}
    assert list(account_and_ledger("a1", closing, {**LEDGER, "status": "closed"})) == []
    assert list(account_and_events("a1", closing, ACCOUNT)) == []


@pytest.mark.parametrize("status", ["opening", "refused"])
def test_an_account_that_never_opened_need_not_be_in_the_ledger(status: str) -> None:
    assert list(account_and_ledger("a1", {**ACCOUNT, "status": status}, None)) == []
    assert list(account_and_events("a1", {**ACCOUNT, "status": status}, None)) == []


def test_a_record_that_only_one_side_has_is_named() -> None:
    pairs: list[tuple[Any, dict[str, Any] | None, dict[str, Any] | None]] = [
        (account_and_ledger, ACCOUNT, None),
        (account_and_ledger, None, LEDGER),
        (account_and_events, ACCOUNT, None),
        (account_and_events, None, ACCOUNT),
        (user_and_events, USER, None),
        (user_and_events, None, USER),
        (ledger_and_balance, LEDGER, None),
        (ledger_and_balance, None, LEDGER),
    ]
    for compare, one, other in pairs:
        assert [finding.record for finding in compare("x1", one, other)] == ["x1"]


def test_an_account_that_holds_nothing_needs_no_movement() -> None:
    assert list(ledger_and_balance("a1", {**LEDGER, "balance_minor": 0}, None)) == []


@pytest.mark.parametrize(("told", "findings"), [("2026-11-20T15:04:05", 0), ("2026-11-20T15:04:06", 1)])
def test_an_event_of_the_first_release_told_the_second_an_account_opened(told: str, findings: int) -> None:
    account = {**ACCOUNT, "created_at": "2026-11-20T15:04:05.123456Z"}
    assert len(list(account_and_events("a1", account, {**ACCOUNT, "created_at": f"{told}.000000Z"}))) == findings
    assert len(list(account_and_events("a1", account, {**ACCOUNT, "created_at": f"{told}.123457Z"}))) == 1
