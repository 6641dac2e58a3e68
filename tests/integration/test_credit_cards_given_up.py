"""Whoever gives a credit card up stands behind what that costs, whenever it is carried out."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from account_service.cards import changes
from account_service.recovery import recover
from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank
from tests.holds import CLOCK
from tests.integration.test_credit_cards import issued_to
from tests.integration.test_credit_cards_recovery import run_leases_out
from transaction_service.models import entries, initiators

pytestmark = pytest.mark.databases_in_turn


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.parametrize("by", ["holder", "staff"])
def test_who_gave_a_card_up_is_in_what_that_costs_also_where_it_is_finished_later(bank: AccountBank, by: str) -> None:
    jane = issued_to(bank, bank.person("Jane Doe"), billing_day=9)
    jane.buy("300.00")
    moved = jane.move(jane.checking_id, str(bank.opened(jane.user_id)["id"]), "1000.00")
    assert moved.status_code == 201
    day = date.fromisoformat(jane.statements()[0]["due_on"]) + timedelta(days=10)
    until = {"advance_to": f"{day.isoformat()}T12:00:00Z", "wait_seconds": 30}
    simulator = bank.keys.headers("simulator-service", role="service", scope="bank:simulate")
    assert bank.ledger.call("POST", CLOCK, until, headers=simulator).status_code == 200
    other = next(one for one in bank.call("GET", "/list", jane.user_id).json["data"] if one["balance"] == "1000.00")
    assert jane.pay(from_account_id=other["id"]).status_code == 201
    assert jane.move(other["id"], jane.checking_id, "500.00").status_code == 201
    clerk = new_id()
    asker = bank.keys.headers(clerk, role="employee") if by == "staff" else bank.keys.headers(jane.user_id)
    request_id, path = new_id(), f"/api/cards/{jane.card['id']}/cancel"
    bank.weather.cannot_answer = {jane.card["account_id"]}
    unknown = bank.app.test_client().post(path, headers={**asker, "X-Request-ID": request_id, "X-Bank-Channel": "cli"})
    assert unknown.json["details"]["outcome"] == "unknown"
    bank.weather.cannot_answer = set()
    run_leases_out(bank)
    recover(bank.context)
    assert jane.account(jane.card["account_id"])["status"] == "closed"
    columns = entries.c.type, entries.c.request_id, *initiators.c["user_id", "kind", "channel"]
    newest = select(*columns).join(initiators, initiators.c.key == entries.c.initiator_key)
    with bank.ledger.app.extensions["database"].read() as connection:
        rows = connection.execute(newest.order_by(entries.c.position.desc()).limit(2)).all()
    who = (clerk, "staff") if by == "staff" else (jane.user_id, "customer")
    made_for = (request_id, *who, "cli")
    assert [tuple(row) for row in rows] == [("card_payment", *made_for), ("interest_charge", *made_for)]
    bank.ledger.check()


def test_a_key_gives_a_card_up_once_and_is_answered_again_with_the_same(bank: AccountBank) -> None:
    jane, other = (issued_to(bank, bank.person(name), billing_day=9) for name in ("Jane Doe", "John Roe"))
    headers = {**bank.keys.headers(jane.user_id), "Idempotency-Key": "give-it-up"}

    def cancel(card_id: str, asked: dict[str, str] = headers) -> TestResponse:
        return bank.app.test_client().post(f"/api/cards/{card_id}/cancel", headers=asked)

    jane.buy("40.00")
    assert cancel(jane.card["id"]).json["error_code"] == "CARD_NOT_SETTLED"
    assert jane.pay().status_code == 201
    done = cancel(jane.card["id"])
    assert (done.status_code, done.json["data"]["status"]) == (200, "cancelled")
    assert "Idempotent-Replayed" not in done.headers
    again = cancel(jane.card["id"])
    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (200, done.data, "true")
    second = bank.call("POST", "/api/cards/create", jane.user_id, {"account_id": jane.checking_id, "kind": "debit"})
    reused = cancel(second.json["data"]["id"])
    assert (reused.status_code, reused.json["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    theirs = cancel(other.card["id"], {**bank.keys.headers(other.user_id), "Idempotency-Key": "give-it-up"})
    assert theirs.status_code == 200, "a key is its caller's own"
    bad = cancel(jane.card["id"], {**headers, "Idempotency-Key": "a key"})
    assert (bad.status_code, bad.json["error_code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    bank.ledger.check()


def test_a_key_that_is_used_for_two_cards_at_once_gives_up_one(
    bank: AccountBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = bank.person("Jane Doe")
    account_id = bank.opened(jane)["id"]
    cards = [bank.call("POST", "/api/cards/create", jane, {"account_id": account_id, "kind": "debit"}) for _ in "ab"]
    ids = [str(card.json["data"]["id"]) for card in cards]
    headers = {**bank.keys.headers(jane), "Idempotency-Key": "one-of-two"}
    both_asked = threading.Barrier(2, timeout=5)
    real_cancel = changes.cancel

    def slow(*args: Any) -> Any:
        with suppress(threading.BrokenBarrierError):  # the other one is refused before it comes here
            both_asked.wait(1)
        return real_cancel(*args)

    monkeypatch.setattr(changes, "cancel", slow)
    with ThreadPoolExecutor(2) as pool:
        replies = list(
            pool.map(lambda one: bank.app.test_client().post(f"/api/cards/{one}/cancel", headers=headers), ids)
        )
    assert sorted(reply.status_code for reply in replies) == [200, 422]
    listed = {card["id"]: card["status"] for card in bank.call("GET", "/api/cards/list", jane).json["data"]}
    for one, reply in zip(ids, replies, strict=True):
        assert listed[one] == ("cancelled" if reply.status_code == 200 else "active"), "nothing was done"


def test_an_id_of_a_request_may_be_as_long_as_anywhere(bank: AccountBank) -> None:
    jane = issued_to(bank, bank.person("Jane Doe"), billing_day=9)
    spare = str(bank.opened(jane.user_id)["id"])
    staff, owner = bank.keys.headers(new_id(), role="employee"), bank.keys.headers(jane.user_id)
    request_id = {"X-Request-ID": "r" * 100}
    for method, path, headers in (
        ("POST", f"/api/accounts/{spare}/freeze", staff),
        ("POST", f"/api/accounts/{spare}/unfreeze", staff),
        ("DELETE", f"/api/accounts/close/{spare}", owner),
        ("POST", f"/api/cards/{jane.card['id']}/cancel", owner),
    ):
        body = {"reason": "a test"} if path.endswith("freeze") else None
        reply = bank.app.test_client().open(path, method=method, json=body, headers={**headers, **request_id})
        assert reply.status_code == 200, (path, reply.text)
        assert reply.headers["X-Request-ID"] == "r" * 100
    assert jane.account(jane.card["account_id"])["status"] == "closed"


@pytest.mark.parametrize(("reason", "status"), [("lost", "lost"), ("stolen", "stolen"), ("fraud", "blocked")])
def test_a_reported_card_is_settled_from_another_account_and_given_up_without_a_new_one(
    bank: AccountBank, reason: str, status: str
) -> None:
    jane = issued_to(bank, bank.person("Jane Doe"), billing_day=9)
    jane.buy("300.00")
    assert jane.ask("POST", f"/{jane.card['id']}/report", {"reason": reason}).json["data"]["status"] == status
    other = str(bank.opened(jane.user_id, initial_deposit="400.00")["id"])
    settled = jane.update(settlement_account_id=other)
    assert (settled.status_code, settled.json["data"]["settlement_account_id"]) == (200, other), settled.text
    assert jane.update(controls={"online": False}).json["error_code"] == "CARD_ENDED"
    assert jane.ask("POST", f"/{jane.card['id']}/cancel").json["error_code"] == "CARD_NOT_SETTLED"
    assert jane.pay().json["data"]["from_account_id"] == other
    for _ in range(2):
        given_up = jane.ask("POST", f"/{jane.card['id']}/cancel")
        assert (given_up.status_code, given_up.json["data"]["status"]) == (200, status), given_up.text
    assert jane.account(jane.card["account_id"])["status"] == "closed"
    assert jane.update(billing_day=3).json["error_code"] == "CARD_ENDED"
    assert jane.ask("POST", f"/{jane.card['id']}/replace").json["error_code"] == "ACCOUNT_CLOSED"
    assert bank.call("DELETE", f"/close/{jane.checking_id}", jane.user_id).json["error_code"] == "ACCOUNT_NOT_EMPTY"


def test_a_card_that_another_has_followed_neither_sets_nor_closes_the_account(bank: AccountBank) -> None:
    jane = issued_to(bank, bank.person("Jane Doe"), billing_day=9)
    assert jane.ask("POST", f"/{jane.card['id']}/report", {"reason": "lost"}).status_code == 200
    new = jane.ask("POST", f"/{jane.card['id']}/replace").json["data"]
    assert jane.ask("POST", f"/{jane.card['id']}/cancel").json["error_code"] == "CARD_ENDED"
    assert jane.update(billing_day=3).json["error_code"] == "CARD_ENDED"
    assert jane.ask("POST", f"/{new['id']}/cancel").json["data"]["status"] == "cancelled"
