"""Half-done openings and closings are finished, once, whoever finds them (catalogue 15)."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from account_service import opening, recovery
from account_service.auth_client import Owner
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.models import Account
from account_service.opening import Order, drafted, write_down
from account_service.recovery import Recoverer, recover
from shared.events.feed_wakeups import Bell
from shared.refusals import Refused
from shared.services import ACCOUNT
from shared.time import clock
from tests.account_bank import AccountBank, account_app, account_bank
from tests.bank_processes import wait_until


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def half_opened(
    bank: AccountBank, user_id: str, *, key: str | None = None, deposit: str | None = "25.00", lease_us: int = -1
) -> str:
    """What a process leaves behind that dies between its own commit and the ledger's."""
    order = Order(user_id, "checking", "EUR", initial_deposit=deposit, idempotency_key=key)
    owner = Owner(user_id, "Jane Doe", is_active=True, synthetic=False)
    draft = drafted(bank.context.settings, Caller(user_id), order, owner, lease_us=lease_us)
    with bank.database.write_session() as session:
        write_down(session, bank.context.settings, [draft])
    return str(draft.account["id"])


def half_closed(bank: AccountBank, user_id: str, **facts: Any) -> str:
    """What a process leaves behind that dies between writing down a closing and the ledger's doing it."""
    account_id = str(bank.opened(user_id, **facts)["id"])
    with bank.database.write_session() as session:
        account = session.get_one(Account, account_id)
        account.status, account.pending_status, account.pending_reason, account.leased_until = (
            "closing",
            "closed",
            "x",
            0,
        )
    return account_id


def status_of(bank: AccountBank, user_id: str, account_id: str) -> str:
    return str(bank.call("GET", f"/details/{account_id}", user_id).json["data"]["status"])


def event_types(bank: AccountBank, account_id: str) -> list[str]:
    return [event["type"] for event in bank.events() if event["data"]["account_id"] == account_id]


def run_lease_out(bank: AccountBank) -> None:
    with bank.database.write() as connection:
        connection.execute(update(Account).values(leased_until=0))


def test_two_recoverers_racing_finish_each_account_once_within_ten_seconds(bank: AccountBank, tmp_path: Path) -> None:
    jane = bank.person()
    openings = [half_opened(bank, jane) for _ in range(12)]
    closings = [half_closed(bank, jane) for _ in range(12)]
    other = account_app(tmp_path, bank.keys)
    recoverers = [Recoverer(app.extensions["context"], app.extensions["fence"]) for app in (bank.app, other)]
    started = time.monotonic()
    for recoverer in recoverers:
        recoverer.start()
    try:
        while any(status_of(bank, jane, one) != "open" for one in openings) or any(
            status_of(bank, jane, one) != "closed" or len(event_types(bank, one)) < 2 for one in closings
        ):
            assert time.monotonic() - started < 10
            time.sleep(0.05)
    finally:
        for recoverer in recoverers:
            recoverer.stop()
    assert all(event_types(bank, one) == ["account_opened"] for one in openings)
    assert all(event_types(bank, one) == ["account_opened", "account_closed"] for one in closings)
    assert len(bank.entries()) == len(openings)
    other.extensions["database"].close()


@pytest.mark.parametrize("lease_us", [-1, 1_500_000], ids=["nobody is at it", "who was at it died"])
def test_a_recoverer_with_nothing_to_do_rests_until_something_is_left_half_done(
    bank: AccountBank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lease_us: int
) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    jane, bell, rounds = bank.person(), Bell(ACCOUNT), []

    def counted(context: AccountContext) -> int:
        rounds.append(time.monotonic())
        return recover(context)

    monkeypatch.setattr(recovery, "recover", counted)
    bell.start()
    bank.database.after_commit.append(bell.ring)
    recoverer = Recoverer(bank.context, bank.app.extensions["fence"])
    recoverer.start()
    try:
        wait_until(lambda: bool(rounds), 60)
        time.sleep(2.5)
        assert len(rounds) <= 3
        account_id = half_opened(bank, jane, lease_us=lease_us)
        wait_until(lambda: status_of(bank, jane, account_id) == "open", 60)
    finally:
        recoverer.stop()
        bell.stop()


@pytest.mark.parametrize("is_opening", [True, False])
def test_a_recoverer_overtaken_under_a_slow_call_settles_nothing_again(bank: AccountBank, is_opening: bool) -> None:
    """The lease runs out while the ledger is being asked, and a second recoverer does the whole work meanwhile."""
    jane = bank.person()
    account_id = half_opened(bank, jane) if is_opening else half_closed(bank, jane)
    finished_by_the_other: list[int] = []

    def be_overtaken(_path: str) -> None:
        bank.weather.before_call = None
        run_lease_out(bank)
        finished_by_the_other.append(recover(bank.context))

    bank.weather.before_call = be_overtaken
    recover(bank.context)
    assert finished_by_the_other == [1]
    assert event_types(bank, account_id) == ["account_opened", "account_closed"][: 1 if is_opening else 2]
    assert len(bank.entries()) == int(is_opening)


