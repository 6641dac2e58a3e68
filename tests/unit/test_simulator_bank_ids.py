"""What the bank calls posted events is kept whole, and small."""

from typing import Any

from shared.identifiers import new_id
from simulator_service.people.population import World
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.planning.planner import Planner
from simulator_service.posting.bank_ids import BankId, Became, bank_id_of, event_of, packed, unpacked

START_HOUR = 498_240
MOST_BYTES_AN_EVENT = 36


def test_a_million_events_take_less_than_36_megabytes() -> None:
    """With the ids that the bank gives: of one moment, and as random as they are."""
    events = Planner(World(7, 60, START_HOUR)).events(START_HOUR * HOUR_US, (START_HOUR + 8 * 24) * HOUR_US)[:1000]
    assert len(events) == 1000
    found = [BankId(event.id, Became.TRANSACTION, new_id()) for event in events]
    text = packed(found)
    assert list(unpacked(text)) == found
    assert len(text) < MOST_BYTES_AN_EVENT * len(found), f"{len(text) / len(found)} bytes an event"


def test_what_became_of_an_event_is_kept_with_or_without_an_id() -> None:
    found = [BankId("p1.7.purchase", Became.DECLINED, new_id()), BankId("p2.wage1", Became.REFUSED)]
    assert list(unpacked(packed(found))) == found
    assert list(unpacked(packed([]))) == []


def test_each_answer_of_the_bank_gives_the_id_that_its_transaction_is_found_by() -> None:
    def became(result: Any) -> BankId:
        return bank_id_of("e", result)

    assert became({"transaction": {"id": "t"}}) == BankId("e", Became.TRANSACTION, "t")
    assert became({"authorization": {"id": "a", "status": "approved"}}) == BankId("e", Became.AUTHORIZATION, "a")
    assert became({"authorization": {"id": "a", "status": "captured"}}) == BankId("e", Became.AUTHORIZATION, "a")
    assert became({"authorization": {"id": "d", "status": "declined"}}) == BankId("e", Became.DECLINED, "d")
    assert became({"error": {"error_code": "INSUFFICIENT_FUNDS"}}) == BankId("e", Became.REFUSED)
    assert event_of(f"{new_id()}:p1.2026-11.wage1") == "p1.2026-11.wage1"
