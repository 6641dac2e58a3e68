"""Cards: issued once, with a number of their own, and changed by whom they belong to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from account_service.cards.card_numbers import check_digit
from account_service.models import Card
from shared.identifiers import new_id
from tests.account_bank import PASSWORD, AccountBank, account_bank

pytestmark = pytest.mark.databases_in_turn


@dataclass(frozen=True)
class Holder:
    """Somebody with an account and a card."""

    bank: AccountBank
    user_id: str
    account_id: str
    card: dict[str, Any]

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.bank.call(method, f"/api/cards{path}", self.user_id, body, **options)

    def do(self, action: str, body: Any = None, **options: Any) -> TestResponse:
        return self.ask("POST", f"/{self.card['id']}/{action}", body, **options)

    def update(self, **body: Any) -> TestResponse:
        return self.ask("PUT", f"/update/{self.card['id']}", body)

    def staff(self, action: str, body: Any = None) -> TestResponse:
        return self.bank.staff("POST", f"/api/cards/{self.card['id']}/{action}", body)

    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/details/{self.card['id']}").json["data"]
        return found


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch, reveal_rate="100 per hour") as made:
        yield made


@pytest.fixture
def jane(bank: AccountBank) -> Holder:
    user_id = bank.person("Jane Doe")
    account_id = str(bank.opened(user_id)["id"])
    return Holder(bank, user_id, account_id, bank.card(user_id, account_id, nickname="Travel"))


def test_a_new_card_is_active_and_shows_its_last_four_digits_alone(jane: Holder) -> None:
    shown = jane.card
    assert jane.now() == shown
    assert {name: shown[name] for name in ("kind", "network", "status", "holder_name", "nickname", "currency")} == {
        "kind": "debit",
        "network": "sandbank",
        "status": "active",
        "holder_name": "Jane Doe",
        "nickname": "Travel",
        "currency": "EUR",
    }
    assert shown["masked_number"] == f"990000******{shown['last4']}"
    assert shown["limits"] == {"per_payment": None, "daily": None, "monthly": None}
    assert set(shown["controls"].values()) == {True}
    issued, last = shown["created_at_bank"], shown["expires"]
    assert (int(last[:4]), last[5:]) == (int(issued[:4]) + 4, issued[5:7])


def test_the_ledger_is_told_of_the_card_with_what_is_printed_on_it(jane: Holder) -> None:
    printed = jane.do("reveal", {"password": PASSWORD}).json["data"]
    told = jane.bank.told.cards[jane.card["id"]]
    assert {name: told[name] for name in printed} == printed
    assert (told["account_id"], told["status"], told["version"]) == (jane.account_id, "active", 1)
    assert printed["card_number"].startswith("990000")
    assert printed["card_number"].endswith(jane.card["last4"])
    assert check_digit(printed["card_number"][:-1]) == printed["card_number"][-1]
    assert len(printed["security_code"]) == 3


def test_what_is_printed_is_shown_to_the_owner_with_the_password_alone(jane: Holder) -> None:
    wrong = jane.do("reveal", {"password": "not the one"})
    assert (wrong.status_code, wrong.json["error_code"]) == (400, "WRONG_PASSWORD")
    assert jane.staff("reveal", {"password": PASSWORD}).status_code == 404
    assert jane.bank.call("POST", f"/api/cards/{jane.card['id']}/reveal", new_id(), {"password": PASSWORD}).json[
        "error_code"
    ] == ("NOT_FOUND")
    right = jane.do("reveal", {"password": PASSWORD})
    assert right.status_code == 200
    assert right.headers["Cache-Control"] == "no-store"


def test_a_person_is_shown_numbers_so_often_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with account_bank(tmp_path, monkeypatch, reveal_rate="2 per hour", lookup_rate="2 per hour") as bank:
        user_id = bank.person()
        account = bank.opened(user_id)
        card = bank.card(user_id, account["id"])
        path = f"/api/cards/{card['id']}/reveal"
        replies = [bank.call("POST", path, user_id, {"password": PASSWORD}) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert (replies[2].json["error_code"], bool(replies[2].headers["Retry-After"])) == ("RATE_LIMITED", True)
        looked_up = bank.call("GET", f"/lookup?account_number={account['account_number']}", user_id)
        assert looked_up.status_code == 200, "each is counted apart"


def test_an_ended_card_is_not_revealed(jane: Holder) -> None:
    jane.do("report", {"reason": "stolen"})
    assert jane.do("reveal", {"password": PASSWORD}).json["error_code"] == "CARD_ENDED"


def test_a_stranger_sees_no_card_and_staff_see_all(jane: Holder) -> None:
    stranger = jane.bank.person()
    for method, path, body in (
        ("GET", f"/details/{jane.card['id']}", None),
        ("PUT", f"/update/{jane.card['id']}", {}),
        *(("POST", f"/{jane.card['id']}/{action}", None) for action in ("freeze", "unfreeze", "replace", "cancel")),
        ("POST", f"/{jane.card['id']}/report", {"reason": "lost"}),
    ):
        reply = jane.bank.call(method, f"/api/cards{path}", stranger, body)
        assert (reply.status_code, reply.json["error_code"]) == (404, "NOT_FOUND"), path
    asked = {"account_id": jane.account_id}
    assert jane.bank.call("POST", "/api/cards/create", stranger, asked).status_code == 404
    assert jane.bank.call("GET", "/api/cards/list", stranger).json["data"] == []
    assert jane.bank.staff("GET", f"/api/cards/details/{jane.card['id']}").json["data"] == jane.card
    for path in ("/all", f"/all?user_id={jane.user_id}", f"/all?last4={jane.card['last4']}&status=active"):
        assert jane.bank.staff("GET", f"/api/cards{path}").json["data"] == [jane.card], path
    assert jane.bank.staff("GET", "/api/cards/all?status=expired").json["data"] == []


def test_a_simulation_acts_for_synthetic_customers_alone(bank: AccountBank, jane: Holder) -> None:
    made = bank.person(synthetic=True)
    account = bank.opened(made)
    asked = [
        bank.simulation("POST", "/api/cards/create", {"account_id": one}) for one in (account["id"], jane.account_id)
    ]
    assert [reply.status_code for reply in asked] == [201, 404]
    seen = bank.simulation("GET", "/api/cards/all").json["data"]
    assert [card["user_id"] for card in seen] == [made]


def test_limits_and_controls_change_one_by_one_and_the_ledger_knows_them(jane: Holder) -> None:
    jane.update(limits={"per_payment": "50.00", "daily": "120.50"}, controls={"online": False})
    jane.update(limits={"per_payment": None}, blocked_categories=["7995", "5813", "7995"], nickname="")
    now = jane.now()
    assert now["limits"] == {"per_payment": None, "daily": "120.50", "monthly": None}
    assert now["controls"] == {"online": False, "contactless": True, "abroad": True, "cash": True}
    assert (now["blocked_categories"], now["nickname"]) == (["5813", "7995"], None)
    told = jane.bank.told.cards[jane.card["id"]]
    assert told["version"] == 3
    assert told["limits"] == {"per_payment_minor": None, "daily_minor": 12050, "monthly_minor": None}
    assert told["controls"] == now["controls"]
    assert told["blocked_categories"] == ["5813", "7995"]


def test_what_changes_nothing_is_no_new_version(jane: Holder) -> None:
    for _ in range(2):
        jane.update(controls={"online": False})
        jane.do("freeze")
    assert jane.bank.told.cards[jane.card["id"]]["version"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"limits": {"daily": "0"}}, "limits.daily"),
        ({"limits": {"daily": "1.234"}}, "limits.daily"),
        ({"limits": {"hourly": "1.00"}}, "limits.hourly"),
        ({"controls": {"online": None}}, "controls"),
        ({"controls": {"online": 1}}, "controls.online"),
        ({"blocked_categories": ["79950"]}, "blocked_categories.0"),
        ({"blocked_categories": ["７９９５"]}, "blocked_categories.0"),
        ({"nickname": "x" * 61}, "nickname"),
        ({"status": "active"}, "status"),
        ({"card_number": "9900000000000002"}, "card_number"),
    ],
)
def test_an_invalid_change_is_refused_and_named(jane: Holder, body: dict[str, Any], field: str) -> None:
    reply = jane.update(**body)
    assert (reply.status_code, reply.json["error_code"]) == (422, "VALIDATION_ERROR")
    assert field in reply.json["details"]["fields"]
    assert jane.now() == jane.card


def test_limits_and_controls_are_the_holders_own_to_set(jane: Holder) -> None:
    reply = jane.bank.staff("PUT", f"/api/cards/update/{jane.card['id']}", {"controls": {"online": False}})
    assert reply.json["error_code"] == "FORBIDDEN"


def test_its_owner_freezes_a_card_and_unfreezes_it(jane: Holder) -> None:
    frozen = jane.do("freeze").json["data"]
    assert (frozen["status"], frozen["frozen_by"]) == ("frozen", "owner")
    assert jane.bank.told.cards[jane.card["id"]]["status"] == "frozen"
    assert jane.do("unfreeze").json["data"] == jane.card


def test_what_staff_froze_stays_frozen_whatever_its_owner_wants(jane: Holder) -> None:
    jane.do("freeze")
    frozen = jane.staff("freeze").json["data"]
    assert (frozen["status"], frozen["frozen_by"]) == ("frozen", "bank")
    refused = [jane.do(action) for action in ("unfreeze", "replace", "cancel")]
    refused += [jane.do("report", {"reason": reason}) for reason in ("lost", "stolen", "fraud")]
    refused.append(jane.ask("POST", "/create", {"account_id": jane.account_id}))
    refused.append(jane.bank.call("DELETE", f"/close/{jane.account_id}", jane.user_id))
    assert [reply.json["error_code"] for reply in refused] == ["CARD_FROZEN_BY_BANK"] * 8
    assert jane.now() == frozen
    assert jane.staff("unfreeze").json["data"]["status"] == "active"


def test_staff_report_for_its_owner_what_staff_froze(jane: Holder) -> None:
    jane.staff("freeze")
    assert jane.staff("report", {"reason": "stolen"}).json["data"]["status"] == "stolen"
    assert jane.do("replace").status_code == 201


@pytest.mark.parametrize(("reason", "status"), [("lost", "lost"), ("stolen", "stolen"), ("fraud", "blocked")])
def test_a_reported_card_has_ended_for_good_and_is_replaced_once(jane: Holder, reason: str, status: str) -> None:
    jane.update(limits={"daily": "75.00"}, controls={"abroad": False})
    assert jane.do("report", {"reason": reason}).json["data"]["status"] == status
    assert jane.do("report", {"reason": reason}).status_code == 200, "saying so again changes nothing"
    for action in ("freeze", "unfreeze", "cancel"):
        refused = jane.do(action)
        assert (refused.json["error_code"], refused.json["details"]) == ("CARD_ENDED", {"status": status}), action
    new = jane.do("replace").json["data"]
    assert (new["status"], new["replaces"], new["nickname"]) == ("active", jane.card["id"], "Travel")
    assert (new["limits"]["daily"], new["controls"]["abroad"]) == ("75.00", False)
    assert jane.do("replace").json["error_code"] == "CARD_ENDED"
    old = jane.now()
    assert (old["status"], old["replaced_by"]) == (status, new["id"])
    told = jane.bank.told.cards
    assert told[new["id"]]["card_number"] != told[jane.card["id"]]["card_number"]


def test_a_card_in_use_ends_as_its_successor_is_issued(jane: Holder) -> None:
    first = jane.do("replace", key="again")
    again = jane.do("replace", key="again")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert jane.now()["status"] == "replaced"
    told = jane.bank.told.cards
    assert {told[jane.card["id"]]["status"], told[first.json["data"]["id"]]["status"]} == {"replaced", "active"}
    assert len(told) == 2
    listed = jane.ask("GET", "/list").json["data"]
    assert [card["id"] for card in listed] == [first.json["data"]["id"], jane.card["id"]]
    assert [card["id"] for card in jane.ask("GET", "/list?status=active").json["data"]] == [first.json["data"]["id"]]


def test_an_expired_card_is_shown_as_such_and_gets_a_successor(jane: Holder) -> None:
    with jane.bank.database.write() as connection:
        connection.execute(update(Card).values(expires="2020-01"))
    assert jane.now()["status"] == "expired"
    assert [one["id"] for one in jane.ask("GET", "/list?status=expired").json["data"]] == [jane.card["id"]]
    assert jane.ask("GET", "/list?status=active").json["data"] == []
    assert jane.do("freeze").json["details"] == {"status": "expired"}
    assert jane.do("replace").json["data"]["status"] == "active"
    assert jane.now()["status"] == "replaced"


def test_a_cancelled_card_stays_so(jane: Holder) -> None:
    for _ in range(2):
        assert jane.do("cancel").json["data"]["status"] == "cancelled"
    assert jane.do("replace").json["error_code"] == "CARD_ENDED"


def test_an_account_has_so_many_cards_in_use_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with account_bank(tmp_path, monkeypatch, cards_per_account=2) as bank:
        user_id = bank.person()
        account_id = bank.opened(user_id)["id"]
        first, _ = bank.card(user_id, account_id), bank.card(user_id, account_id)
        refused = bank.call("POST", "/api/cards/create", user_id, {"account_id": account_id})
        assert refused.json["error_code"] == "CARD_LIMIT_REACHED"
        assert refused.json["details"] == {"limit": 2, "used": 2}
        assert bank.call("POST", f"/api/cards/{first['id']}/replace", user_id).status_code == 201, "one for another"
        asked = bank.call("POST", f"/api/cards/{first['id']}/replace", user_id)
        assert asked.json["error_code"] == "CARD_ENDED"


def test_the_same_key_issues_one_card_however_often_it_comes_at_once(jane: Holder) -> None:
    body = {"account_id": jane.account_id, "kind": "debit"}
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: jane.ask("POST", "/create", body, key="k"), range(8)))
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len({reply.json["data"]["id"] for reply in replies if reply.status_code == 201}) == 1
    assert len(jane.ask("GET", "/list").json["data"]) == 2
    other = jane.ask("POST", "/create", {**body, "nickname": "x"}, key="k")
    assert other.json["error_code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_frozen_or_closed_account_gets_no_card(jane: Holder) -> None:
    jane.bank.staff("POST", f"/{jane.account_id}/freeze", {"reason": "a test"})
    asked = {"account_id": jane.account_id}
    assert jane.ask("POST", "/create", asked).json["error_code"] == "ACCOUNT_FROZEN"
    jane.bank.staff("POST", f"/{jane.account_id}/unfreeze", {"reason": "a test"})
    jane.bank.call("DELETE", f"/close/{jane.account_id}", jane.user_id)
    assert jane.ask("POST", "/create", asked).json["error_code"] == "ACCOUNT_CLOSED"


def test_an_opened_account_alone_has_cards(bank: AccountBank) -> None:
    user_id = bank.person()
    reply = bank.call("POST", "/api/cards/create", user_id, {"account_id": new_id()})
    assert reply.status_code == 404
    credit = bank.call("POST", "/api/cards/create", user_id, {"account_id": new_id(), "kind": "credit"})
    assert set(credit.json["details"]["fields"]) == {"account_id", "settlement_account_id"}


def test_the_feed_tells_what_becomes_of_a_card_and_never_its_number(jane: Holder) -> None:
    jane.do("freeze")
    jane.do("unfreeze")
    jane.update(controls={"online": False})
    new = jane.do("replace").json["data"]
    told = [event for event in jane.bank.events() if event["type"].startswith("card_")]
    assert [(event["type"], event["data"]["card_id"], event["data"]["status"]) for event in told] == [
        ("card_issued", jane.card["id"], "active"),
        ("card_frozen", jane.card["id"], "frozen"),
        ("card_unfrozen", jane.card["id"], "active"),
        ("card_updated", jane.card["id"], "active"),
        ("card_issued", new["id"], "active"),
        ("card_ended", jane.card["id"], "replaced"),
    ]
    assert {event["data"]["user_id"] for event in told} == {jane.user_id}


def test_reset_forgets_every_card(jane: Holder) -> None:
    assert jane.bank.internal("POST", "/reset", scope="bank:reset").status_code == 200
    assert jane.ask("GET", "/list").json["data"] == []
    assert jane.bank.internal("GET", "/cards", scope="accounts:read").json["data"] == []
