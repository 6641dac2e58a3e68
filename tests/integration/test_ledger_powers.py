"""What nobody may do with the powers they have: for themselves, to real customers, in the bank's own name."""

import re
from pathlib import Path

import pytest

from shared.identifiers import new_id
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.keys import SigningKeys
from tests.ledgers import LedgerUnderTest, open_ledger
from tests.redis_server import redis_server

UNKNOWN = ("DE89370400440532013000", "DE02120300000000202051", "DE02500105170137075030")
TRANSFER, BATCH = "/api/transactions/transfer", "/api/transactions/batch"


def test_staff_use_their_rights_for_no_account_of_their_own(ledger: LedgerUnderTest) -> None:
    employee = new_id()
    own, other = ledger.open_account(employee), ledger.open_account(employee)
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    staff = ledger.keys.headers(employee, role="employee")
    taken = {"from_account_id": ada.account_id, "to_account_id": own.account_id, "amount": "1.00"}
    reply = ledger.call("POST", TRANSFER, taken, headers=staff)
    assert (reply.status_code, reply.json["error_code"]) == (403, "OWN_INTEREST")
    item = {**taken, "type": "transfer", "idempotency_key": "k"}
    (result,) = ledger.call("POST", BATCH, {"items": [item]}, headers=staff).json["data"]
    assert result["error"]["error_code"] == "OWN_INTEREST"
    deposit = {"account_id": own.account_id, "amount": "5.00"}
    assert ledger.call("POST", "/api/transactions/deposit", deposit, headers=staff).status_code == 201
    between = {"from_account_id": own.account_id, "to_account_id": other.account_id, "amount": "1.00"}
    mine = ledger.call("POST", TRANSFER, between, headers=staff)
    assert mine.status_code == 201, "with their own money they are a customer"
    path = f"/api/transactions/{mine.json['data']['id']}/reverse"
    assert ledger.call("POST", path, {"reason": "mine"}, headers=staff).json["error_code"] == "OWN_INTEREST"
    assert ledger.call("POST", path, {"reason": "a colleague's"}, headers=ledger.staff()).status_code == 201
    theirs = {"from_account_id": ada.account_id, "to_account_id": bob.account_id, "amount": "1.00"}
    assert ledger.call("POST", TRANSFER, theirs, headers=staff).status_code == 201


@pytest.mark.parametrize("movement_type", ["interest", "fee", "payroll", "card_purchase"])
def test_kinds_that_the_bank_alone_posts_reach_no_real_customer(ledger: LedgerUnderTest, movement_type: str) -> None:
    admin = ledger.keys.headers(new_id(), role="admin", scope="bank:simulate")
    real = [ledger.open_account(deposit_minor=1_000) for _ in range(2)]
    synthetic = [ledger.open_account(deposit_minor=1_000, synthetic=True) for _ in range(2)]

    def post(accounts: list, key: str) -> str:
        sides = {"account_id": accounts[0].account_id}
        if movement_type in ("payroll", "card_purchase"):
            sides = {"from_account_id": accounts[0].account_id, "to_account_id": accounts[1].account_id}
        item = {"type": movement_type, "idempotency_key": key, "amount": "1.00", **sides}
        (result,) = ledger.call("POST", BATCH, {"items": [item]}, headers=admin).json["data"]
        error = result.get("error", {})
        said = error.get("message", "")
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou\W]|_", said), f"no English: {said}"
        return error.get("error_code", result["status"])

    assert post(real, "real") == "FORBIDDEN"
    assert post(synthetic, "synthetic") == "completed"
    assert [account.balance_minor for account in real] == [1_000, 1_000]


