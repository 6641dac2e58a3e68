"""Cards on the pages: ordered once, controlled and ended by their holder, seen and stopped by staff."""

from typing import Any

import pytest

from shared import services
from tests.pages import Browser
from tests.web_bank import PASSWORD, Customer, WebBank

MERCHANT = {"name": "Blue Cafe", "mcc": "5812", "country": "DE", "city": "Berlin"}
Account = dict[str, Any]


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> Account:
    """Ada's, with 100.00 in it."""
    return ada.opened(initial_deposit="100.00")


@pytest.fixture
def card(ada: Customer, account: Account) -> dict[str, Any]:
    issued: dict[str, Any] = ada.ask(services.ACCOUNT, "POST", "/api/cards/create", {"account_id": account["id"]})
    return issued


@pytest.fixture(scope="module")
def clerk(web: WebBank) -> Browser:
    return web.employee()


def cards_of(ada: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ada.ask(services.ACCOUNT, "GET", "/api/cards/list")
    return found


def now(ada: Customer, card: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ada.ask(services.ACCOUNT, "GET", f"/api/cards/details/{card['id']}")
    return found


def asked_to_pay(web: WebBank, card: dict[str, Any], amount: str, **more: Any) -> dict[str, Any]:
    body = {"card_id": card["id"], "amount": amount, "currency": "EUR", "merchant": MERCHANT, "channel": "chip", **more}
    headers = web.bank.headers("admin", scope="bank:simulate cards:acquire")
    path = "/api/card-network/authorizations"
    reply = web.bank.client(services.TRANSACTION).post(path, json=body, headers=headers)
    assert reply.status_code == 201, reply.text
    answered: dict[str, Any] = reply.json["data"]
    return answered


def text_of(page: Any) -> str:
    return " ".join(page.by_id["content"].split())


def hrefs(page: Any) -> list[str]:
    return [given.get("href", "") for _, given in page.tags]


def test_a_card_is_ordered_once_however_often_the_form_is_sent(ada: Customer, account: Account) -> None:
    assert "/cards/new" in hrefs(ada.open("/cards"))
    ada.open(f"/cards/new?account={account['id']}")
    replies = [ada.send("/cards/new", 303, nickname="Travel") for _ in range(3)]
    (card,) = cards_of(ada)
    assert {reply.headers["Location"] for reply in replies} == {f"/cards/{card['id']}"}
    assert card["nickname"] == "Travel"
    assert "Your card is ready." in ada.follow(replies[0]).text


def test_whoever_has_no_account_is_led_to_one(ada: Customer) -> None:
    assert "/accounts/new" in hrefs(ada.open("/cards/new"))


def test_limits_and_switches_are_kept_as_they_were_typed_or_named_where_wrong(
    ada: Customer, card: dict[str, Any]
) -> None:
    path = f"/cards/{card['id']}"
    form = ada.open(path).form(path)
    assert form.fields["online"] == "y"
    kept = {name: value for name, value in form.fields.items() if name not in ("abroad", "blocked")}
    wrong = ada.client.post(path, data={**kept, "daily": "a lot"})
    assert wrong.status_code == 422
    assert 'value="a lot"' in wrong.text
    sent = {**kept, "daily": "1,250.00", "per_payment": "80", "blocked": ["7995", "5813"], "nickname": "Fun"}
    assert ada.client.post(path, data=sent).status_code == 303
    after = now(ada, card)
    assert after["limits"] == {"per_payment": "80.00", "daily": "1250.00", "monthly": None}
    assert after["controls"] == {"online": True, "contactless": True, "abroad": False, "cash": True}
    assert (after["blocked_categories"], after["nickname"]) == (["5813", "7995"], "Fun")


def test_merchants_that_the_page_does_not_offer_stay_blocked(ada: Customer, card: dict[str, Any]) -> None:
    ada.ask(services.ACCOUNT, "PUT", f"/api/cards/update/{card['id']}", {"blocked_categories": ["1234", "7995"]})
    path = f"/cards/{card['id']}"
    form = ada.open(path).form(path)
    assert form.fields["blocked"] == "7995", "the one that the page offers is ticked"
    kept = {name: value for name, value in form.fields.items() if name != "blocked"}
    assert ada.client.post(path, data=kept).status_code == 303
    assert now(ada, card)["blocked_categories"] == ["1234"]


def test_a_card_is_frozen_and_unfrozen_on_its_page(ada: Customer, card: dict[str, Any]) -> None:
    for action, status, said in (("freeze", "frozen", "The card is frozen"), ("unfreeze", "active", "used again")):
        ada.open(f"/cards/{card['id']}")
        reply = ada.send(f"/cards/{card['id']}/{action}", 303)
        assert said in ada.follow(reply).text
        assert now(ada, card)["status"] == status


def test_what_staff_froze_is_not_for_its_holder_to_unfreeze(
    ada: Customer, card: dict[str, Any], clerk: Browser
) -> None:
    path = f"/cards/{card['id']}"
    page = clerk.open(path)
    assert "Ada Lovelace" in text_of(page)
    assert f"{path}/reveal" not in hrefs(page)
    clerk.send(f"{path}/freeze", 303)
    page = ada.open(path)
    assert "The bank froze it." in text_of(page)
    assert [form.action for form in page.forms if "unfreeze" in form.action] == []
    clerk.open(path)
    clerk.send(f"{path}/unfreeze", 303)
    assert now(ada, card)["status"] == "active"


def test_a_lost_card_is_reported_and_a_new_one_ordered_once(ada: Customer, card: dict[str, Any]) -> None:
    path = f"/cards/{card['id']}"
    ada.open(f"{path}/report")
    assert "Choose what happened." in ada.send(f"{path}/report", 422).text
    ada.send(f"{path}/report", 303, reason="lost")
    assert "was reported lost" in text_of(ada.open(path))
    ada.open(f"{path}/replace")
    replies = [ada.send(f"{path}/replace", 303) for _ in range(2)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert [one["status"] for one in cards_of(ada)] == ["active", "lost"]
    assert replies[0].headers["Location"] in hrefs(ada.open(path))


def test_a_card_is_given_up(ada: Customer, card: dict[str, Any]) -> None:
    path = f"/cards/{card['id']}/cancel"
    ada.open(path)
    ada.send(path, 303)
    assert now(ada, card)["status"] == "cancelled"
    assert "No longer in use" in text_of(ada.open("/cards"))


def test_number_and_code_are_shown_to_whoever_types_the_password_and_kept_nowhere(
    ada: Customer, card: dict[str, Any]
) -> None:
    path = f"/cards/{card['id']}/reveal"
    ada.open(path)
    assert "This is not your password." in ada.send(path, 422, password="not the one at all").text
    ada.open(path)
    reply = ada.send(path, 200, password=PASSWORD)
    assert "no-store" in reply.headers["Cache-Control"]
    number = next(part for part in text_of(ada.page).split("Number: ")[1:]).strip()[:19]
    assert (number[:7], number[-4:]) == ("9900 00", card["last4"])
    assert number not in ada.open(f"/cards/{card['id']}").text


def test_what_was_paid_and_what_was_declined_stand_on_the_cards_page(
    web: WebBank, ada: Customer, card: dict[str, Any]
) -> None:
    paid, declined = asked_to_pay(web, card, "12.50"), asked_to_pay(web, card, "500.00")
    page = ada.open(f"/cards/{card['id']}")
    for it in (paid, declined):
        assert f"/cards/payments/{it['id']}" in hrefs(page)
    assert "Approved" in text_of(page)
    shown = text_of(ada.open(f"/cards/payments/{declined['id']}"))
    assert "Declined." in shown
    assert declined["decline_reason"] in shown
    assert "Berlin, DE" in text_of(ada.open(f"/cards/payments/{paid['id']}"))


def test_what_a_shop_has_yet_to_collect_is_pending_among_the_movements_alone(
    web: WebBank, ada: Customer, account: Account, card: dict[str, Any]
) -> None:
    asked_to_pay(web, card, "12.50")
    page = ada.open(f"/accounts/{account['id']}")
    assert "Blue Cafe Restaurants" in text_of(page)
    assert "Pending" in text_of(page)
    assert "held-now" not in page.by_id, "it is listed once"
    assert "Blue Cafe" in text_of(ada.open("/transactions?status=pending"))


def test_a_payment_is_disputed_once_and_decided_by_staff(
    web: WebBank, ada: Customer, account: Account, card: dict[str, Any], clerk: Browser
) -> None:
    asked_to_pay(web, card, "12.50", capture=True)
    payment = ada.movements()[0]
    path = f"/transactions/{payment['id']}/dispute"
    assert path in hrefs(ada.open(f"/transactions/{payment['id']}"))
    assert f"/transactions/{payment['id']}" in hrefs(ada.open(f"/cards/payments/{payment['card']['authorization_id']}"))
    ada.open(path)
    replies = [ada.send(path, 303, reason="I was never there") for _ in range(2)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert ada.balance(account) == "100.00"
    listed = clerk.open("/admin/disputes")
    assert "I was never there" in text_of(listed)
    receipt = ada.open(f"/transactions/{payment['id']}")
    assert "I was never there The money is back until we have decided." in text_of(receipt)
    assert path not in hrefs(receipt), "it is disputed once"
    by_hand = f"/transactions/{payment['id']}/reverse"
    assert by_hand not in hrefs(clerk.open(f"/transactions/{payment['id']}")), "two people decide on it"
    (dispute,) = ada.ask(services.TRANSACTION, "GET", "/api/card-network/disputes")
    decide = f"/admin/disputes/{dispute['id']}"
    clerk.open(decide)
    assert "Choose one of the two." in clerk.send(decide, 422).text
    clerk.send(decide, 303, decision="lost")
    assert ada.balance(account) == "87.50"
    assert by_hand not in hrefs(clerk.open(f"/transactions/{payment['id']}")), "the shop may refund it"
    assert "the payment stands" in text_of(ada.open(f"/transactions/{payment['id']}"))
    assert "I was never there" not in text_of(clerk.open("/admin/disputes"))


def test_staff_read_who_pays_for_a_dispute_that_its_holder_wins(
    web: WebBank, ada: Customer, card: dict[str, Any], clerk: Browser
) -> None:
    shop = web.customer("Sam Shop")
    words = {}
    for leaves in (False, True):
        till = shop.opened()
        asked_to_pay(web, card, "12.50", capture=True, merchant={**MERCHANT, "account_id": till["id"]})
        if leaves:
            move = {"from_account_id": till["id"], "to_account_id": shop.opened()["id"], "amount": "12.50"}
            shop.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", move)
            shop.ask(services.ACCOUNT, "DELETE", f"/api/accounts/close/{till['id']}")
        claim = {"transaction_id": ada.movements()[0]["id"], "reason": "I was never there"}
        dispute = ada.ask(services.TRANSACTION, "POST", "/api/card-network/disputes", claim)
        decide = f"/admin/disputes/{dispute['id']}"
        before = text_of(clerk.open(decide))
        clerk.send(decide, 303, decision="won")
        words[leaves] = before, text_of(clerk.open(decide))
    assert ["is taken from the shop" in words[leaves][0] for leaves in (False, True)] == [True, False]
    assert "the network pays it" in words[True][0]
    assert ["the network paid" in words[leaves][1] for leaves in (False, True)] == [False, True]


def test_staff_find_cards_by_their_last_digits_and_by_whose_they_are(
    ada: Customer, card: dict[str, Any], clerk: Browser
) -> None:
    for query in (f"last4={card['last4']}", f"user_id={ada.user_id}", f"user_id={ada.user_id}&status=active"):
        assert f"/cards/{card['id']}" in hrefs(clerk.open(f"/admin/cards?{query}")), query
    assert f"/cards/{card['id']}" not in hrefs(clerk.open(f"/admin/cards?user_id={ada.user_id}&status=lost"))
    assert clerk.client.get("/admin/cards?last4=12x4").status_code == 422
    assert ada.client.get("/admin/cards").status_code == 403


def test_while_the_ledger_is_away_a_card_is_not_said_to_be_frozen(
    web: WebBank, ada: Customer, card: dict[str, Any]
) -> None:
    ada.open(f"/cards/{card['id']}")
    web.weather.is_away = True
    try:
        reply = ada.client.post(
            f"/cards/{card['id']}/freeze", data={"csrf_token": ada.page.forms[-1].fields["csrf_token"]}
        )
        assert reply.status_code == 503
    finally:
        web.weather.is_away = False
    assert now(ada, card)["status"] == "active"
