"""Worlds with a preset: the same plan for the same seed, however it is split, and people independent of each other."""

import json
from collections import Counter, OrderedDict
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from simulator_service.behaviours.purchases import purchase_id
from simulator_service.people import names
from simulator_service.people.population import World
from simulator_service.planning.event_block import EventBlock, joined
from simulator_service.planning.parts import parts_of, planned
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.planning.preset_plan import PresetPlan
from simulator_service.presets.loading import FROM_FILES, preset_named
from simulator_service.presets.preset import Preset, Trade

START_HOUR = 496_410  # 2026-08-18T18:00:00Z, in the middle of a day
START_US, DAY_US = START_HOUR * HOUR_US, 24 * HOUR_US
EUROZONE = preset_named("eurozone")
assert EUROZONE is not None


def world(customers: int = 30, seed: int = 7) -> World:
    return World(seed, customers, START_HOUR, preset=EUROZONE)


def fingerprint(planner: Planner, events: list[Event]) -> str:
    return planner.extended_sha256(EMPTY_LOG_SHA256, events)


@pytest.fixture(scope="module")
def told() -> list[Event]:
    """Seventy days of thirty people, daylight saving's end among them."""
    return Planner(world()).events(START_US, START_US + 70 * DAY_US)


def test_this_seed_gives_this_plan_on_every_machine(told: list[Event]) -> None:
    """Pinned: a change here changes every world people have made with this preset, and needs a line in the
    changelog."""
    assert len(told) > 3000
    assert fingerprint(Planner(world()), told) == ("e57f541d33f8daa6f75d3e484ec372d9144b49f626d6b2c831ef3adec634f3e1")


DIGESTS = {
    "eurozone": "6b2be63b31b1918320dc0a41bc39f4c425b77bd0aa27023d8cd4429b17b834c5",
    "uk": "4b4f0a87b0fc7eed18d21e92535b850e9909fab0a1824c1f51f54a728e85638a",
    "us": "da96d43342d7c9b1b42625555bf4363397ed74d2e0a325e28d4a3a84b85b023a",
    "fraud-lab": "f3ecacf82f23c94c5b13759dc65e9d72088a15349a04ed0151f30289228e8ad9",
}
"""Pinned: whoever changes what a preset says changes the fingerprint of every world that lives by it."""


@pytest.mark.parametrize("name", FROM_FILES)
def test_what_each_preset_says_is_pinned(name: str) -> None:
    preset = preset_named(name)
    assert preset is not None
    assert preset.digest().hex() == DIGESTS[name]


def test_a_field_that_a_later_version_adds_changes_no_preset_that_does_not_set_it() -> None:
    class LaterTrade(Trade):
        returns_percent: int = 0

    class LaterPreset(Preset):
        trades: tuple[LaterTrade, ...]  # type: ignore[assignment]
        weekly_markets: int = 0

    assert EUROZONE is not None
    said = EUROZONE.model_dump(exclude_defaults=True)
    assert LaterPreset.model_validate(said).digest() == EUROZONE.digest()
    assert LaterPreset.model_validate(said | {"weekly_markets": 2}).digest() != EUROZONE.digest()
    assert Preset.model_validate(said | {"rent": EUROZONE.rent + 1}).digest() != EUROZONE.digest()


