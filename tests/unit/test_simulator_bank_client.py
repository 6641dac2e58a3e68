"""How the simulator takes the bank's answers: patient with what is unclear, never counting it as a refusal."""

import json
import threading
from typing import Any

import pytest

from sandbank import NoReplyError, RefusedError, Reply, Request, UnavailableError
from shared.http.payloads import ErrorReply
from shared.identifiers import new_id
from shared.refusals import UNAVAILABLE, Refused
from shared.time.clock import from_wire
from simulator_service.posting import bank_client
from simulator_service.posting.bank_client import BankClient, EngineStoppingError, Tally, tally_of
from simulator_service.posting.items import Announcement
from tests import canned
from transaction_service.batch_payloads import TransactionBatchReply
from transaction_service.cards.payloads import Authorization
from transaction_service.orders.direct_debit_payloads import Collection
from transaction_service.orders.payloads import StandingOrder
from transaction_service.payloads import BankClock, Transaction

ITEMS: list[dict[str, object]] = [{"idempotency_key": "w:a"}, {"idempotency_key": "w:b"}]
DONE = {"status": "completed", "transaction": canned.example(Transaction)}
POOR = {"status": "refused", "error": canned.example(ErrorReply, error_code="INSUFFICIENT_FUNDS")}
BUSY = {"status": "refused", "error": canned.example(ErrorReply, error_code="IDEMPOTENCY_KEY_IN_FLIGHT")}
Step = Reply | Exception


class Gateway:
    """Gives these replies, the last one for ever; `sent` are the bodies it got."""

    def __init__(self, *steps: Step) -> None:
        self.left = list(steps)
        self.sent: list[Any] = []

    def send(self, request: Request, seconds: float) -> Reply:
        assert seconds > 0
        self.sent.append(json.loads(request.body or b"null"))
        step = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if isinstance(step, Exception):
            raise step
        return step


def answers(*results: dict[str, Any]) -> Reply:
    return canned.success(TransactionBatchReply, {"data": list(results)})


def bank(gateway: Gateway, *, patience: float = 5, stops: bool = False) -> BankClient:
    """A bank client with this gateway."""
    stopping = threading.Event()
    if stops:
        stopping.set()
    return BankClient(gateway, lambda: "token", patience_seconds=patience, stopping=stopping)


def test_completed_and_refused_items_are_counted() -> None:
    assert tally_of(bank(Gateway(answers(DONE, POOR))).post(ITEMS)) == Tally(posted=1, refused=1)


def test_a_replayed_item_counts_as_it_did_the_first_time() -> None:
    replayed = [{**DONE, "status": "replayed"}, {**POOR, "status": "replayed"}]
    assert tally_of(bank(Gateway(answers(*replayed))).post(ITEMS)) == Tally(posted=1, refused=1)


def test_a_declined_card_is_a_refusal_and_what_is_held_counts_when_it_is_collected() -> None:
    asked = [
        {"status": "completed", "authorization": canned.example(Authorization, status=status)}
        for status in ("captured", "approved", "declined")
    ]
    assert tally_of(bank(Gateway(answers(*asked))).post(ITEMS)) == Tally(posted=1, refused=1)


MADE = canned.one(Collection, 201)
COLLECTION_ID = json.loads(MADE.body)["data"]["id"]


@pytest.mark.parametrize(
    ("steps", "announced", "days"),
    [
        ([MADE], COLLECTION_ID, ["2026-12-18"]),
        ([canned.refusal(422, "IDEMPOTENCY_KEY_REUSED")], "", ["2026-12-18"]),
        ([canned.refusal(409, "MANDATE_NOT_ACTIVE")], None, ["2026-12-18"]),
        ([canned.refusal(422, "VALIDATION_ERROR"), "clock", MADE], COLLECTION_ID, ["2026-12-18", "2026-12-21"]),
        (
            [canned.refusal(422, "VALIDATION_ERROR"), "clock", canned.refusal(409, "MANDATE_NOT_ACTIVE")],
            None,
            ["2026-12-18", "2026-12-21"],
        ),
    ],
    ids=["in time", "announced before", "no mandate any more", "late", "late, no mandate"],
)
def test_who_is_late_collects_on_the_next_day(steps: list[Any], announced: str | None, days: list[str]) -> None:
    gateway = Gateway(*(clock(MOMENT) if step == "clock" else step for step in steps))
    announcement = Announcement("mandate", "12.00", "2026-12-18", "Power", "w:a")
    assert bank(gateway).announce(announcement) == announced
    assert [body["due_on"] for body in gateway.sent if body] == days


def test_an_order_that_was_placed_before_is_the_first_of_its_description() -> None:
    """Later ones of the same description are of whoever logs in for the customer."""
    first = new_id()
    rows = [
        {"id": id_, "description": text, "created_at": f"2026-12-0{day}T12:00:00.000000Z"}
        for id_, text, day in ((new_id(), "Rent", 9), (first, "Rent", 3), (new_id(), "Savings", 3))
    ]
    found = bank(Gateway(canned.page(StandingOrder, *rows))).placed_standing_order("account", "Rent")
    assert found == (first, from_wire("2026-12-03T12:00:00.000000Z"))