def test_a_change_that_somebody_is_carrying_out_is_left_alone(bank: AccountBank) -> None:
    account_id = half_opened(bank, bank.person())
    with bank.database.write() as connection:
        connection.execute(update(Account).values(leased_until=clock.now_us() + 60 * clock.MICROSECONDS))
    assert recover(bank.context) == 0
    assert event_types(bank, account_id) == []


def test_an_opening_whose_reply_was_lost_is_found_by_its_key(bank: AccountBank) -> None:
    jane = bank.person()
    body = {"account_type": "checking", "initial_deposit": "40.00"}
    bank.weather.lose_replies = 1
    lost = bank.call("POST", "/create", jane, body, key="k")
    assert (lost.status_code, lost.json["details"]["outcome"]) == (503, "unknown")
    assert lost.headers["Retry-After"]
    run_lease_out(bank)
    found = bank.call("POST", "/create", jane, body, key="k")
    assert found.status_code == 201
    assert found.json["data"]["balance"] == "40.00"
    assert len(bank.entries()) == 1
    again = bank.call("POST", "/create", jane, body, key="k")
    assert again.json == found.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_whose_opening_is_being_carried_out_is_in_flight(bank: AccountBank) -> None:
    jane = bank.person()
    half_opened(bank, jane, key="k")
    with bank.database.write() as connection:
        connection.execute(update(Account).values(leased_until=clock.now_us() + 60 * clock.MICROSECONDS))
    body = {"account_type": "checking", "initial_deposit": "25.00"}
    reply = bank.call("POST", "/create", jane, body, key="k")
    assert (reply.status_code, reply.json["error_code"]) == (409, "IDEMPOTENCY_KEY_IN_FLIGHT")