def test_names_are_no_part_of_the_fingerprint(told: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of Faker has other names."""
    for name in ("person_name", "company_name", "trade_name", "supplier_name"):
        monkeypatch.setattr(names, name, lambda key, *_: f"N{key}")
    planner = Planner(world())
    renamed = planner.events(START_US, START_US + 70 * DAY_US)
    assert renamed != told
    assert fingerprint(planner, renamed) == fingerprint(planner, told)


@pytest.mark.parametrize("step_us", [HOUR_US * 5 // 7, 24 * HOUR_US], ids=["odd part of an hour", "day"])
def test_any_steps_give_the_plan_of_the_whole(told: list[Event], step_us: int) -> None:
    planner, end_us = Planner(world()), START_US + 40 * DAY_US
    stepped = [
        event
        for moment_us in range(START_US, end_us, step_us)
        for event in planner.events(moment_us, min(moment_us + step_us, end_us))
    ]
    assert stepped == [event for event in told if event.effective_at_us < end_us]


def test_going_on_in_the_middle_gives_the_rest_of_the_plan(told: list[Event]) -> None:
    middle_us = START_US + 45 * DAY_US
    rest = Planner(world()).events(middle_us, START_US + 70 * DAY_US)
    assert rest == [event for event in told if event.effective_at_us >= middle_us]


def test_parts_of_the_people_planned_apart_are_the_plan_of_all() -> None:
    """As several processes plan a world."""
    start_s, end_s = START_US // 1_000_000, (START_US + 45 * DAY_US) // 1_000_000
    assert EUROZONE is not None
    whole = PresetPlan(world(230), EUROZONE).between(start_s, end_s)
    parts = [PresetPlan(world(230), EUROZONE, numbers) for numbers in (range(90), range(90, 215), range(215, 230))]
    assert_same(whole, joined(part.between(start_s, end_s) for part in parts).sorted())


def assert_same(one: EventBlock, other: EventBlock) -> None:
    for column in fields(EventBlock):
        assert np.array_equal(getattr(one, column.name), getattr(other, column.name)), column.name


def test_adding_a_person_adds_that_persons_events_and_changes_nothing_else() -> None:
    """Across a town's edge too: person 200 brings a new town with its shops."""
    fewer, more = (Planner(world(customers)).events(START_US, START_US + 33 * DAY_US) for customers in (200, 201))
    assert Counter(fewer) - Counter(more) == Counter()
    added = list((Counter(more) - Counter(fewer)).elements())
    assert added
    assert {event.id for event in added if not event.id.startswith(("p200.", "m1.", "l1.", "e200."))} == set()


def test_every_event_has_its_own_id_and_parties_with_accounts(told: list[Event]) -> None:
    population = Planner(world()).population
    known = {party.id for party in population.parties()} | {person.savings.id for person in population.people}
    assert len(known) == len(population.parties()) + len(population.people)
    assert {party for event in told for party in (event.source, event.target) if party} <= known
    assert len({event.id for event in told}) == len(told)
    assert max(len(event.id) for event in told) <= 100
    assert all(type(event.amount_minor) is int and event.amount_minor > 0 for event in told)
    assert all(event.effective_at_us % 1_000_000 == 0 for event in told)


def test_what_is_collected_was_bought_one_to_three_days_before(told: list[Event]) -> None:
    captures = [event for event in told if event.type == "card_capture"]
    bought = {event.id: event for event in told if event.type == "card_purchase"}
    purchases = Planner(world()).purchases_of(captures)
    assert len(captures) > 100
    for capture in captures:
        purchase = bought[purchase_id(capture)]
        assert purchases[capture.id] == purchase
        assert (capture.amount_minor, capture.source) == (purchase.amount_minor, purchase.source)
        assert (capture.effective_at_us - purchase.effective_at_us) // DAY_US in (1, 2, 3)


@pytest.mark.parametrize("name", FROM_FILES)
def test_people_spend_what_they_earn(name: str) -> None:
    """Rent, bills, savings, cash and purchases make up the wage of all but a few whose homes are too dear for them."""
    preset = preset_named(name)
    assert preset is not None
    plan = PresetPlan(World(1, 500, START_HOUR, preset=preset), preset)
    budgets = plan.people.budgets
    spent = budgets.rent_minor + budgets.bill_minor.sum(axis=1) + budgets.savings_minor
    spent = spent + budgets.cash_minor + budgets.shopping_minor
    assert np.mean(abs(spent - budgets.wage_minor) <= 1) > 0.97
    per_day = budgets.daily_ppm / 1_000_000
    assert 0.3 < per_day.mean() < 2


def test_two_processes_write_the_files_that_one_writes(tmp_path: Path) -> None:
    assert EUROZONE is not None
    bytes_of = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        parts = parts_of(world(1_005), EUROZONE, 8, folder)
        done = list(planned(parts, processes))
        read = [pq.read_table(part.file) for part in parts]
        assert [part.events for part in done] == [table.num_rows for table in read]
        bytes_of.append([part.file.read_bytes() for part in parts if part.file is not None])
    assert len(bytes_of[0]) == 2
    assert bytes_of[0] == bytes_of[1]
    assert json.loads(read[0].schema.metadata[b"sandbank"])["intents"][0] == ["purchase", "groceries"]


def test_a_plan_that_another_thread_forgets_at_once_is_still_what_was_asked_for() -> None:
    """The engine plans steps while a request plans a scenario: what one keeps, the other may have forgotten by then."""

    class Forgetful(OrderedDict[int, EventBlock]):
        def __setitem__(self, place: int, block: EventBlock) -> None:
            """Somebody else forgets it before it can be looked at."""

    world = World(1, 5, 480_000, 100, "Europe/Berlin", EUROZONE)
    plan = PresetPlan(world, EUROZONE)
    start_s = 480_000 * 3600
    asked = plan.between(start_s, start_s + 10 * 86_400)
    plan._weeks, plan._months = Forgetful(), Forgetful()
    again = plan.between(start_s, start_s + 10 * 86_400)
    assert (again.at_s.tolist(), again.amount_minor.tolist()) == (asked.at_s.tolist(), asked.amount_minor.tolist())
