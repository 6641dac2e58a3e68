"""Payees, kept by the names that people give them; and whether a name is that of an account's holder."""

from pathlib import Path

import pytest

from shared.identifiers import new_id
from tests.ledgers import Holder, LedgerUnderTest, iban, open_ledger
from tests.orders import PAYEES, SCHEDULED, act, made, read

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def ada(ledger: LedgerUnderTest) -> Holder:
    return ledger.open_account()


def _keep(holder: Holder, name: str, number: str, **more: str) -> dict[str, str]:
    payload = {"name": name, "account_number": number, **more}
    return made(holder.ledger.call("POST", PAYEES, payload, headers=holder.headers))


def _check(holder: Holder, name: str, number: str) -> tuple[int, dict[str, str]]:
    payload = {"name": name, "account_number": number}
    reply = holder.ledger.call("POST", f"{PAYEES}/check", payload, headers=holder.headers)
    return reply.status_code, reply.json.get("data", reply.json)


def test_a_payee_is_kept_changed_and_forgotten_by_its_owner_alone(ledger: LedgerUnderTest, ada: Holder) -> None:
    other = ledger.open_account()
    landlord = _keep(ada, "Landlord", iban(10**17 - 1), reference="Flat 7")
    power = _keep(ada, "Power", other.number)
    assert [row["id"] for row in read(ada, PAYEES)] == [power["id"], landlord["id"]]
    assert read(other, PAYEES) == []
    path = f"{PAYEES}/{landlord['id']}"
    changed = act(ada, path, "PUT", {"name": "New landlord"})
    assert (changed["name"], changed["reference"]) == ("New landlord", "Flat 7")
    assert read(ada, path) == changed
    for headers in (other.headers, ledger.staff("admin")):
        for method, payload in (("GET", None), ("PUT", {"name": "Mine"}), ("DELETE", None)):
            assert ledger.call(method, path, payload, headers=headers).status_code == 404
    twice = ledger.call("POST", PAYEES, {"name": "Again", "account_number": other.number}, headers=ada.headers)
    assert (twice.status_code, twice.json["error_code"], twice.json["details"]) == (
        409,
        "PAYEE_EXISTS",
        {"payee_id": power["id"]},
    )
    same = ledger.call("PUT", path, {"account_number": other.number}, headers=ada.headers)
    assert same.json["error_code"] == "PAYEE_EXISTS"
    assert act(ada, path, "DELETE") == changed
    assert ledger.call("GET", path, headers=ada.headers).status_code == 404
    assert [row["id"] for row in read(ada, PAYEES)] == [power["id"]]


def test_a_name_is_compared_with_that_of_the_holder(ledger: LedgerUnderTest, ada: Holder) -> None:
    jurgen = ledger.open_account(holder_name="Jürgen Müller")
    cases = {
        "jürgen müller": ("match", None),
        "Müller, Jürgen": ("match", None),
        "Juergen Mueller": ("match", None),
        "JURGEN  MULLER": ("match", None),
        "J. Müller": ("close_match", "Jürgen Müller"),
        "Jürgen Müler": ("close_match", "Jürgen Müller"),
        "Ada Lovelace": ("no_match", None),
        "J. M.": ("no_match", None),
    }
    for typed, (result, name) in cases.items():
        assert _check(ada, typed, jurgen.number) == (200, {"result": result, "name": name}), typed


def test_an_account_that_is_not_there_or_was_closed_is_unavailable(ledger: LedgerUnderTest, ada: Holder) -> None:
    closed = ledger.open_account(holder_name="Bob Stone")
    path = f"/internal/ledger/accounts/{closed.account_id}/status"
    assert ledger.call("PUT", path, {"status": "closed"}, headers=ledger.service).status_code == 200
    answers = [_check(ada, "Bob Stone", number) for number in (closed.number, iban(10**17 - 2))]
    assert answers == [(200, {"result": "unavailable", "name": None})] * 2