def test_a_bank_with_accounts_does_not_begin_anew() -> None:
    gateway = Gateway(clock(MOMENT))
    assert bank(gateway).open_bank_at(from_wire(MOMENT))
    assert gateway.sent == [{"begin_at": MOMENT}]
    assert not bank(Gateway(canned.refusal(400, "CLOCK_BACKWARDS"))).open_bank_at(from_wire(MOMENT))


@pytest.mark.parametrize(
    "unclear",
    [
        canned.refusal(503, "SERVICE_UNAVAILABLE"),
        canned.refusal(429, "RATE_LIMITED"),
        canned.refusal(504, "DEADLINE_EXCEEDED"),
        canned.refusal(500, "INTERNAL_ERROR"),
        NoReplyError("http://bank.test"),
    ],
    ids=["503", "429", "504", "500", "broken off"],
)
def test_an_unclear_answer_is_asked_for_again_with_the_same_keys(unclear: Step) -> None:
    gateway = Gateway(unclear, answers(DONE, BUSY), answers(DONE, DONE))
    assert tally_of(bank(gateway).post(ITEMS)) == Tally(posted=2, refused=0)
    assert gateway.sent == [{"items": ITEMS}] * 3


def test_an_item_that_never_gets_a_clear_answer_fails_instead_of_counting() -> None:
    with pytest.raises(UnavailableError):
        bank(Gateway(answers(DONE, BUSY)), patience=0).post(ITEMS)


def test_a_clear_no_is_not_asked_for_again() -> None:
    gateway = Gateway(canned.refusal(422, "VALIDATION_ERROR"))
    with pytest.raises(RefusedError):
        bank(gateway).post(ITEMS)
    assert len(gateway.sent) == 1


def test_a_stopping_service_waits_for_nobody() -> None:
    with pytest.raises(EngineStoppingError):
        bank(Gateway(canned.refusal(503, "SERVICE_UNAVAILABLE")), stops=True).post(ITEMS)


def test_without_its_own_token_the_simulator_waits_for_auth() -> None:
    def away() -> str:
        raise Refused(UNAVAILABLE)

    gateway = Gateway(answers(DONE))
    impatient = BankClient(gateway, away, patience_seconds=0, stopping=threading.Event())
    with pytest.raises(UnavailableError):
        impatient.post(ITEMS)
    assert gateway.sent == []


MOMENT = "2026-12-20T12:00:00.000000Z"


def clock(bank_time: str, *, due_work: int = 0) -> Reply:
    """What the bank answers of its clock: on its way to the moment while work is due."""
    target = MOMENT if due_work else None
    facts = {"bank_time": bank_time, "real": False, "running": True, "target_time": target}
    facts |= {"due_work": due_work, "stopped_work": 0}
    return canned.one(BankClock, **facts)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_client, "CLOCK_PAUSE_SECONDS", 0.001)


@pytest.mark.usefixtures("quick")
def test_moving_the_clock_waits_until_it_is_there() -> None:
    on_its_way = [clock(f"2026-11-{day}T00:00:00.000000Z", due_work=30 - day) for day in (20, 25, 29)]
    gateway = Gateway(*on_its_way, clock(MOMENT))
    bank(gateway).move_clock_to(from_wire(MOMENT))
    assert gateway.sent == [{"advance_to": MOMENT}, None, None, None], "moved once, then looked at"


@pytest.mark.usefixtures("quick")
def test_a_clock_that_somebody_moves_further_has_arrived_once_the_moment_is_behind_it() -> None:
    passed = clock("2026-12-20T12:00:01.000000Z", due_work=7)
    gateway = Gateway(clock("2026-11-20T00:00:00.000000Z", due_work=9), passed)
    bank(gateway).move_clock_to(from_wire(MOMENT))
    assert len(gateway.sent) == 2


@pytest.mark.usefixtures("quick")
def test_a_clock_that_comes_no_further_is_not_waited_for_for_ever() -> None:
    with pytest.raises(UnavailableError, match="does not get done"):
        bank(Gateway(clock("2026-11-20T00:00:00.000000Z", due_work=9)), patience=0.05).move_clock_to(from_wire(MOMENT))


def test_a_clock_that_is_later_already_is_left_alone() -> None:
    gateway = Gateway(canned.refusal(400, "CLOCK_BACKWARDS"))
    bank(gateway).move_clock_to(from_wire(MOMENT))
    assert len(gateway.sent) == 1


def test_a_stopping_service_does_not_wait_for_the_clock() -> None:
    with pytest.raises(EngineStoppingError):
        bank(Gateway(clock("2026-11-20T00:00:00.000000Z", due_work=9)), stops=True).move_clock_to(from_wire(MOMENT))
