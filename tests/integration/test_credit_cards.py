"""Credit cards: the account that comes with one, what it may lend, its bills, and how it is given up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from reporting_service.proof.checks import account_and_ledger
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank
from tests.cards import NETWORK, SHOP
from tests.holds import CLOCK

pytestmark = pytest.mark.databases_in_turn

LIMIT = "2500.00"


@dataclass(frozen=True)
class Holder:
    """Jane, whose credit card is settled from her checking account."""

    bank: AccountBank
    user_id: str
    checking_id: str
    card: dict[str, Any]

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.bank.call(method, f"/api/cards{path}", self.user_id, body, **options)

    def now(self) -> dict[str, Any]:
        """The card as it is shown."""
        found: dict[str, Any] = self.ask("GET", f"/details/{self.card['id']}").json["data"]
        return found

    def update(self, **changes: Any) -> TestResponse:
        return self.ask("PUT", f"/update/{self.card['id']}", changes)

    def pay(self, key: str | None = None, **payload: Any) -> TestResponse:
        return self.ask("POST", f"/{self.card['id']}/pay", payload, key=key)

    def statements(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/{self.card['id']}/statements").json["data"]
        return found

    def authorize(self, amount: str, card_id: str = "", **more: Any) -> dict[str, Any]:
        """A shop asks to be paid by this card, or by another one."""
        asked = {"card_id": card_id or self.card["id"], "amount": amount, "currency": "EUR", **more}
        headers = self.bank.keys.headers("acquirer", role="service", scope="cards:acquire")
        payload = {**asked, "merchant": SHOP, "channel": "chip"}
        reply = self.bank.ledger.call("POST", f"{NETWORK}/authorizations", payload, headers=headers)
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json["data"]
        return found

    def buy(self, amount: str) -> None:
        assert self.authorize(amount, capture=True)["status"] == "captured"

    def account(self, account_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.bank.call("GET", f"/details/{account_id}", self.user_id).json["data"]
        return found

    def move(self, source_id: str, target_id: str, amount: str) -> TestResponse:
        payload = {"from_account_id": source_id, "to_account_id": target_id, "amount": amount}
        headers = self.bank.keys.headers(self.user_id)
        return self.bank.ledger.call("POST", "/api/transactions/transfer", payload, headers=headers)


def credit_card(bank: AccountBank, user_id: str, checking_id: str, **facts: Any) -> TestResponse:
    key = facts.pop("key", None)
    body = {"kind": "credit", "settlement_account_id": checking_id, **facts}
    return bank.call("POST", "/api/cards/create", user_id, body, key=key)


def issued_to(bank: AccountBank, user_id: str, *, deposit: str = "1000.00", **facts: Any) -> Holder:
    checking_id = str(bank.opened(user_id, initial_deposit=deposit)["id"])
    reply = credit_card(bank, user_id, checking_id, **facts)
    assert reply.status_code == 201, reply.text
    return Holder(bank, user_id, checking_id, reply.json["data"])


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def jane(bank: AccountBank) -> Holder:
    return issued_to(bank, bank.person("Jane Doe"), billing_day=9, nickname="Travel")


def test_a_credit_card_comes_with_an_account_that_lends(jane: Holder) -> None:
    card = jane.card
    assert (card["kind"], card["status"], card["nickname"]) == ("credit", "active", "Travel")
    assert (card["credit_limit"], card["balance"], card["available_credit"]) == (LIMIT, "0.00", LIMIT)
    assert (card["billing_day"], card["settlement_account_id"]) == (9, jane.checking_id)
    jane.buy("120.50")
    jane.authorize("30.00")
    now = jane.now()
    assert (now["credit_limit"], now["balance"], now["available_credit"]) == (LIMIT, "-120.50", "2349.50")
    assert jane.ask("GET", "/list").json["data"] == [now]
    account = jane.account(card["account_id"])
    assert (account["account_type"], account["balance"], account["overdraft_limit"]) == ("credit", "-120.50", LIMIT)
    assert (account["interest_rate"], account["product"]) == ("0.00", "credit")
    assert jane.authorize("2349.51")["decline_code"] == "INSUFFICIENT_FUNDS"
    assert jane.authorize("2349.50")["status"] == "approved"


def test_the_same_key_issues_one_card_with_one_account(bank: AccountBank) -> None:
    user_id = bank.person()
    checking_id = bank.opened(user_id)["id"]
    first, again = (credit_card(bank, user_id, checking_id, key="k") for _ in range(2))
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert len(bank.call("GET", "/list", user_id).json["data"]) == 2
    other = credit_card(bank, user_id, checking_id, key="k", billing_day=3)
    assert other.json["error_code"] == "IDEMPOTENCY_KEY_REUSED"


def test_its_holder_has_as_much_lent_as_the_product_grants_and_staff_grant_more(bank: AccountBank) -> None:
    user_id = bank.person()
    checking_id = bank.opened(user_id)["id"]
    refused = credit_card(bank, user_id, checking_id, credit_limit="2500.01")
    assert (refused.status_code, refused.json["error_code"]) == (409, "CREDIT_LIMIT_EXCEEDED")
    assert refused.json["details"] == {"currency": "EUR", "limit": LIMIT, "amount": "2500.01"}
    assert len(bank.call("GET", "/list", user_id).json["data"]) == 1, "nothing was opened"
    first = credit_card(bank, user_id, checking_id, credit_limit="2000.00").json["data"]
    second = credit_card(bank, user_id, checking_id).json["data"]
    assert second["credit_limit"] == "500.00", "what is left of what the product grants"
    assert credit_card(bank, user_id, checking_id).json["details"]["limit"] == "0.00"
    path = f"/api/cards/update/{first['id']}"
    raised = bank.staff("PUT", path, {"credit_limit": "10000.00"})
    assert raised.json["data"]["credit_limit"] == "10000.00"
    assert bank.call("PUT", path, user_id, {"credit_limit": "9000.00"}).json["data"]["available_credit"] == "9000.00"
    assert bank.call("PUT", path, user_id, {"credit_limit": "9000.01"}).json["details"]["limit"] == "9000.00"


def test_nobody_lends_themself_money_of_the_bank(bank: AccountBank) -> None:
    clerk = bank.person()
    checking_id = bank.opened(clerk)["id"]
    body = {"kind": "credit", "settlement_account_id": checking_id, "credit_limit": "9999.00"}
    refused = bank.call("POST", "/api/cards/create", clerk, body, role="employee")
    assert refused.json["error_code"] == "CREDIT_LIMIT_EXCEEDED"
    assert bank.staff("POST", "/api/cards/create", body).json["data"]["credit_limit"] == "9999.00"


def test_a_limit_may_fall_below_what_is_owed(jane: Holder) -> None:
    jane.buy("200.00")
    lowered = jane.update(credit_limit="100.00").json["data"]
    assert (lowered["credit_limit"], lowered["available_credit"]) == ("100.00", "-100.00")
    assert jane.authorize("0.01")["decline_code"] == "INSUFFICIENT_FUNDS"
    assert jane.pay().status_code == 201
    assert jane.now()["available_credit"] == "100.00"


def test_what_makes_no_sense_is_refused_field_by_field(jane: Holder) -> None:
    def fields(reply: TestResponse) -> set[str]:
        assert reply.status_code == 422, reply.text
        return set(reply.json["details"]["fields"])

    bank, user_id = jane.bank, jane.user_id
    savings = bank.opened(user_id, account_type="savings")["id"]
    debit = bank.card(user_id, jane.checking_id)
    credit_account = jane.card["account_id"]
    assert fields(credit_card(bank, user_id, savings)) == {"settlement_account_id"}
    assert fields(credit_card(bank, user_id, credit_account)) == {"settlement_account_id"}
    assert fields(credit_card(bank, user_id, jane.checking_id, billing_day=29)) == {"billing_day"}
    assert fields(credit_card(bank, user_id, jane.checking_id, credit_limit="1.001")) == {"credit_limit"}
    assert fields(credit_card(bank, user_id, jane.checking_id, product="savings")) == {"product"}
    assert fields(jane.ask("POST", "/create", {})) == {"account_id"}
    with_limit = {"account_id": jane.checking_id, "credit_limit": "5.00"}
    assert fields(jane.ask("POST", "/create", with_limit)) == {"credit_limit"}
    assert fields(jane.ask("POST", "/create", {"account_id": credit_account})) == {"account_id"}
    changed = {"billing_day": 4, "credit_limit": "5.00"}
    assert fields(jane.ask("PUT", f"/update/{debit['id']}", changed)) == {"billing_day", "credit_limit"}
    assert fields(bank.call("POST", "/create", user_id, {"account_type": "credit"})) == {"account_type"}
    assert jane.ask("GET", f"/{debit['id']}/statements").status_code == 404
    assert jane.ask("POST", f"/{debit['id']}/pay", {}).status_code == 404


def test_a_credit_card_of_somebody_else_is_nobodys_business(jane: Holder) -> None:
    bank, bob = jane.bank, jane.bank.person("Bob Roe")
    jane.buy("10.00")
    bobs = bank.opened(bob)["id"]
    assert credit_card(bank, bob, jane.checking_id).status_code == 404
    for method, path, body in (
        ("GET", f"/{jane.card['id']}/statements", None),
        ("POST", f"/{jane.card['id']}/pay", {}),
        ("PUT", f"/update/{jane.card['id']}", {"billing_day": 5}),
    ):
        assert bank.call(method, f"/api/cards{path}", bob, body).status_code == 404, path
    assert jane.pay(from_account_id=bobs).status_code == 404
    assert jane.update(settlement_account_id=bobs).status_code == 404
    staff_pays = bank.staff("POST", f"/api/cards/{jane.card['id']}/pay", {})
    assert staff_pays.json["error_code"] == "FORBIDDEN"
    assert bank.staff("GET", f"/api/cards/{jane.card['id']}/statements").status_code == 200
    mixed = {"billing_day": 5, "controls": {"online": False}}
    assert bank.staff("PUT", f"/api/cards/update/{jane.card['id']}", mixed).json["error_code"] == "FORBIDDEN"


def test_what_is_owed_is_paid_once_from_the_linked_account_or_another(jane: Holder) -> None:
    jane.buy("200.00")
    first, again = jane.pay("k", amount="50.00"), jane.pay("k", amount="50.00")
    paid = first.json["data"]
    assert (paid["amount"], paid["from_account_id"]) == ("50.00", jane.checking_id)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    (by,) = [entry["initiated_by"] for entry in jane.bank.entries() if entry["type"] == "card_payment"]
    assert (by["kind"], by["session_id"] is None) == ("customer", False), "rule 23: who, and in which session"
    savings = jane.bank.opened(jane.user_id, account_type="savings", initial_deposit="80.00")["id"]
    assert jane.pay(from_account_id=savings).json["error_code"] == "INSUFFICIENT_FUNDS"
    assert jane.pay(from_account_id=jane.card["account_id"]).json["error_code"] == "SAME_ACCOUNT"
    assert jane.pay(amount="80.00", from_account_id=savings).status_code == 201
    assert jane.pay().json["data"]["amount"] == "70.00"
    assert jane.pay().json["error_code"] == "NOTHING_OWED"
    assert (jane.now()["balance"], jane.account(jane.checking_id)["balance"]) == ("0.00", "880.00")


def test_a_card_that_pays_another_would_lend_twice(bank: AccountBank) -> None:
    jane = issued_to(bank, bank.person(), credit_limit="1000.00")
    other = credit_card(bank, jane.user_id, jane.checking_id).json["data"]
    jane.buy("100.00")
    refused = jane.pay(from_account_id=other["account_id"])
    assert (refused.json["error_code"], refused.json["details"]["available"]) == ("INSUFFICIENT_FUNDS", "0.00")


def test_the_bill_is_made_on_its_day_and_read_by_its_holder_and_staff(jane: Holder) -> None:
    jane.buy("200.00")
    (open_one,) = jane.statements()
    assert (open_one["id"], open_one["status"], open_one["purchases"]) == (None, "open", "200.00")
    headers = jane.bank.keys.headers("simulator-service", role="service", scope="bank:simulate")
    until = {"advance_to": f"{open_one['due_on']}T12:00:00Z", "wait_seconds": 30}
    assert jane.bank.ledger.call("POST", CLOCK, until, headers=headers).status_code == 200
    _, made = jane.statements()
    assert (made["status"], made["closing"], made["due_on"][-2:]) == ("paid", "200.00", "09")
    path = f"/statements/{made['id']}"
    assert jane.ask("GET", path).json["data"] == made
    assert jane.bank.staff("GET", f"/api/cards{path}").json["data"] == made
    assert jane.bank.call("GET", f"/api/cards{path}", jane.bank.person()).status_code == 404
    assert jane.ask("GET", f"/statements/{new_id()}").status_code == 404
    assert jane.ask("GET", "/statements/none").status_code == 404


def test_bills_are_paged_and_the_open_one_stands_before_the_first(jane: Holder) -> None:
    headers = jane.bank.keys.headers("simulator-service", role="service", scope="bank:simulate")
    for _ in range(3):
        until = {"advance_to": f"{jane.statements()[0]['due_on']}T12:00:00Z", "wait_seconds": 30}
        assert jane.bank.ledger.call("POST", CLOCK, until, headers=headers).status_code == 200
    whole, path = jane.statements(), f"/{jane.card['id']}/statements?limit=2"
    assert len(whole) == 4
    first = jane.ask("GET", path).json
    second = jane.ask("GET", f"{path}&cursor={first['next_cursor']}").json
    assert (first["data"], second["data"], second["next_cursor"]) == (whole[:3], whole[3:], None)
    assert jane.ask("GET", f"{path}&after={whole[2]['id']}").json["data"] == [whole[1]]
    for wrong in ("cursor=none", f"after={new_id()}", "limit=0"):
        refused = jane.ask("GET", f"/{jane.card['id']}/statements?{wrong}")
        assert (refused.status_code, list(refused.json["details"]["fields"])) == (422, [wrong.partition("=")[0]])


def test_it_is_settled_from_another_account_from_now_on(jane: Holder) -> None:
    bank = jane.bank
    refused = bank.call("DELETE", f"/close/{jane.checking_id}", jane.user_id)
    assert refused.json["error_code"] == "ACCOUNT_NOT_EMPTY"
    other = bank.opened(jane.user_id)["id"]
    assert jane.move(jane.checking_id, other, "1000.00").status_code == 201
    refused = bank.call("DELETE", f"/close/{jane.checking_id}", jane.user_id)
    assert refused.json["error_code"] == "ACCOUNT_SETTLES_CARD"
    dollars = bank.opened(jane.user_id, currency="USD")["id"]
    assert set(jane.update(settlement_account_id=dollars).json["details"]["fields"]) == {"settlement_account_id"}
    changed = jane.update(settlement_account_id=other, billing_day=17).json["data"]
    assert (changed["settlement_account_id"], changed["billing_day"]) == (other, 17)
    assert jane.statements()[0]["due_on"][-2:] in {"09", "17"}, "whichever comes first"
    assert bank.call("DELETE", f"/close/{jane.checking_id}", jane.user_id).status_code == 200
    assert jane.update(settlement_account_id=jane.checking_id).json["error_code"] == "ACCOUNT_CLOSED"


def test_a_replaced_card_keeps_account_and_bills(jane: Holder) -> None:
    jane.buy("20.00")
    assert jane.ask("POST", f"/{jane.card['id']}/report", {"reason": "lost"}).status_code == 200
    new = jane.ask("POST", f"/{jane.card['id']}/replace").json["data"]
    assert (new["account_id"], new["balance"], new["billing_day"]) == (jane.card["account_id"], "-20.00", 9)
    assert jane.authorize("1.00")["decline_code"] == "LOST_CARD"
    assert jane.authorize("1.00", new["id"])["status"] == "approved"
    for card_id in (jane.card["id"], new["id"]):
        assert jane.ask("GET", f"/{card_id}/statements").json["data"][0]["purchases"] == "20.00"


def test_a_credit_card_is_given_up_once_nothing_is_owed_either_way(jane: Holder) -> None:
    path = f"/{jane.card['id']}/cancel"
    held = jane.authorize("5.00")
    assert jane.ask("POST", path).json["error_code"] == "CARD_NOT_SETTLED", "a shop may still collect"
    headers = jane.bank.keys.headers("acquirer", role="service", scope="cards:acquire")
    given_back = f"{NETWORK}/authorizations/{held['id']}/reverse"
    assert jane.bank.ledger.call("POST", given_back, {}, headers=headers).status_code == 200
    jane.buy("40.00")
    refused = jane.ask("POST", path)
    assert (refused.json["error_code"], refused.json["details"]["balance"]) == ("CARD_NOT_SETTLED", "-40.00")
    assert jane.pay(amount="41.00").json["error_code"] == "MORE_THAN_OWED"
    assert jane.pay().status_code == 201
    assert jane.move(jane.checking_id, jane.card["account_id"], "1.00").status_code == 201
    assert jane.ask("POST", path).json["details"]["balance"] == "1.00"
    assert jane.move(jane.card["account_id"], jane.checking_id, "1.00").status_code == 201
    for _ in range(2):
        assert jane.ask("POST", path).json["data"]["status"] == "cancelled"
    account = jane.account(jane.card["account_id"])
    assert (account["status"], account["available_balance"]) == ("closed", "0.00")
    assert (jane.now()["available_credit"], jane.statements()) == ("0.00", []), "it lends nothing, and bills nothing"
    assert jane.bank.told.cards[jane.card["id"]]["status"] == "cancelled"
    assert jane.authorize("1.00")["status"] == "declined"
    assert jane.ask("POST", f"/{jane.card['id']}/replace").status_code == 409


def test_a_simulation_has_cards_for_its_own_people_alone(bank: AccountBank) -> None:
    robot, jane = bank.person("Rob Ot", synthetic=True), bank.person()
    for user_id, status in ((robot, 201), (jane, 404)):
        checking_id = bank.opened(user_id, initial_deposit="100.00")["id"]
        body = {"kind": "credit", "settlement_account_id": checking_id, "billing_day": 12}
        reply = bank.simulation("POST", "/api/cards/create", body, key=f"card-{user_id}")
        assert reply.status_code == status
    card = bank.call("GET", "/api/cards/list", robot).json["data"][0]
    Holder(bank, robot, card["settlement_account_id"], card).buy("10.00")
    paid = bank.simulation("POST", f"/api/cards/{card['id']}/pay", {}, key="pay")
    assert (paid.status_code, paid.json["data"]["amount"]) == (201, "10.00")
    (initiator,) = [entry["initiated_by"] for entry in bank.entries() if entry["type"] == "card_payment"]
    assert initiator["kind"] == "app"


def test_what_the_bank_froze_is_neither_given_up_nor_passed_by(jane: Holder) -> None:
    assert jane.bank.staff("POST", f"/api/cards/{jane.card['id']}/freeze").status_code == 200
    assert jane.update(credit_limit="100.00").status_code == 200
    another = credit_card(jane.bank, jane.user_id, jane.checking_id)
    assert another.json["error_code"] == "CARD_FROZEN_BY_BANK"
    assert jane.ask("POST", f"/{jane.card['id']}/cancel").json["error_code"] == "CARD_FROZEN_BY_BANK"
    closed = jane.bank.call("DELETE", f"/close/{jane.card['account_id']}", jane.user_id)
    assert closed.json["error_code"] == "CARD_FROZEN_BY_BANK"
    assert jane.bank.staff("POST", f"/api/cards/{jane.card['id']}/cancel").json["data"]["status"] == "cancelled"


def test_how_it_is_billed_is_the_same_in_both_records_and_the_proof_says_when_it_is_not(jane: Holder) -> None:
    other = jane.bank.opened(jane.user_id)
    assert jane.update(billing_day=11, settlement_account_id=other["id"], credit_limit="900.00").status_code == 200
    ours, theirs = (
        {row["account_id"]: row for row in reply.json["data"]}
        for reply in (
            jane.bank.internal("GET", "/accounts?limit=100", scope="accounts:read"),
            jane.bank.ledger.call("GET", "/internal/ledger/accounts?limit=100", headers=jane.bank.ledger.service),
        )
    )
    account_id = jane.card["account_id"]
    assert (ours[account_id]["billing_day"], theirs[account_id]["settlement_account_id"]) == (11, other["id"])
    for one in ours:
        assert list(account_and_ledger(one, ours[one], theirs[one])) == []
    (finding,) = account_and_ledger(account_id, ours[account_id], {**theirs[account_id], "billing_day": 12})
    assert "billing_day: 11, the ledger says 12" in finding.detail


@pytest.mark.parametrize("by", ["its holder", "the bank"])
def test_frozen_as_it_is_given_up_a_card_has_ended_in_both_records(bank: AccountBank, by: str, rounds: int) -> None:
    for _ in range(rounds):
        jane = issued_to(bank, bank.person("Jane Doe"))
        path = f"/api/cards/{jane.card['id']}"
        freeze = partial(bank.call, "POST", f"{path}/freeze", jane.user_id)
        if by == "the bank":
            freeze = partial(bank.staff, "POST", f"{path}/freeze")
        with ThreadPoolExecutor(2) as pool:
            frozen, cancelled = pool.submit(freeze), pool.submit(jane.ask, "POST", f"/{jane.card['id']}/cancel")
        codes = frozen.result().status_code, cancelled.result().status_code
        assert codes in {(200, 200), (409, 200), (200, 409)}, codes
        status = "frozen" if codes[1] == 409 else "cancelled"
        assert jane.now()["status"] == status
        ours, theirs = (
            next(row for row in reply.json["data"] if row["card_id"] == jane.card["id"])
            for reply in (
                bank.internal("GET", "/cards", scope="accounts:read"),
                bank.ledger.call("GET", "/internal/ledger/cards", headers=bank.ledger.service),
            )
        )
        assert (ours["is_told"], ours["status"], theirs["status"]) == (True, status, status)
        assert ours["version"] == theirs["version"]
