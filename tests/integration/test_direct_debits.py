"""Mandates and collections: collected on the day with the debtor's permission, else returned and told why."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from shared.identifiers import new_id
from shared.time.target_calendar import following_target_day
from tests.holds import figures
from tests.ledgers import Holder, LedgerUnderTest
from tests.orders import (
    BERLIN,
    COLLECTIONS,
    MANDATES,
    act,
    agreed_mandate,
    asked_mandate,
    bank_now,
    collect_on,
    go_to,
    made,
    read,
    settled_day,
    told,
)
from transaction_service.models import accounts, collections, entries
from transaction_service.orders.schedule import add_months

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def power(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(holder_name="Power and Light")


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account(deposit_minor=100_000)


def _collection(holder: Holder, collection_id: str) -> dict[str, object]:
    found: dict[str, object] = read(holder, f"{COLLECTIONS}/{collection_id}")
    return found


def test_a_confirmed_mandate_is_collected_by_on_the_day(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    mandate = asked_mandate(power, ada)
    assert (mandate["status"], mandate["kind"], mandate["side"]) == ("pending", "recurring", "creditor")
    assert mandate["debtor"]["name"] == "A*** L***", "nobody learns whose a number is by asking"
    (asked,) = told(ledger, "mandate_requested")
    assert (asked["user_id"], asked["side"], asked["other_name"]) == (ada.owner_id, "debtor", "Power and Light")
    day = settled_day(ledger, 4)
    early = collect_on(power, mandate["id"], "48.20", day)
    assert (early.status_code, early.json["error_code"]) == (409, "MANDATE_NOT_ACTIVE")
    assert early.json["details"] == {"status": "pending"}
    confirmed = act(ada, f"{MANDATES}/{mandate['id']}/confirm")
    assert (confirmed["status"], confirmed["side"]) == ("active", "debtor")
    assert act(ada, f"{MANDATES}/{mandate['id']}/confirm") == confirmed
    assert read(power, f"{MANDATES}/{mandate['id']}")["debtor"]["name"] == "Ada Lovelace"
    collection = made(collect_on(power, mandate["id"], "48.20", day, description="Electricity"))
    assert (collection["status"], collection["due_on"]) == ("scheduled", day.isoformat())
    (row,) = [one for one in read(ada, "/api/transactions/upcoming") if one["kind"] == "direct_debit"]
    assert (row["id"], row["amount"], row["description"]) == (collection["id"], "48.20", "Electricity")
    go_to(ledger, day, 7)
    paid = _collection(ada, collection["id"])
    assert (paid["status"], paid["return_code"], paid["counterparty_name"]) == ("paid", None, "Power and Light")
    entry = read(ada, f"/api/transactions/details/{paid['transaction_id']}")
    assert (entry["type"], entry["amount"], entry["direction"]) == ("direct_debit", "48.20", "out")
    assert entry["effective_at"] == paid["settled_at"]
    assert (power.balance_minor, ada.balance_minor) == (4_820, 95_180)
    assert read(power, f"{MANDATES}/{mandate['id']}")["last_collected_at"] == paid["settled_at"]


def test_what_cannot_be_collected_is_returned_with_the_reason(ledger: LedgerUnderTest, power: Holder) -> None:
    day, later = settled_day(ledger, 3), settled_day(ledger, 8)
    poor, frozen, closed, leaving, refusing = (ledger.open_account() for _ in range(5))
    mandates = {
        holder.account_id: agreed_mandate(power, holder, f"M-{number}")["id"]
        for number, holder in enumerate((poor, frozen, closed, leaving, refusing))
    }
    asked = {
        holder.account_id: made(collect_on(power, mandates[holder.account_id], "5.00", day))["id"]
        for holder in (poor, frozen, closed, leaving, refusing)
    }
    for holder, status in ((frozen, "frozen"), (closed, "closed")):
        path = f"/internal/ledger/accounts/{holder.account_id}/status"
        assert ledger.call("PUT", path, {"status": status}, headers=ledger.service).status_code == 200
    act(leaving, f"{MANDATES}/{mandates[leaving.account_id]}/cancel")
    refused = act(refusing, f"{COLLECTIONS}/{asked[refusing.account_id]}/cancel")
    assert (refused["status"], refused["return_code"]) == ("returned", "MS02")
    go_to(ledger, day, 7)
    codes = [_collection(power, asked[one.account_id])["return_code"] for one in (poor, frozen, closed, leaving)]
    assert codes == ["AM04", "AC06", "AC04", "MD01"]
    events = told(ledger, "collection_returned")
    for_creditor = [event["return_code"] for event in events if event["user_id"] == power.owner_id]
    assert sorted(for_creditor) == ["AC04", "AC06", "AM04", "MD01", "MS02"]
    assert [event["return_code"] for event in events if event["user_id"] == poor.owner_id] == ["AM04"]
    called_off = made(collect_on(power, mandates[poor.account_id], "5.00", later))
    assert act(power, f"{COLLECTIONS}/{called_off['id']}/cancel")["status"] == "cancelled"
    over = ledger.call("POST", f"{COLLECTIONS}/{called_off['id']}/cancel", {}, headers=power.headers)
    assert (over.status_code, over.json["error_code"], over.json["details"]) == (
        409,
        "COLLECTION_SETTLED",
        {"status": "cancelled"},
    )
    assert power.balance_minor == 0


def test_no_daily_limit_binds_a_collection_nor_does_it_use_one_up(ledger: LedgerUnderTest, power: Holder) -> None:
    strict = ledger.open_account(movement_limit_minor=1_000, daily_limit_minor=1_000)
    for _ in range(5):
        assert strict.deposit("10.00").status_code == 201
    day = settled_day(ledger, 2)
    mandate = agreed_mandate(power, strict)
    made(collect_on(power, mandate["id"], "40.00", day))
    go_to(ledger, day, 7)
    assert power.balance_minor == 4_000
    assert strict.withdraw("10.00").status_code == 201, "the day's limit is whole"


def test_the_debtor_has_the_money_back_within_56_days_whatever_the_creditor_has_left(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day = settled_day(ledger, 2)
    mandate = agreed_mandate(power, ada)
    kept, refunded = (made(collect_on(power, mandate["id"], "30.00", day))["id"] for _ in range(2))
    go_to(ledger, day, 7)
    assert power.withdraw("60.00").status_code == 201
    path, key = f"{COLLECTIONS}/{refunded}/refund", new_id()
    assert ledger.call("POST", path, {}, headers=power.headers).status_code == 404, "the creditor cannot"
    first, again = (ledger.call("POST", path, {}, headers=ada.headers, key=key) for _ in range(2))
    assert (first.status_code, first.json["data"]["status"], again.json) == (201, "refunded", first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    entry = read(ada, f"/api/transactions/details/{first.json['data']['refund_transaction_id']}")
    assert (entry["type"], entry["amount"], entry["reverses"]) == (
        "reversal",
        "30.00",
        first.json["data"]["transaction_id"],
    )
    assert figures(power)[0] == "-30.00", "what is due to the debtor is taken below zero"
    assert "balance" not in first.text, "nobody reads the other's balance"
    once_more = ledger.call("POST", path, {}, headers=ada.headers)
    assert (once_more.status_code, once_more.json["details"]) == (409, {"status": "refunded"})
    (event,) = told(ledger, "collection_refunded")
    assert (event["user_id"], event["amount_minor"]) == (power.owner_id, 3_000)
    until = datetime.fromisoformat(str(_collection(ada, kept)["refundable_until"]))
    assert until.astimezone(bank_now(ledger).tzinfo).date() == day + timedelta(days=57)
    go_to(ledger, day + timedelta(days=57))
    late = ledger.call("POST", f"{COLLECTIONS}/{kept}/refund", {}, headers=ada.headers)
    assert (late.status_code, late.json["error_code"]) == (409, "NOT_REFUNDABLE")
    assert power.deposit("100.00").status_code == 201


def test_the_bank_gives_the_money_back_where_the_creditor_has_left_with_it(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    assert power.withdraw("30.00").status_code == 201
    with ledger.app.extensions["context"].database.write() as connection:
        # As accounts are that were closed before this was refused.
        is_it = accounts.c.id == power.account_id
        connection.execute(update(accounts).where(is_it).values(status="closed"))
    refund, key = f"{COLLECTIONS}/{collection_id}/refund", new_id()
    first, again = (ledger.call("POST", refund, {}, headers=ada.headers, key=key) for _ in range(2))
    assert (first.status_code, again.json) == (201, first.json), first.text
    assert (ada.balance_minor, power.balance_minor) == (100_000, 0)
    entry = read(ada, f"/api/transactions/details/{first.json['data']['refund_transaction_id']}")
    assert (entry["type"], entry["amount"], entry["direction"]) == ("reversal", "30.00", "in")
    feed = ledger.call("GET", "/internal/journal?after=0&limit=2000", headers=ledger.service).json["data"]
    (booked,) = [one for one in feed if one["id"] == entry["id"]]
    assert sorted((leg["account_id"], leg["amount_minor"]) for leg in booked["postings"]) == [
        (ada.account_id, 3_000),
        ("bank:receivables:EUR", -3_000),
    ]
    ledger.check()


def test_an_account_is_closed_once_nothing_that_it_collected_can_be_refunded(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    mandate_id, day = agreed_mandate(power, ada)["id"], settled_day(ledger, 2)
    collection_ids = [made(collect_on(power, mandate_id, amount, day))["id"] for amount in ("30.00", "20.00")]
    go_to(ledger, day, 7)
    assert power.withdraw("50.00").status_code == 201
    path = f"/internal/ledger/accounts/{power.account_id}/status"
    refused = ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)
    assert (refused.status_code, refused.json["error_code"]) == (409, "ACCOUNT_HAS_COLLECTIONS")
    until = datetime.fromisoformat(refused.json["details"]["until"])
    assert until == datetime.fromisoformat(str(_collection(ada, collection_ids[0])["refundable_until"]))
    act(ada, f"{COLLECTIONS}/{collection_ids[0]}/refund")
    assert power.deposit("30.00").status_code == 201
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 409
    go_to(ledger, until.astimezone(BERLIN).date())
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    ledger.check()


def test_the_money_comes_back_from_an_account_that_is_frozen(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    path = f"/internal/ledger/accounts/{power.account_id}/status"
    assert ledger.call("PUT", path, {"status": "frozen"}, headers=ledger.service).status_code == 200
    act(ada, f"{COLLECTIONS}/{collection_id}/refund")
    assert (ada.balance_minor, power.balance_minor) == (100_000, 0)


def test_what_staff_took_back_already_is_not_refunded_again(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    entry_id = _collection(ada, collection_id)["transaction_id"]
    reverse = f"/api/transactions/{entry_id}/reverse"
    assert ledger.call("POST", reverse, {"reason": "wrong"}, headers=ledger.staff()).status_code == 201
    refused = ledger.call("POST", f"{COLLECTIONS}/{collection_id}/refund", {}, headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (409, "NOT_REFUNDABLE")
    taken_back = _collection(ada, collection_id)
    assert (taken_back["status"], taken_back["refundable_until"]) == ("paid", None)
    assert ada.balance_minor == 100_000
    path = f"/internal/ledger/accounts/{power.account_id}/status"
    closed = ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service)
    assert closed.status_code == 200, "nobody is owed anything any more"
    ledger.check()


def test_of_what_staff_took_back_in_part_the_rest_is_refunded(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    day = settled_day(ledger, 2)
    collection_id = made(collect_on(power, agreed_mandate(power, ada)["id"], "30.00", day))["id"]
    go_to(ledger, day, 7)
    reverse = f"/api/transactions/{_collection(ada, collection_id)['transaction_id']}/reverse"
    part = ledger.call("POST", reverse, {"reason": "wrong", "amount": "10.00"}, headers=ledger.staff())
    left = _collection(ada, collection_id)
    assert (left["amount"], left["refundable_amount"], left["refunded_amount"]) == ("30.00", "20.00", None)
    refunded = act(ada, f"{COLLECTIONS}/{collection_id}/refund")
    assert (refunded["status"], refunded["refundable_amount"]) == ("refunded", None)
    assert refunded["refunded_amount"] == _collection(power, collection_id)["refunded_amount"] == "20.00"
    assert [event["refunded_minor"] for event in told(ledger, "collection_refunded")] == [2_000]
    assert (ada.balance_minor, power.balance_minor) == (100_000, 0)
    ledger.check()
    with ledger.app.extensions["database"].write() as connection:
        of_staff = select(entries.c.position).where(entries.c.id == part.json["data"]["id"]).scalar_subquery()
        is_it = collections.c.id == collection_id
        refund = connection.execute(select(collections.c.refund_position).where(is_it)).scalar_one()
        connection.execute(update(collections).where(is_it).values(refund_position=of_staff))
    found = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]["findings"]
    assert collection_id in {finding["record"] for finding in found}, "what staff took back is not the refund"
    with ledger.app.extensions["database"].write() as connection:
        connection.execute(update(collections).where(is_it).values(refund_position=refund))


def test_between_two_accounts_of_ones_own_a_mandate_is_agreed_to_as_any_other(
    ledger: LedgerUnderTest, power: Holder
) -> None:
    other, day = ledger.open_account(power.owner_id, deposit_minor=5_000), settled_day(ledger, 2)
    asked = asked_mandate(power, other)
    assert (asked["status"], asked["side"]) == ("pending", None)
    early = collect_on(power, asked["id"], "30.00", day)
    assert (early.status_code, early.json["error_code"]) == (409, "MANDATE_NOT_ACTIVE")
    agreed = act(power, f"{MANDATES}/{asked['id']}/confirm")
    assert agreed["confirmed_by"] == {"kind": "customer", "name": None}
    collection = made(collect_on(power, asked["id"], "30.00", day))
    go_to(ledger, day, 7)
    assert (power.balance_minor, other.balance_minor) == (3_000, 2_000)
    act(power, f"{COLLECTIONS}/{collection['id']}/refund")
    assert (power.balance_minor, other.balance_minor) == (0, 5_000)
    ledger.check()


def test_a_mandate_for_one_collection_is_used_up_by_it(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    day = settled_day(ledger, 2)
    mandate = agreed_mandate(power, ada, kind="once")
    first = made(collect_on(power, mandate["id"], "10.00", day))
    second = collect_on(power, mandate["id"], "10.00", day)
    assert (second.status_code, second.json["error_code"]) == (409, "MANDATE_IS_ONCE")
    assert second.json["details"] == {"collection_id": first["id"]}
    go_to(ledger, day, 7)
    assert read(ada, f"{MANDATES}/{mandate['id']}")["status"] == "completed"
    third = collect_on(power, mandate["id"], "10.00", day)
    assert (third.status_code, third.json["details"]) == (409, {"status": "completed"})


def test_a_mandate_expires_after_36_months_without_a_collection(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    begun, day = bank_now(ledger).date(), settled_day(ledger, 40)
    unused, used = agreed_mandate(power, ada, "A"), agreed_mandate(power, ada, "B")
    never_confirmed = asked_mandate(power, ada, "C")
    made(collect_on(power, used["id"], "1.00", day))
    go_to(ledger, add_months(begun, 36), 23)
    assert read(ada, f"{MANDATES}/{unused['id']}")["status"] == "active"
    go_to(ledger, add_months(begun, 36) + timedelta(days=1), 1)
    statuses = [read(ada, f"{MANDATES}/{one['id']}")["status"] for one in (unused, never_confirmed, used)]
    assert statuses == ["expired", "expired", "active"]
    go_to(ledger, add_months(day, 36) + timedelta(days=1), 1)
    assert read(ada, f"{MANDATES}/{used['id']}")["status"] == "expired"
    events = [event for event in told(ledger, "mandate_changed") if event["status"] == "expired"]
    assert sorted(event["user_id"] for event in events) == sorted([ada.owner_id, power.owner_id] * 3)


def test_either_side_ends_a_mandate_and_only_the_debtor_confirms_it(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    refused, ended, stranger = asked_mandate(power, ada, "A"), agreed_mandate(power, ada, "B"), ledger.open_account()
    path = f"{MANDATES}/{refused['id']}"
    for method, where in (("POST", f"{path}/confirm"), ("POST", f"{path}/cancel"), ("GET", path)):
        assert ledger.call(method, where, {} if method == "POST" else None, headers=stranger.headers).status_code == 404
    assert ledger.call("POST", f"{path}/confirm", {}, headers=power.headers).status_code == 404
    assert act(ada, f"{path}/cancel")["status"] == "cancelled"
    late = ledger.call("POST", f"{path}/confirm", {}, headers=ada.headers)
    assert (late.status_code, late.json["error_code"]) == (409, "MANDATE_NOT_ACTIVE")
    assert act(power, f"{MANDATES}/{ended['id']}/cancel")["status"] == "cancelled"
    assert act(power, f"{MANDATES}/{ended['id']}/cancel")["status"] == "cancelled"
    heard = [(event["user_id"], event["status"]) for event in told(ledger, "mandate_changed")]
    assert heard == [(power.owner_id, "active"), (power.owner_id, "cancelled"), (ada.owner_id, "cancelled")]
    own_interest = ledger.keys.headers(power.owner_id, role="employee")
    third = asked_mandate(power, ada, "C")
    confirmed = ledger.call("POST", f"{MANDATES}/{third['id']}/confirm", {}, headers=own_interest)
    assert (confirmed.status_code, confirmed.json["error_code"]) == (403, "OWN_INTEREST")
    assert read(stranger, MANDATES) == []


def test_lists_show_both_sides_their_own(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    other, day = ledger.open_account(), settled_day(ledger, 2)
    first, second = agreed_mandate(power, ada, "A"), agreed_mandate(power, other, "B")
    mine = made(collect_on(power, first["id"], "1.00", day))
    theirs = made(collect_on(power, second["id"], "2.00", day))
    assert [row["id"] for row in read(power, COLLECTIONS)] == [theirs["id"], mine["id"]]
    assert [row["id"] for row in read(ada, COLLECTIONS)] == [mine["id"]]
    assert [row["id"] for row in read(power, f"{COLLECTIONS}?mandate_id={second['id']}")] == [theirs["id"]]
    assert read(ada, f"{COLLECTIONS}?mandate_id={second['id']}") == []
    assert read(ada, f"{COLLECTIONS}?account_id={power.account_id}") == [], "only one's own side is looked for"
    assert [row["id"] for row in read(power, f"{MANDATES}?account_id={power.account_id}")] == [
        second["id"],
        first["id"],
    ]
    assert [row["side"] for row in read(ada, MANDATES)] == ["debtor"]
    staff = ledger.call("GET", MANDATES, headers=ledger.staff()).json["data"]
    assert {(row["creditor_account_id"], row["debtor_account_id"], row["side"]) for row in staff} == {
        (power.account_id, ada.account_id, None),
        (power.account_id, other.account_id, None),
    }


def test_a_reference_is_used_once_and_a_key_asks_once(ledger: LedgerUnderTest, power: Holder, ada: Holder) -> None:
    payload = {
        "creditor_account_id": power.account_id,
        "debtor_account_number": ada.number,
        "reference": "R-1",
        "kind": "once",
    }
    key = new_id()
    first, again = (ledger.call("POST", MANDATES, payload, headers=power.headers, key=key) for _ in range(2))
    assert (first.status_code, again.json) == (201, first.json)
    taken = ledger.call("POST", MANDATES, payload, headers=power.headers)
    assert (taken.status_code, taken.json["error_code"]) == (409, "MANDATE_EXISTS")
    assert taken.json["details"] == {"mandate_id": first.json["data"]["id"]}
    act(ada, f"{MANDATES}/{first.json['data']['id']}/confirm")
    asked = {"mandate_id": first.json["data"]["id"], "amount": "1.00", "due_on": settled_day(ledger, 3).isoformat()}
    key = new_id()
    replies = [ledger.call("POST", COLLECTIONS, asked, headers=power.headers, key=key) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json == replies[1].json
    assert len(read(power, COLLECTIONS)) == 1


def test_unknown_numbers_and_days_that_have_passed_are_refused(
    ledger: LedgerUnderTest, power: Holder, ada: Holder
) -> None:
    payload = {"creditor_account_id": power.account_id, "reference": "R-1"}
    for number, status in (("DE89370400440532013000", 404), ("DE00", 422), (power.number, 400)):
        asked = {**payload, "debtor_account_number": number}
        assert ledger.call("POST", MANDATES, asked, headers=power.headers).status_code == status, number
    mandate = agreed_mandate(power, ada)
    past = collect_on(power, mandate["id"], "1.00", bank_now(ledger).date() - timedelta(days=1))
    assert (past.status_code, list(past.json["details"]["fields"])) == (422, ["due_on"])
    assert collect_on(ada, mandate["id"], "1.00", date(2030, 1, 1)).status_code == 404, "the debtor cannot collect"
    weekend = bank_now(ledger).date() + timedelta(days=12 - bank_now(ledger).weekday())
    asked_for = made(collect_on(power, mandate["id"], "1.00", weekend))
    due = datetime.fromisoformat(asked_for["due_at"]).astimezone(bank_now(ledger).tzinfo)
    assert (due.date(), due.hour) == (following_target_day(weekend), 6)
