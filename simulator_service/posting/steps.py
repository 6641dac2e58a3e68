"""From a plan to what is posted: steps of bank time, each with its events as items for the bank's batch endpoint."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from shared.clock import to_wire
from shared.money import to_text
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner

ITEMS_AT_ONCE = 1000
_EVENTS_PER_PERSON_DAY = 2
_LONGEST_WINDOW_HOURS = 30 * 24


class Step(NamedTuple):
    """A stretch of a world's life up to `until_us`, and what happens in it."""

    until_us: int
    events: list[Event]


def history_steps(planner: Planner, from_us: int, until_us: int) -> Iterator[Step]:
    """Steps of about one batch each, for a past that the bank clock has already reached."""
    hours = ITEMS_AT_ONCE * 24 // (_EVENTS_PER_PERSON_DAY * planner.world.customers)
    window_us = min(max(hours, 1), _LONGEST_WINDOW_HOURS) * HOUR_US
    while from_us < until_us:
        end_us = min(from_us + window_us, until_us)
        yield Step(end_us, planner.events(from_us, end_us))
        from_us = end_us


def hourly_steps(planner: Planner, from_us: int, until_us: int) -> Iterator[Step]:
    """A step for each hour in which something happens, ending with the hour: for time the bank clock still has to pass.

    Quiet hours belong to the step after them. The last step always ends at `until_us`.
    """
    for window in history_steps(planner, from_us, until_us):
        for hour, events in groupby(window.events, key=lambda event: event.effective_at_us // HOUR_US):
            yield Step(min((hour + 1) * HOUR_US, window.until_us), list(events))
    if from_us < until_us:
        yield Step(until_us, [])


def batch_items(
    events: Sequence[Event], accounts: Mapping[str, str], *, world_id: str, currency: str
) -> list[dict[str, Any]]:
    """The events as items of POST /api/transactions/batch; `accounts` gives each party's account id."""
    return [_item(event, accounts, world_id, currency) for event in events]


def _item(event: Event, accounts: Mapping[str, str], world_id: str, currency: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": event.type,
        "idempotency_key": f"{world_id}:{event.id}",
        "amount": to_text(event.amount_minor, currency),
        "description": event.description,
        "category": event.category,
        "effective_at": to_wire(event.effective_at_us),
    }
    if event.source is not None and event.target is not None:
        item["from_account_id"] = accounts[event.source]
        item["to_account_id"] = accounts[event.target]
    else:
        item["account_id"] = accounts[event.source or event.target or ""]
    return item