def test_who_may_simulate_gives_no_interest_to_an_account_of_their_own_that_is_real(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    item = {"type": "interest", "idempotency_key": "mine", "amount": "1.00", "account_id": ada.account_id}
    headers = ledger.keys.headers(ada.owner_id, scope="bank:simulate")
    (result,) = ledger.call("POST", BATCH, {"items": [item]}, headers=headers).json["data"]
    assert (result["error"]["error_code"], ada.balance_minor) == ("FORBIDDEN", 1_000)


def test_fees_and_interest_use_up_nothing_of_a_days_limit(ledger: LedgerUnderTest) -> None:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    ada = ledger.open_account(deposit_minor=2_000, synthetic=True, movement_limit_minor=2_000, daily_limit_minor=500)
    item = {"type": "fee", "idempotency_key": "f", "amount": "9.00", "account_id": ada.account_id}
    (result,) = ledger.call("POST", BATCH, {"items": [item]}, headers=simulator).json["data"]
    assert result["status"] == "completed"
    assert ada.withdraw("5.00").status_code == 201


def test_no_key_of_a_customer_stands_in_the_way_of_their_opening_deposit(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100)
    account_id = new_id()
    assert ada.deposit("1.00", key=f"opening:{account_id}").status_code == 201
    payload = {
        "owner_id": ada.owner_id,
        "account_number": "DE99100000000000009999",
        "holder_name": "Ada Lovelace",
        "account_type": "checking",
        "currency": "EUR",
        "movement_limit_minor": 10**8,
        "daily_limit_minor": 10**10,
        "initial_deposit_minor": 700,
        "opened_by": ada.owner_id,
    }
    reply = ledger.call("PUT", f"/internal/ledger/accounts/{account_id}", payload, headers=ledger.service)
    assert (reply.status_code, reply.json["data"]["balance"]) == (200, "7.00")


def test_the_first_instant_of_all_is_a_time_like_any_other(ledger: LedgerUnderTest) -> None:
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    ada = ledger.open_account(deposit_minor=1_000, synthetic=True)
    epoch = {"type": "withdrawal", "account_id": ada.account_id, "effective_at": "1970-01-01T00:00:00Z"}
    items = [{**epoch, "amount": "1.00", "idempotency_key": str(number)} for number in range(3)]
    reply = ledger.call("POST", BATCH, {"items": items}, headers=simulator)
    assert [one["transaction"]["effective_at"] for one in reply.json["data"]] == ["1970-01-01T00:00:00.000000Z"] * 3


def test_terms_change_by_version_and_an_older_one_is_answered_with_the_present_state(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
    assert ada.pay(bob, "1.00").status_code == 201
    path = f"/internal/ledger/accounts/{ada.account_id}/terms"

    def put(version: int, **changes: object) -> tuple[int, dict]:
        terms = {
            "version": version,
            "holder_name": "Ada King",
            "floor_minor": -500,
            "movement_limit_minor": 2_000,
            "daily_limit_minor": 3_000,
            **changes,
        }
        reply = ledger.call("PUT", path, terms, headers=ledger.service)
        return reply.status_code, reply.json.get("data") or reply.json

    status, shown = put(2)
    assert (status, shown["version"], shown["holder_name"]) == (200, 2, "Ada King")
    assert put(2, holder_name="Somebody else") == (200, shown)
    assert put(1, floor_minor=0) == (200, shown)
    assert put(3, floor_minor=0)[1]["floor_minor"] == 0
    assert put(4, floor_minor=-900)[0] == 200
    assert ada.withdraw("17.00").status_code == 201
    assert put(5, movement_limit_minor=10**11 + 1)[0] == 422
    rows = ledger.call("GET", "/api/transactions/list", headers=bob.headers).json["data"]
    assert rows[0]["counterparty"]["name"] == "Ada King"


def test_lowered_terms_may_leave_an_account_below_its_floor_where_only_money_comes_in(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=100, floor_minor=-2_000), ledger.open_account(deposit_minor=5_000)
    assert ada.withdraw("17.00").status_code == 201
    path = f"/internal/ledger/accounts/{ada.account_id}/terms"
    terms = {"version": 1, "holder_name": "Ada", "movement_limit_minor": 10**6, "daily_limit_minor": 10**6}
    assert ledger.call("PUT", path, {**terms, "floor_minor": -100}, headers=ledger.service).status_code == 200
    for refused in (ada.withdraw("0.01"), ada.pay(bob, "0.01")):
        assert refused.json["details"]["available"] == "0.00"
        assert refused.json["error_code"] == "INSUFFICIENT_FUNDS"
    ledger.check()
    assert ada.deposit("3.00").status_code == 201
    assert ada.withdraw("0.01").json["error_code"] == "INSUFFICIENT_FUNDS"
    assert bob.pay(ada, "13.00").status_code == 201
    assert ada.withdraw("1.00").status_code == 201
    assert ada.balance_minor == -100


def test_a_fee_is_taken_below_the_floor_and_bound_by_no_limit_and_uses_up_none(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=500, synthetic=True, movement_limit_minor=600, daily_limit_minor=600)
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    fee = {"type": "fee", "idempotency_key": "fee", "amount": "9.00", "account_id": ada.account_id}
    (taken,) = ledger.call("POST", BATCH, {"items": [fee]}, headers=simulator).json["data"]
    assert (taken["status"], taken["transaction"]["balance_after"]) == ("completed", "-4.00")
    limits = ledger.call("GET", f"/api/transactions/limits/{ada.account_id}", headers=ada.headers).json["data"]
    assert limits["used_today"] == "0.00"
    assert ada.withdraw("0.01").json["error_code"] == "INSUFFICIENT_FUNDS"
    assert ada.deposit("6.00").status_code == 201
    assert ada.withdraw("2.00").status_code == 201


def test_where_the_floor_was_passed_is_kept_of_the_last_time_though_one_commit_leaves_the_balance_as_it_was(
    ledger: LedgerUnderTest,
) -> None:
    ada = ledger.open_account(deposit_minor=500, synthetic=True)
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    fee = {"type": "fee", "idempotency_key": "fee", "amount": "9.00", "account_id": ada.account_id}
    ledger.call("POST", BATCH, {"items": [fee]}, headers=simulator)
    up_and_down = [{**fee, "type": kind, "idempotency_key": kind + "2"} for kind in ("deposit", "fee")]
    results = ledger.call("POST", BATCH, {"items": up_and_down}, headers=simulator).json["data"]
    assert [result["transaction"]["balance_after"] for result in results] == ["5.00", "-4.00"]
    with sqlite3.connect(ledger.path) as file:
        query = "SELECT balance_minor, floor_passed_at FROM accounts WHERE owner_id IS NOT NULL"
        assert file.execute(query).fetchall() == [(-400, 4)]
    file.close()


def test_days_are_the_banks_and_are_counted_anew_when_its_zone_changes(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spent(ledger: LedgerUnderTest) -> list[tuple[int, int]]:
        with sqlite3.connect(ledger.path) as file:
            found = file.execute("SELECT day, amount_minor FROM daily_outgoings ORDER BY day").fetchall()
        file.close()
        return found

    with open_ledger(tmp_path) as ledger:
        simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        ada = ledger.open_account(deposit_minor=1_000, synthetic=True)
        for at in ("2026-03-10T22:30:00Z", "2026-03-10T23:30:00Z"):
            payload = {"account_id": ada.account_id, "amount": "1.00", "effective_at": at}
            assert ledger.call("POST", "/api/transactions/withdraw", payload, headers=simulator).status_code == 201
        assert [amount for _, amount in spent(ledger)] == [100, 100], "two days in Berlin"
        ledger.check()
    monkeypatch.setenv("BANK_TIME_ZONE", "UTC")
    with open_ledger(tmp_path) as ledger:
        assert [amount for _, amount in spent(ledger)] == [200], "one day in UTC"
        ledger.check()


def test_transfers_tell_nobody_which_account_numbers_exist(tmp_path: Path) -> None:
    with open_ledger(tmp_path, lookup_rate="3 per minute") as ledger:
        ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
        nobody = [
            "DE89370400440532013000",
            "DE02120300000000202051",
            "DE02500105170137075030",
            "DE02100500000054540402",
        ]

        def pay(number: str) -> tuple[int, str | None]:
            payload = {"from_account_id": ada.account_id, "to_account_number": number, "amount": "1.00"}
            reply = ledger.call("POST", TRANSFER, payload, headers=ada.headers)
            return reply.status_code, reply.headers.get("Retry-After")

        assert pay(bob.number) == (201, None)
        assert [pay(number)[0] for number in nobody[:3]] == [404, 404, 404]
        status, wait = pay(nobody[3])
        assert (status, 0 < int(wait or 0) <= 61) == (429, True)
        assert pay(bob.number)[0] == 429, "nor is one that exists told from the others"
        assert ada.pay(bob, "1.00").status_code == 201, "by id it goes on"
        item = {"type": "transfer", "from_account_id": ada.account_id, "amount": "1.00"}
        sides = [{"to_account_number": bob.number}, {"to_account_id": bob.account_id}, {"to_account_number": nobody[0]}]
        items = [{**item, **side, "idempotency_key": str(place)} for place, side in enumerate(sides)]
        results = ledger.call("POST", BATCH, {"items": items}, headers=ada.headers).json["data"]
        assert [one["status"] for one in results] == ["refused", "completed", "refused"]
        assert {one["error"]["error_code"] for one in results if "error" in one} == {"RATE_LIMITED"}
        ledger.check()


def test_a_batch_that_probes_numbers_is_stopped_within(tmp_path: Path) -> None:
    with open_ledger(tmp_path, lookup_rate="2 per minute") as ledger:
        ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
        numbers = [UNKNOWN[0], bob.number, *UNKNOWN[1:], bob.number]
        item = {"type": "transfer", "from_account_id": ada.account_id, "amount": "1.00"}
        items = [{**item, "to_account_number": one, "idempotency_key": str(at)} for at, one in enumerate(numbers)]
        results = ledger.call("POST", BATCH, {"items": items}, headers=ada.headers).json["data"]
        codes = [one.get("error", {}).get("error_code") for one in results]
        assert codes == ["NOT_FOUND", None, "NOT_FOUND", "RATE_LIMITED", "RATE_LIMITED"]
        ledger.check()


def test_two_processes_with_a_redis_share_one_count_of_unknown_numbers_and_go_on_without_it(tmp_path: Path) -> None:
    def pay(ledger: LedgerUnderTest, number: str) -> int:
        payload = {"from_account_id": ada.account_id, "to_account_number": number, "amount": "1.00"}
        return ledger.call("POST", TRANSFER, payload, headers=ada.headers).status_code

    keys = SigningKeys()
    with (
        redis_server() as (url, process),
        open_ledger(tmp_path, keys=keys, lookup_rate="2 per minute", redis_url=url) as first,
        open_ledger(tmp_path, keys=keys, lookup_rate="2 per minute", redis_url=url) as second,
    ):
        ada = first.open_account(deposit_minor=1_000)
        assert [pay(first, UNKNOWN[0]), pay(second, UNKNOWN[1]), pay(first, UNKNOWN[2])] == [404, 404, 429]
        process.kill()
        process.wait()
        assert [pay(second, number) for number in UNKNOWN] == [404, 404, 429]
