"""The card network: what shops ask of cards is held, collected, given back, disputed; to the cent."""

from datetime import date, timedelta

import pytest

from shared.identifiers import new_id
from tests.cards import CAFE, NETWORK, SHOP, TestCard, state
from tests.holds import advance, figures
from tests.ledgers import LedgerUnderTest
from tests.orders import bank_now, go_to, told

pytestmark = pytest.mark.databases_in_turn


def test_a_payment_is_authorized_collected_and_keeps_its_id(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    approved = card.authorized("40.00")
    assert (approved["status"], approved["response_code"], approved["decline_code"]) == ("approved", "00", None)
    assert figures(ada) == ("100.00", "60.00", "40.00")
    (pending, deposit) = card.transactions()
    assert (pending["id"], pending["status"], pending["type"]) == (approved["id"], "pending", "card_purchase")
    assert (pending["amount"], pending["direction"], pending["balance_after"]) == ("40.00", "out", None)
    assert (pending["description"], pending["category"]) == ("Blue Cafe", "restaurants")
    assert pending["card"] == {
        "id": card.id,
        "last4": card.number[-4:],
        "merchant": "Blue Cafe",
        "mcc": "5812",
        "country": "DE",
        "channel": "chip",
        "authorization_id": approved["id"],
    }
    taken = card.capture(approved["id"])
    assert taken.status_code == 201, taken.text
    entry = taken.json["data"]
    assert (entry["id"], entry["status"], entry["card"]) == (approved["id"], "completed", pending["card"])
    assert card.transactions() == [entry, deposit]
    assert figures(ada) == ("60.00", "60.00", "0.00")
    ended = card.authorization(approved["id"])
    assert (ended["status"], ended["captured_amount"]) == ("captured", "40.00")
    assert [event["type"] for event in ended["events"]] == ["approved", "captured"]
    again = card.capture(approved["id"])
    assert (again.status_code, again.json["error_code"]) == (409, "AUTHORIZATION_ENDED")
    ledger.check()


def test_a_used_key_gets_the_same_answer_again(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    first = card.authorize("40.00", key="a")
    card.set(status="frozen")
    again = card.authorize("40.00", key="a")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = card.authorize("41.00", key="a")
    assert (other.status_code, other.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    authorization_id = first.json["data"]["id"]
    taken, replayed = (card.capture(authorization_id, key="b") for _ in range(2))
    assert (taken.status_code, taken.data) == (201, replayed.data)
    assert figures(ada) == ("60.00", "60.00", "0.00")
    ledger.check()


def test_a_declined_payment_is_an_answer_and_shown_to_the_holder(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    card = TestCard(ada)
    reply = card.authorize("10.01")
    declined = reply.json["data"]
    assert (reply.status_code, declined["status"], declined["hold_id"]) == (201, "declined", None)
    assert (declined["decline_code"], declined["response_code"]) == ("INSUFFICIENT_FUNDS", "51")
    (refused,) = card.transactions(status="refused")
    assert (refused["id"], refused["error_code"], refused["amount"]) == (declined["id"], "INSUFFICIENT_FUNDS", "10.01")
    assert (refused["card"]["id"], refused["card"]["merchant"]) == (card.id, CAFE["name"])
    assert refused["card"]["authorization_id"] == declined["id"]
    path = f"/api/transactions/details/{declined['id']}"
    assert ledger.call("GET", path, headers=ada.headers).json["data"]["card"] == refused["card"]
    assert figures(ada) == ("10.00", "10.00", "0.00")
    (event,) = told(ledger, "card_payment_declined")
    assert (event["authorization_id"], event["user_id"]) == (declined["id"], ada.owner_id)
    assert (event["merchant_name"], event["last4"]) == ("Blue Cafe", card.number[-4:])
    assert (event["amount_minor"], event["currency"], event["decline_code"]) == (1_001, "EUR", "INSUFFICIENT_FUNDS")
    late = card.capture(declined["id"])
    assert (late.status_code, late.json["details"]) == (409, {"status": "declined"})
    ledger.check()


def test_what_there_is_will_do_where_the_shop_says_so(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    card = TestCard(ada)
    partly = card.authorized("25.00", partial_ok=True)
    assert (partly["amount"], partly["approved_amount"], partly["response_code"]) == ("25.00", "10.00", "10")
    assert card.capture(partly["id"]).json["data"]["amount"] == "10.00"
    assert card.authorize("5.00", partial_ok=True).json["data"]["decline_code"] == "INSUFFICIENT_FUNDS"
    ledger.check()


def test_a_payment_collected_at_once_holds_nothing(ledger: LedgerUnderTest) -> None:
    ada, shop = ledger.open_account(deposit_minor=5_000), ledger.open_account()
    card = TestCard(ada)
    paid = card.authorized("20.00", capture=True, channel="cash", merchant={**SHOP, "account_id": shop.account_id})
    assert (paid["status"], paid["hold_id"], paid["captured_amount"]) == ("captured", None, "20.00")
    assert [event["type"] for event in paid["events"]] == ["approved", "captured"]
    assert figures(ada) == ("30.00", "30.00", "0.00")
    assert figures(shop)[0] == "20.00"
    (entry, _) = card.transactions()
    assert (entry["id"], entry["type"], entry["card"]["merchant"]) == (paid["id"], "cash_withdrawal", "Book Corner")
    ledger.check()


def test_more_can_be_held_and_a_part_given_back_before_it_is_collected(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    authorization_id = card.authorized("30.00", merchant=SHOP)["id"]
    more = card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "20.00"}).json["data"]
    assert (more["status"], more["approved_amount"]) == ("approved", "50.00")
    assert figures(ada) == ("100.00", "50.00", "50.00")
    too_much = card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "50.01"}).json["data"]
    assert (too_much["status"], too_much["decline_code"]) == ("approved", "INSUFFICIENT_FUNDS")
    assert too_much["approved_amount"] == "50.00"
    (event,) = told(ledger, "card_payment_declined")
    assert (event["authorization_id"], event["amount_minor"]) == (authorization_id, 5_001)
    assert card.reverse(authorization_id, amount="10.00").json["data"]["status"] == "approved"
    assert figures(ada) == ("100.00", "60.00", "40.00")
    first = card.capture(authorization_id, amount="15.00", final=False).json["data"]
    assert first["id"] == authorization_id
    assert card.authorization(authorization_id)["status"] == "partly_captured"
    second = card.capture(authorization_id).json["data"]
    assert (second["amount"], second["card"]["authorization_id"]) == ("25.00", authorization_id)
    assert second["id"] != authorization_id
    assert figures(ada) == ("60.00", "60.00", "0.00")
    story = card.authorization(authorization_id)["events"]
    assert [(event["type"], event["amount"]) for event in story] == [
        ("approved", "30.00"),
        ("incremented", "20.00"),
        ("increment_declined", "50.01"),
        ("reversed", "10.00"),
        ("captured", "15.00"),
        ("captured", "25.00"),
    ]
    ledger.check()


def test_what_is_added_on_a_later_day_counts_for_that_day(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100_000)
    card = TestCard(ada)
    hotel = {**SHOP, "mcc": "7011"}
    authorization_id = card.authorized("30.00", merchant=hotel)["id"]
    advance(ada, days=1)
    assert card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "20.00"}).status_code == 200
    limits = {"per_payment_minor": None, "daily_minor": 5_000, "monthly_minor": None}
    card.set(limits=limits)
    assert card.authorize("30.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    assert card.authorize("30.00").json["data"]["status"] == "approved"
    refused = card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "0.01"}).json["data"]
    assert refused["decline_code"] == "AMOUNT_LIMIT"
    assert card.capture(authorization_id, amount="5.00").status_code == 201
    assert card.authorize("15.00").json["data"]["status"] == "approved", "what was given back is not used up"
    assert card.authorize("0.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    advance(ada, days=1)
    assert card.authorize("50.00").json["data"]["status"] == "approved", "a new day"
    ledger.check()


def test_what_is_added_in_another_month_counts_for_that_month(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=100_000)
    card = TestCard(ada, limits={"per_payment_minor": None, "daily_minor": None, "monthly_minor": 5_000})
    last = bank_now(ledger).date()
    go_to(ledger, date(last.year + last.month // 12, last.month % 12 + 1, 1) - timedelta(days=1), 23)
    authorization_id = card.authorized("30.00", merchant={**SHOP, "mcc": "7011"})["id"]
    advance(ada, hours=2)
    assert card.ask(f"/authorizations/{authorization_id}/increment", {"amount": "20.00"}).status_code == 200
    assert card.authorize("30.01").json["data"]["decline_code"] == "AMOUNT_LIMIT"
    assert card.authorize("30.00").json["data"]["status"] == "approved"
    ledger.check()


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, ["cash", "books", "coffee"]),
        ({"status": "pending"}, ["cash", "books", "coffee"]),
        ({"status": "completed"}, []),
        ({"status": "pending", "type": "cash_withdrawal"}, ["cash"]),
        ({"status": "pending", "type": "card_purchase"}, ["books", "coffee"]),
        ({"status": "pending", "category": "restaurants"}, ["coffee"]),
        ({"status": "pending", "category": "shopping"}, ["books"]),
        ({"status": "pending", "min_amount": "5.00"}, ["cash", "books"]),
        ({"status": "pending", "max_amount": "5.00"}, ["books", "coffee"]),
        ({"status": "pending", "direction": "in"}, []),
        ({"status": "pending", "direction": "out"}, ["cash", "books", "coffee"]),
        ({"status": "pending", "q": "corner"}, ["books"]),
        ({"status": "pending", "from": "2100-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_pending_payments_are_narrowed_as_all_others(
    ledger: LedgerUnderTest, wanted: dict[str, str], left: list[str]
) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    made = {
        "coffee": card.authorized("4.00", merchant=CAFE)["id"],
        "books": card.authorized("5.00", merchant=SHOP)["id"],
        "cash": card.authorized("50.00", merchant={**SHOP, "name": "Bank", "mcc": "6011"}, channel="cash")["id"],
    }
    names = {row_id: name for name, row_id in made.items()}
    assert [names[row["id"]] for row in card.transactions(**wanted) if row["id"] in names] == left
    path = f"/api/transactions/account/{ada.account_id}?status=pending&limit=2"
    page = ledger.call("GET", path, headers=ada.headers).json
    rest = ledger.call("GET", f"{path}&cursor={page['next_cursor']}", headers=ada.headers).json
    assert [names[row["id"]] for row in page["data"] + rest["data"]] == ["cash", "books", "coffee"]


def test_a_reversed_payment_leaves_no_transaction(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=10_000)
    card = TestCard(ada)
    authorization_id = card.authorized("30.00")["id"]
    reversed_one = card.reverse(authorization_id)
    assert (reversed_one.status_code, reversed_one.json["data"]["status"]) == (200, "reversed")
    assert figures(ada) == ("100.00", "100.00", "0.00")
    assert [row["type"] for row in card.transactions()] == ["deposit"]
    gone = ledger.call("GET", f"/api/transactions/details/{authorization_id}", headers=ada.headers)
    assert gone.status_code == 404
    for again in (card.reverse(authorization_id), card.capture(authorization_id)):
        assert (again.status_code, again.json["details"]) == (409, {"status": "reversed"})
    ledger.check()


def test_an_expired_authorization_is_available_again_and_may_still_be_collected(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=5_000)
    card = TestCard(ada)
    authorization_id = card.authorized("40.00")["id"]
    advance(ada, days=5)
    assert card.authorization(authorization_id)["status"] == "expired"
    assert figures(ada) == ("50.00", "50.00", "0.00")
    assert ada.withdraw("30.00").status_code == 201
    forced = card.capture(authorization_id)
    assert (forced.status_code, forced.json["data"]["balance_after"]) == (201, "-20.00")
    assert forced.json["data"]["id"] == authorization_id
    assert figures(ada) == ("-20.00", "-20.00", "0.00")
    ended = card.authorization(authorization_id)
    assert (ended["status"], ended["captured_amount"]) == ("captured", "40.00")
    assert [event["type"] for event in ended["events"]] == ["approved", "expired", "captured"]
    assert card.capture(authorization_id).json["error_code"] == "AUTHORIZATION_ENDED"
    ledger.check()


@pytest.mark.parametrize(
    ("mcc", "channel", "days"),
    [("5942", "chip", 5), ("5942", "online", 10), ("7011", "chip", 31), ("3008", "online", 31), ("7512", "chip", 31)],
)
def test_how_long_it_is_held_depends_on_the_merchant(
    ledger: LedgerUnderTest, mcc: str, channel: str, days: int
) -> None:
    ada = ledger.open_account(deposit_minor=5_000)
    card = TestCard(ada)
    authorization_id = card.authorized("40.00", merchant={**SHOP, "mcc": mcc}, channel=channel)["id"]
    advance(ada, days=days - 1, hours=23)
    assert card.authorization(authorization_id)["status"] == "approved"
    advance(ada, hours=1)
    assert card.authorization(authorization_id)["status"] == "expired"


def test_a_tip_and_a_full_tank_are_more_than_was_asked_for(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=50_000)
    card = TestCard(ada)
    for merchant, asked, most, beyond in (
        (CAFE, "50.00", "60.00", "60.01"),
        ({**SHOP, "mcc": "5542"}, "1.00", "150.00", "150.01"),
        (SHOP, "50.00", "50.00", "50.01"),
    ):
        authorization_id = card.authorized(asked, merchant=merchant)["id"]
        refused = card.capture(authorization_id, amount=beyond)
        assert (refused.json["error_code"], refused.json["details"]["available"]) == ("MORE_THAN_HELD", most)
        assert card.capture(authorization_id, amount=most).json["data"]["amount"] == most
    assert figures(ada) == ("240.00", "240.00", "0.00")
    ledger.check()


def test_a_clearing_is_booked_whatever_the_card_may_do(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    card = TestCard(ada, status="lost")
    asked = {"card_number": card.number, "amount": "12.40", "currency": "EUR", "merchant": SHOP}
    booked = card.ask("/clearings", asked, key="c")
    assert (booked.status_code, booked.json["data"]["balance_after"]) == (201, "-2.40")
    assert booked.json["data"]["card"]["authorization_id"] is None
    assert card.ask("/clearings", asked, key="c").data == booked.data
    refused = ada.withdraw("0.01")
    assert refused.json["error_code"] == "INSUFFICIENT_FUNDS"
    ledger.check()


def test_an_older_state_of_a_card_changes_nothing_and_other_facts_are_refused(ledger: LedgerUnderTest) -> None:
    ada, bob = ledger.open_account(deposit_minor=10_000), ledger.open_account()
    card = TestCard(ada)
    card.set(status="frozen")
    told = card.tell({**card.facts, **state()})
    assert (told.status_code, told.json["data"]["status"], told.json["data"]["version"]) == (200, "frozen", 2)
    assert card.authorize("1.00").json["data"]["decline_code"] == "CARD_FROZEN"
    for other in ({"account_id": bob.account_id}, {"expires": "2098-12"}, {"security_code": "124"}):
        refused = card.tell({**card.facts, **state(), **other})
        assert (refused.status_code, refused.json["error_code"]) == (409, "CARD_CONFLICT")
    path = f"/internal/ledger/cards/{new_id()}"
    taken = ledger.call("PUT", path, {**card.facts, **state()}, headers=ledger.service)
    assert (taken.status_code, taken.json["error_code"]) == (409, "CARD_CONFLICT")


def test_an_account_with_money_held_for_a_card_is_not_closed(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    card = TestCard(ada)
    authorization_id = card.authorized("10.00")["id"]
    path = f"/internal/ledger/accounts/{ada.account_id}/status"
    closing = {"status": "closed", "reason": "gone"}
    assert ledger.call("PUT", path, closing, headers=ledger.service).status_code == 409
    assert card.capture(authorization_id).status_code == 201
    assert ledger.call("PUT", path, closing, headers=ledger.service).status_code == 200
    assert card.authorize("1.00").json["data"]["decline_code"] == "ACCOUNT_CLOSED"
    refused = card.ask("/refunds", {"original_id": authorization_id})
    assert (refused.status_code, refused.json["error_code"]) == (409, "ACCOUNT_CLOSED")
    ledger.check()


def test_a_simulation_stays_among_its_own_and_staff_out_of_their_own(ledger: LedgerUnderTest) -> None:
    ada = ledger.open_account(deposit_minor=1_000)
    bob = ledger.open_account(deposit_minor=1_000, synthetic=True)
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate cards:acquire")
    payment = {"amount": "1.00", "currency": "EUR", "merchant": CAFE, "channel": "chip"}
    for account, code in ((ada, "INVALID_CARD"), (bob, None)):
        asked = {"card_id": TestCard(account).id, **payment}
        reply = ledger.call("POST", f"{NETWORK}/authorizations", asked, headers=simulator)
        assert reply.json["data"]["decline_code"] == code
    admin = ledger.keys.headers(ada.owner_id, role="admin", scope="bank:simulate cards:acquire")
    asked = {"card_id": TestCard(ada).id, **payment}
    own = ledger.call("POST", f"{NETWORK}/authorizations", asked, headers=admin)
    assert (own.status_code, own.json["error_code"]) == (403, "OWN_INTEREST")