def test_an_opening_the_recoverer_finished_replays_like_any_other(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = half_opened(bank, jane, key="k")
    assert recover(bank.context) == 1
    reply = bank.call("POST", "/create", jane, {"account_type": "checking", "initial_deposit": "25.00"}, key="k")
    assert (reply.status_code, reply.json["data"]["id"]) == (201, account_id)
    assert reply.json["data"]["balance"] == "25.00"
    assert "*" not in reply.json["data"]["account_number"]


def test_while_the_ledger_is_away_nothing_is_lost_and_nothing_is_claimed(bank: AccountBank) -> None:
    jane = bank.person()
    bank.weather.is_away = True
    asked = bank.call("POST", "/create", jane, {"account_type": "checking", "initial_deposit": "5.00"})
    assert (asked.status_code, asked.json["details"]["outcome"]) == (503, "unknown"), "it is opened all the same"
    assert bank.call("GET", "/list", jane).status_code == 503
    run_lease_out(bank)
    with pytest.raises(Refused):
        recover(bank.context)
    bank.weather.is_away = False
    (waiting,) = bank.call("GET", "/list", jane).json["data"]
    assert (waiting["status"], waiting["balance"]) == ("opening", "0.00")
    run_lease_out(bank)
    assert recover(bank.context) == 1
    (account,) = bank.call("GET", "/list", jane).json["data"]
    assert (account["status"], account["balance"]) == ("open", "5.00")


def test_an_opening_that_the_ledger_refuses_ends_refused_and_says_so_again(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = half_opened(bank, jane, key="k")
    conflict = {
        "owner_id": jane,
        "account_number": "DE00",
        "holder_name": "Jane Doe",
        "account_type": "savings",
        "currency": "USD",
        "movement_limit_minor": 1,
        "daily_limit_minor": 1,
        "opened_by": jane,
    }
    conflict["account_number"] = "DE0012345"
    bank.ledger.call("PUT", f"/internal/ledger/accounts/{account_id}", conflict, headers=bank.ledger.service)
    assert recover(bank.context) == 1
    body = {"account_type": "checking", "initial_deposit": "25.00"}
    replies = [bank.call("POST", "/create", jane, body, key="k") for _ in range(2)]
    assert [(reply.status_code, reply.json["error_code"]) for reply in replies] == [(409, "OPENING_REFUSED")] * 2
    assert replies[0].json["details"]["reason_code"] == "ACCOUNT_CONFLICT"
    assert replies[0].json == replies[1].json
    assert bank.call("GET", "/list", jane).json["data"] == []
    (refused,) = bank.staff("GET", "/all?status=refused").json["data"]
    assert refused["id"] == account_id
    assert event_types(bank, account_id) == []
    assert recover(bank.context) == 0


def test_one_refused_opening_does_not_hold_up_those_found_with_it(bank: AccountBank) -> None:
    jane = bank.person()
    good, bad = half_opened(bank, jane), half_opened(bank, jane)
    with bank.database.write() as connection:
        too_much = Account.movement_limit_minor * 2
        connection.execute(update(Account).where(Account.id == bad).values(initial_deposit_minor=too_much))
    recover(bank.context)
    assert status_of(bank, jane, good) == "open"
    assert status_of(bank, jane, bad) == "refused"
    assert len(bank.entries()) == 1


def test_a_half_closed_account_that_holds_money_is_open_again(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = half_closed(bank, jane, initial_deposit="1.00")
    assert recover(bank.context) == 1
    assert status_of(bank, jane, account_id) == "open"
    assert event_types(bank, account_id) == ["account_opened", "account_updated"]


def test_events_tell_of_settled_states_alone_and_a_refused_closing_is_taken_back(bank: AccountBank) -> None:
    """A rename while a closing is under way told readers `closing`, and nothing ever took it back."""
    jane = bank.person()
    account_id = half_closed(bank, jane, initial_deposit="1.00")
    assert bank.call("PUT", f"/update/{account_id}", jane, {"nickname": "Rent"}).status_code == 200
    recover(bank.context)
    told = [event["data"] for event in bank.events()]
    assert {one["status"] for one in told} == {"open"}
    assert told[-1]["nickname"] == "Rent"
    (listed,) = bank.internal("GET", "/accounts", scope="accounts:read").json["data"]
    assert (listed["status"], listed["pending_status"]) == ("open", None)


def test_an_account_that_is_not_there_yet_is_told_of_once_it_is(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = half_opened(bank, jane)
    assert bank.call("PUT", f"/update/{account_id}", jane, {"nickname": "Rent"}).status_code == 200
    assert event_types(bank, account_id) == []
    recover(bank.context)
    assert [(event["type"], event["data"]["nickname"]) for event in bank.events()] == [("account_opened", "Rent")]


def test_one_opening_that_the_ledger_cannot_answer_holds_up_no_other(bank: AccountBank) -> None:
    jane = bank.person()
    accounts = [half_opened(bank, jane) for _ in range(5)]
    bank.weather.cannot_answer = {accounts[2]}
    with pytest.raises(Refused):
        recover(bank.context)  # all at once: no answer for any of them
    run_lease_out(bank)
    with pytest.raises(Refused):
        recover(bank.context)  # and then each alone
    statuses = [status_of(bank, jane, one) for one in accounts]
    assert statuses == ["open", "open", "opening", "open", "open"]
    bank.weather.cannot_answer = set()
    run_lease_out(bank)
    assert recover(bank.context) == 1
    assert status_of(bank, jane, accounts[2]) == "open"
    assert len(bank.entries()) == 5


def test_what_gets_no_answer_waits_twice_as_long_each_time_and_lets_others_go_first(bank: AccountBank) -> None:
    account_id = half_opened(bank, bank.person())
    bank.weather.cannot_answer = {account_id}
    for wait_seconds in (1, 2, 4):
        run_lease_out(bank)
        began = clock.now_us()
        with pytest.raises(Refused):
            recover(bank.context)
        with bank.database.read_session() as session:
            left_at = session.get_one(Account, account_id).leased_until - wait_seconds * clock.MICROSECONDS
        assert began <= left_at <= clock.now_us()


def test_a_change_of_an_account_that_the_ledger_does_not_have_ends(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    bank.weather.does_not_have = {account_id}
    assert bank.staff("POST", f"/{account_id}/freeze", {"reason": "stolen"}).status_code == 404
    run_lease_out(bank)
    assert recover(bank.context) == 0, "nothing is pending for ever"


def test_an_opening_waits_when_something_else_answers_at_the_ledgers_address(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = half_opened(bank, jane)
    bank.weather.does_not_have = {account_id}
    for _ in range(2):
        run_lease_out(bank)
        with pytest.raises(Refused):
            recover(bank.context)
    bank.weather.does_not_have = set()
    run_lease_out(bank)
    assert recover(bank.context) == 1
    assert status_of(bank, jane, account_id) == "open"


def test_a_closing_whose_reply_was_lost_is_finished(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    bank.weather.lose_replies = 1
    assert bank.call("DELETE", f"/close/{account_id}", jane).status_code == 503
    assert status_of(bank, jane, account_id) == "closed", "the ledger has it so"
    run_lease_out(bank)
    assert recover(bank.context) == 1
    assert bank.call("GET", f"/details/{account_id}", jane).json["data"]["closed_at"] is not None
    assert event_types(bank, account_id) == ["account_opened", "account_closed"]


def test_a_freeze_that_the_ledger_could_not_hear_is_carried_out_later(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    bank.weather.is_away = True
    assert bank.staff("POST", f"/{account_id}/freeze", {"reason": "stolen"}).status_code == 503
    bank.weather.is_away = False
    run_lease_out(bank)
    assert recover(bank.context) == 1
    assert status_of(bank, jane, account_id) == "frozen"


def test_a_number_that_is_taken_is_replaced(bank: AccountBank, monkeypatch: pytest.MonkeyPatch) -> None:
    jane = bank.person()
    first = bank.opened(jane)["account_number"]
    numbers = iter([first, first])
    fresh = opening.new_account_number
    monkeypatch.setattr(opening, "new_account_number", lambda *at, **more: next(numbers, None) or fresh(*at, **more))
    second = bank.opened(jane)["account_number"]
    assert second != first