def test_who_guesses_is_slowed_down_and_who_types_the_right_name_is_not(tmp_path: Path) -> None:
    with open_ledger(tmp_path, lookup_rate="3 per minute") as ledger:
        ada, bob = ledger.open_account(), ledger.open_account(holder_name="Bob Stone")
        for _ in range(5):
            assert _check(ada, "Bob Stone", bob.number)[1]["result"] == "match"
        guesses = [_check(ada, name, bob.number) for name in ("Bill Smith", "Bart Stein", "Beth Stern", "Bob Stone")]
        assert [status for status, _ in guesses] == [200, 200, 200, 429]
        assert guesses[3][1]["error_code"] == "RATE_LIMITED"
        number = {"from_account_id": ada.account_id, "to_account_number": iban(10**17 - 3), "amount": "1.00"}
        order = {**number, "frequency": "monthly", "first_on": "2040-01-02"}
        assert ledger.call("POST", "/api/standing-orders", order, headers=ada.headers).status_code == 429
        assert ledger.call("POST", "/api/transactions/transfer", number, headers=ada.headers).status_code == 429
        fresh = {"Authorization": ledger.keys.headers(new_id())["Authorization"]}
        asked = {"name": "Bob Stone", "account_number": bob.number}
        assert ledger.call("POST", f"{PAYEES}/check", asked, headers=fresh).status_code == 200


ORDERS = {
    "/api/standing-orders": {"frequency": "monthly", "first_on": "2040-01-02"},
    "/api/scheduled-payments": {"execute_on": "2040-01-02"},
}


@pytest.mark.parametrize("path", ORDERS)
def test_orders_to_payees_tell_nobody_which_account_numbers_exist(tmp_path: Path, path: str) -> None:
    with open_ledger(tmp_path, lookup_rate="3 per minute") as ledger:
        ada, bob = ledger.open_account(), ledger.open_account()

        def order(payee_id: str, key: str | None = None) -> int:
            terms = {"from_account_id": ada.account_id, "payee_id": payee_id, "amount": "1.00", **ORDERS[path]}
            return ledger.call("POST", path, terms, headers=ada.headers, key=key).status_code

        real = _keep(ada, "Bob", bob.number)["id"]
        guessed = [_keep(ada, f"Guess {place}", iban(10**17 - 9 + place))["id"] for place in range(4)]
        assert order(new_id()) == 404, "somebody who is no payee is no guess"
        assert order(real, "once") == 201
        assert [order(one) for one in guessed] == [404, 404, 404, 429]
        assert order(real) == 429, "nor is a number that exists told from the others"


def test_an_order_to_a_payee_is_repeated_by_its_key_when_the_payee_is_gone(
    ledger: LedgerUnderTest, ada: Holder
) -> None:
    bob = ledger.open_account()
    payee = _keep(ada, "Bob", bob.number)
    terms = {"from_account_id": ada.account_id, "payee_id": payee["id"], "amount": "1.00", **ORDERS[SCHEDULED]}
    first = made(ledger.call("POST", SCHEDULED, terms, headers=ada.headers, key="once"))
    act(ada, f"{PAYEES}/{payee['id']}", "DELETE")
    assert ledger.call("POST", SCHEDULED, terms, headers=ada.headers, key="once").json["data"] == first
    assert ledger.call("POST", SCHEDULED, terms, headers=ada.headers, key="another").status_code == 404


def test_one_person_keeps_so_many_payees_and_no_more(tmp_path: Path) -> None:
    with open_ledger(tmp_path, payees_per_person=2) as ledger:
        ada, bob = ledger.open_account(), ledger.open_account()
        kept = [_keep(ada, f"Payee {place}", iban(10**17 - 9 + place)) for place in range(2)]
        more = {"name": "Third", "account_number": bob.number}
        refused = ledger.call("POST", PAYEES, more, headers=ada.headers)
        assert (refused.status_code, refused.json["error_code"]) == (409, "PAYEE_LIMIT_REACHED")
        assert refused.json["details"] == {"limit": 2, "used": 2}
        _keep(bob, "Ada", ada.number)
        act(ada, f"{PAYEES}/{kept[0]['id']}", "DELETE")
        assert ledger.call("POST", PAYEES, more, headers=ada.headers).status_code == 201
