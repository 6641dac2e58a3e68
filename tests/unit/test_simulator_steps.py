"""From plan to batches: steps cover time without gaps, items say what the bank needs, names are fit to log in with."""

from itertools import pairwise

import pytest

from shared.money import to_text
from simulator_service.people.names import username_stem
from simulator_service.people.population import Party, World
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.posting.onboarding import usernames
from simulator_service.posting.steps import Step, batch_items, history_steps, hourly_steps

START_HOUR = 498_240
START_US = START_HOUR * HOUR_US
UNTIL_US = START_US + 40 * 24 * HOUR_US + 17_000_000


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(World(seed=3, customers=40, start_hour=START_HOUR))


def joined(steps: list[Step]) -> list[Event]:
    return [event for step in steps for event in step.events]


@pytest.mark.parametrize("cut", [history_steps, hourly_steps])
def test_steps_hold_the_whole_plan_and_each_event_before_its_steps_end(planner: Planner, cut: object) -> None:
    steps = list(cut(planner, START_US, UNTIL_US))  # type: ignore[operator]
    assert joined(steps) == planner.events(START_US, UNTIL_US)
    assert steps[-1].until_us == UNTIL_US
    assert all(before.until_us <= after.until_us for before, after in pairwise(steps))
    assert all(event.effective_at_us < step.until_us for step in steps for event in step.events)


def test_an_hourly_step_never_reaches_past_its_hour(planner: Planner) -> None:
    for step in hourly_steps(planner, START_US, UNTIL_US):
        assert {event.effective_at_us // HOUR_US for event in step.events} <= {(step.until_us - 1) // HOUR_US}


def test_going_on_after_any_step_gives_the_same_events(planner: Planner) -> None:
    steps = list(history_steps(planner, START_US, UNTIL_US))
    assert len(steps) > 2
    resumed = list(history_steps(planner, steps[0].until_us, UNTIL_US))
    assert joined(resumed) == joined(steps[1:])


def test_no_time_means_no_events(planner: Planner) -> None:
    assert list(history_steps(planner, START_US, START_US)) == []
    assert list(hourly_steps(planner, UNTIL_US, START_US)) == []


def test_items_name_accounts_and_carry_a_key_that_belongs_to_the_event(planner: Planner) -> None:
    accounts = {party.id: f"account of {party.id}" for party in planner.population.parties()}
    events = planner.events(START_US, UNTIL_US)
    items = batch_items(events, accounts, world_id="world", currency="EUR")
    assert len({item["idempotency_key"] for item in items}) == len(items)
    for event, item in zip(events, items, strict=True):
        assert item["idempotency_key"] == f"world:{event.id}"
        assert item["amount"] == to_text(event.amount_minor, "EUR")
        assert len(item["description"]) <= 140
        sides = {name: item[name] for name in ("account_id", "from_account_id", "to_account_id") if name in item}
        if event.type in ("deposit", "withdrawal"):
            assert sides == {"account_id": accounts[event.source or event.target or ""]}
        else:
            assert sides == {"from_account_id": accounts[event.source], "to_account_id": accounts[event.target]}  # type: ignore[index]


def test_user_names_are_unique_plain_and_differ_between_worlds() -> None:
    parties = Planner(World(seed=1, customers=900, start_hour=START_HOUR)).population.parties()
    first, second = usernames(parties, 1), usernames(parties, 2)
    assert len(set(first.values()) | set(second.values())) == 2 * len(parties)
    assert all(name.replace(".", "").isalnum() and name.isascii() and name == name.lower() for name in first.values())
    assert max(map(len, second.values())) <= 64


def test_two_people_of_one_name_both_get_a_user_name() -> None:
    twins = [Party("p0", "person", "Ana Gil"), Party("p1", "person", "Ana Gil")]
    assert usernames(twins, 1) == {"p0": "ana.gil", "p1": "ana.gil.2"}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("Zoë Großmann", "zoe.grossmann"), ("Łukasz O'Neil", "lukasz.oneil"), ("Maison Déjà & Co", "maison.deja.co")],
)
def test_names_are_folded_to_letters_that_everyone_can_type(name: str, stem: str) -> None:
    assert username_stem(name) == stem
