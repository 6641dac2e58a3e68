"""Opening accounts: for whom, with what, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from schwifty import IBAN

from account_service.models import metadata
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def test_a_new_account_is_open_empty_and_whole(bank: AccountBank) -> None:
    jane = bank.person("Jane Doe")
    reply = bank.call("POST", "/create", jane, {"account_type": "savings", "nickname": " Holidays "})
    assert reply.status_code == 201
    account = reply.json["data"]
    assert {name: account[name] for name in ("user_id", "account_type", "currency", "nickname", "status")} == {
        "user_id": jane,
        "account_type": "savings",
        "currency": "EUR",
        "nickname": "Holidays",
        "status": "open",
    }
    assert (account["balance"], account["available_balance"], account["held"]) == ("0.00", "0.00", "0.00")
    assert account["interest_rate"] == "2.00"
    assert account["closed_at"] is None
    assert bank.call("GET", f"/details/{account['id']}", jane).json["data"] == account


def test_an_account_number_is_a_valid_iban_of_a_bank_that_exists(bank: AccountBank) -> None:
    iban = IBAN(bank.opened(bank.person())["account_number"], validate_bban=True)
    assert iban.country_code == "DE"
    assert iban.bic is not None


def test_the_initial_deposit_is_posted_with_the_opening(bank: AccountBank) -> None:
    account = bank.opened(bank.person(), initial_deposit="250.50")
    assert account["balance"] == "250.50"
    (entry,) = bank.entries()
    assert (entry["type"], entry["amount_minor"]) == ("deposit", 25050)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"account_type": "gold"}, "account_type"),
        ({}, "account_type"),
        ({"account_type": "checking", "currency": "ZZZ"}, "currency"),
        ({"account_type": "checking", "currency": "eur"}, "currency"),
        ({"account_type": "checking", "initial_deposit": "0"}, "initial_deposit"),
        ({"account_type": "checking", "initial_deposit": "-5"}, "initial_deposit"),
        ({"account_type": "checking", "initial_deposit": "1e3"}, "initial_deposit"),
        ({"account_type": "checking", "initial_deposit": True}, "initial_deposit"),
        ({"account_type": "checking", "currency": "JPY", "initial_deposit": "1.50"}, "initial_deposit"),
        ({"account_type": "checking", "nickname": "x" * 61}, "nickname"),
        ({"account_type": "checking", "nickname": "two\nlines"}, "nickname"),
    ],
)
def test_an_invalid_field_is_named(bank: AccountBank, body: dict[str, Any], field: str) -> None:
    reply = bank.call("POST", "/create", bank.person(), body)
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")
    assert field in reply.json["details"]["fields"]


@pytest.mark.parametrize("field", ["balance", "status", "owner_id", "role", "id", "account_number", "synthetic"])
def test_what_is_not_for_the_client_to_set_is_refused(bank: AccountBank, field: str) -> None:
    jane = bank.person()
    created = bank.call("POST", "/create", jane, {"account_type": "checking", field: "1"})
    account = bank.opened(jane)
    updated = bank.call("PUT", f"/update/{account['id']}", jane, {"nickname": "x", field: "1"})
    assert (created.status_code, updated.status_code) == (422, 422)
    assert field in created.json["details"]["fields"]
    assert len(bank.call("GET", "/list", jane).json["data"]) == 1


def test_a_deposit_above_the_limit_opens_nothing(bank: AccountBank) -> None:
    jane = bank.person()
    reply = bank.call("POST", "/create", jane, {"account_type": "checking", "initial_deposit": "1000000.01"})
    assert (reply.status_code, reply.json["error_code"]) == (400, "MOVEMENT_LIMIT_EXCEEDED")
    assert bank.call("GET", "/list", jane).json["data"] == []


def test_a_person_opens_for_themself_alone_and_staff_for_anybody(bank: AccountBank) -> None:
    jane, john = bank.person("Jane Doe"), bank.person("John Roe")
    body = {"account_type": "checking", "user_id": john}
    assert bank.call("POST", "/create", jane, body).json["error_code"] == "FORBIDDEN"
    assert bank.call("POST", "/create", john, body).status_code == 201
    for role in ("employee", "admin"):
        account = bank.staff("POST", "/create", body, role=role).json["data"]
        assert (account["user_id"], account["holder_name"]) == (john, "John Roe")


def test_a_simulation_opens_for_synthetic_customers_alone(bank: AccountBank) -> None:
    made, real = bank.person(synthetic=True), bank.person()
    for user_id, status in ((made, 201), (real, 403)):
        assert (
            bank.simulation("POST", "/create", {"account_type": "checking", "user_id": user_id}).status_code == status
        )
    assert bank.simulation("POST", "/create", {"account_type": "checking"}).status_code == 422


def test_nobody_opens_for_the_unknown_or_the_disabled(bank: AccountBank) -> None:
    for user_id, code in ((new_id(), "OWNER_UNKNOWN"), (bank.person(status="disabled"), "OWNER_DISABLED")):
        reply = bank.staff("POST", "/create", {"account_type": "checking", "user_id": user_id})
        assert reply.json["error_code"] == code


def test_the_same_key_and_body_answer_the_same_once(bank: AccountBank) -> None:
    jane = bank.person()
    body = {"account_type": "checking", "initial_deposit": "10.00"}
    first = bank.call("POST", "/create", jane, body, key="open-1")
    bank.withdraw(jane, first.json["data"]["id"], "10.00")
    again = bank.call("POST", "/create", jane, body, key="open-1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(bank.call("GET", "/list", jane).json["data"]) == 1


def test_the_same_key_with_another_body_is_refused(bank: AccountBank) -> None:
    jane = bank.person()
    bank.call("POST", "/create", jane, {"account_type": "checking"}, key="k")
    reply = bank.call("POST", "/create", jane, {"account_type": "savings"}, key="k")
    assert (reply.status_code, reply.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(bank.call("GET", "/list", jane).json["data"]) == 1


def test_somebody_elses_key_is_independent(bank: AccountBank) -> None:
    replies = [bank.call("POST", "/create", bank.person(), {"account_type": "checking"}, key="k") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json["data"]["id"] != replies[1].json["data"]["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "a\tb", "ä"])
def test_a_key_that_is_no_key_is_refused(bank: AccountBank, key: str) -> None:
    reply = bank.call("POST", "/create", bank.person(), {"account_type": "checking"}, key=key)
    assert (reply.status_code, reply.json["error_code"]) == (400, "IDEMPOTENCY_KEY_INVALID")


def test_one_key_sixteen_times_at_once_opens_one_account(bank: AccountBank) -> None:
    jane = bank.person()
    body = {"account_type": "checking", "initial_deposit": "7.00"}
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: bank.call("POST", "/create", jane, body, key="rush"), range(16)))
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len({reply.json["data"]["id"] for reply in replies if reply.status_code == 201}) == 1
    assert len(bank.call("GET", "/list", jane).json["data"]) == 1
    assert len(bank.entries()) == 1


def test_the_feed_tells_of_each_fact_once_and_in_order(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane)
    bank.call("PUT", f"/update/{account['id']}", jane, {"nickname": "Rent"})
    bank.staff("POST", f"/{account['id']}/freeze", {"reason": "lost card"})
    bank.staff("POST", f"/{account['id']}/unfreeze", {"reason": "found"})
    bank.call("DELETE", f"/close/{account['id']}", jane)
    events = bank.events()
    types = ["account_opened", "account_updated", "account_frozen", "account_unfrozen", "account_closed"]
    assert [event["type"] for event in events] == types
    assert [event["position"] for event in events] == sorted(event["position"] for event in events)
    assert events[2]["data"]["reason"] == "lost card"
    assert {event["data"]["account_id"] for event in events} == {account["id"]}


def test_reset_forgets_everything_and_says_so(bank: AccountBank) -> None:
    jane = bank.person()
    bank.opened(jane)
    before = bank.events()[-1]["position"]
    assert bank.internal("POST", "/reset", scope="feed:read").status_code == 403
    assert bank.internal("POST", "/reset", scope="bank:reset").status_code == 200
    assert bank.call("GET", "/list", jane).json["data"] == []
    (event,) = bank.events()
    assert event["type"] == "bank_reset"
    assert event["position"] > before


def test_a_bank_in_production_is_never_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with account_bank(tmp_path, monkeypatch, may_reset=False) as bank:
        assert bank.internal("POST", "/reset", scope="bank:reset").json["error_code"] == "NOT_A_SANDBOX"


def test_the_migrations_make_the_tables_that_the_code_uses_all_strict(bank: AccountBank) -> None:
    with bank.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        tables = connection.exec_driver_sql("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
        loose = {name for name, strict in tables if not strict and not name.startswith(("sqlite_", "alembic_"))}
    assert loose == set()
