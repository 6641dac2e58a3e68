"""The plan of a world: the same for the same seed, whatever the steps, and independent person by person."""

from collections import Counter

import pytest

from shared.time.business_days import business_day
from shared.time.clock import to_wire
from shared.time.target_calendar import is_target_day
from simulator_service.behaviours.arranged import is_treat
from simulator_service.behaviours.terminals import is_collected_later
from simulator_service.people.population import World
from simulator_service.planning.planned_event import EMPTY_LOG_SHA256, HOUR_US, Event, extended_log_sha256, log_line
from simulator_service.planning.planner import Planner

START_HOUR = 498_240  # 2026-11-03T00:00:00Z
DAY_US = 24 * HOUR_US
START_US = START_HOUR * HOUR_US


def world(customers: int = 12, seed: int = 7) -> World:
    return World(seed=seed, customers=customers, start_hour=START_HOUR)


def log(events: list[Event]) -> bytes:
    return b"".join(log_line(event) for event in events)


@pytest.fixture(scope="module")
def month() -> list[Event]:
    """Thirty days of 400 people."""
    return Planner(world(400)).events(START_US, START_US + 30 * DAY_US)


def test_same_seed_gives_the_same_plan_byte_for_byte() -> None:
    first, second = (log(Planner(world()).events(START_US, START_US + 30 * DAY_US)) for _ in range(2))
    assert first == second
    assert first


def test_another_seed_gives_another_plan() -> None:
    assert log(Planner(world(seed=8)).events(START_US, START_US + DAY_US)) != log(
        Planner(world(seed=7)).events(START_US, START_US + DAY_US)
    )


def test_this_seed_gives_this_plan_on_every_machine() -> None:
    """Pinned: a change here changes every world people have made, and needs a line in the changelog."""
    events = Planner(world()).events(START_US, START_US + 30 * DAY_US)
    amounts_only = [event._replace(description="") for event in events]
    assert extended_log_sha256(EMPTY_LOG_SHA256, amounts_only) == (
        "2c8f9ba263fa6e8d6dfddfb38fff7d0ffefa9f0b1794117bdd98ad939aa54835"
    )


@pytest.mark.parametrize("step_us", [HOUR_US, HOUR_US * 5 // 7, 7 * HOUR_US], ids=["1h", "odd part of an hour", "7h"])
def test_any_steps_give_the_plan_of_the_whole(step_us: int) -> None:
    end_us = START_US + 14 * DAY_US
    whole = Planner(world()).events(START_US, end_us)
    stepped, digest, planner = [], EMPTY_LOG_SHA256, Planner(world())
    for moment_us in range(START_US, end_us, step_us):
        part = planner.events(moment_us, min(moment_us + step_us, end_us))
        digest = extended_log_sha256(digest, part)
        stepped.extend(part)
    assert log(stepped) == log(whole)
    assert digest == extended_log_sha256(EMPTY_LOG_SHA256, whole)


def test_adding_a_person_adds_that_persons_events_and_changes_nothing_else() -> None:
    """Across a town's edge too: person 200 brings a new town with its shops."""
    fewer, more = (Planner(world(customers)).events(START_US, START_US + 20 * DAY_US) for customers in (200, 201))
    assert Counter(fewer) - Counter(more) == Counter()
    added = list((Counter(more) - Counter(fewer)).elements())
    assert added
    new_town = ("p200.", "m1.", "l1.")
    assert {event.id for event in added if not event.id.startswith(new_town)} == set()


def test_names_of_the_others_stay_when_a_person_is_added() -> None:
    fewer, more = (Planner(world(customers)).population.people for customers in (30, 31))
    assert more[:30] == fewer


def test_event_ids_are_unique_and_fit_an_idempotency_key(month: list[Event]) -> None:
    assert len({event.id for event in month}) == len(month)
    assert max(len(event.id) for event in month) <= 100


def test_events_are_in_order_inside_the_period_and_on_whole_seconds(month: list[Event]) -> None:
    assert month == sorted(month, key=lambda event: (event.effective_at_us, event.id))
    assert all(START_US <= event.effective_at_us < START_US + 30 * DAY_US for event in month)
    assert all(event.effective_at_us % 1_000_000 == 0 for event in month)


def test_nothing_happens_before_the_world_began() -> None:
    assert Planner(world()).events(START_US - 40 * DAY_US, START_US) == []


def test_every_amount_is_a_positive_whole_number_of_minor_units(month: list[Event]) -> None:
    assert all(type(event.amount_minor) is int and event.amount_minor > 0 for event in month)


def test_every_party_of_an_event_has_an_account_to_be(month: list[Event]) -> None:
    population = Planner(world(400)).population
    known = {party.id for party in population.parties()} | {person.savings.id for person in population.people}
    assert {party for event in month for party in (event.source, event.target) if party} <= known


def test_wages_come_from_the_employers_account_on_rolled_paydays() -> None:
    """1 November 2026 is a Sunday, 15 November too, 1 January 2027 a holiday: wages come on the business day before."""
    start_us = START_US
    events = [event for event in Planner(world()).events(start_us, start_us + 90 * DAY_US) if event.type == "payroll"]
    assert {to_wire(event.effective_at_us)[:10] for event in events} == {
        "2026-11-13", "2026-12-01", "2026-12-15", "2026-12-31", "2027-01-15", "2027-02-01",
    } - {"2027-02-01"}  # fmt: skip
    assert all(event.source and event.source.startswith("e") for event in events)
    assert all(event.target and event.target.startswith("p") for event in events)


def test_each_payment_is_made_once_a_month(month: list[Event]) -> None:
    rents = Counter(event.source for event in month if event.id.endswith(".rent"))
    assert set(rents.values()) == {1}
    assert len(rents) == 400


def test_what_is_arranged_is_due_in_the_banks_morning_on_days_on_which_banks_settle(month: list[Event]) -> None:
    due = [event for event in month if event.type in ("standing_order", "direct_debit")]
    assert {to_wire(event.effective_at_us)[11:] for event in due} == {"05:00:00.000000Z"}
    assert all(is_target_day(business_day(event.effective_at_us)) for event in due)
    announced = {event.id: event for event in month if event.type == "collection"}
    debits = [event for event in due if event.type == "direct_debit" and event.effective_at_us >= START_US + 3 * DAY_US]
    assert len(debits) > 700
    for debit in debits:
        before = announced[f"{debit.id}.announced"]
        assert (before.amount_minor, debit.effective_at_us - before.effective_at_us) == (debit.amount_minor, 3 * DAY_US)


def test_merchants_collect_later_what_was_bought_online_or_at_a_pump(month: list[Event]) -> None:
    bought = {event.id: event for event in month if event.type == "card_purchase"}
    captures = [event for event in month if event.type == "card_capture"]
    purchases = Planner(world(400)).purchases_of(captures)
    assert len(captures) > 500
    for capture in captures:
        purchase = purchases[capture.id]
        assert bought[purchase.id] == purchase
        assert is_collected_later(purchase)
        assert (capture.amount_minor, capture.source) == (purchase.amount_minor, purchase.source)
        assert capture.effective_at_us - purchase.effective_at_us in (DAY_US, 2 * DAY_US, 3 * DAY_US)
    early = [one for one in bought.values() if one.effective_at_us < START_US + 27 * DAY_US and is_collected_later(one)]
    assert {one.id for one in early} <= {purchase.id for purchase in purchases.values()}


def test_about_half_of_the_people_have_a_credit_card_and_use_it(month: list[Event]) -> None:
    people = Planner(world(400)).population.people
    holders = {person.party.id for person in people if person.habits.has_credit_card}
    assert 150 < len(holders) < 210
    users = {event.source for event in month if event.way.startswith("credit.")}
    assert users <= holders
    assert len(users) > 0.9 * len(holders)
    spent = Counter[str]()
    for event in month:
        if event.way.startswith("credit."):
            spent[event.source or ""] += event.amount_minor * (event.type == "card_purchase")
    assert sum(minor > 250_000 for minor in spent.values()) < 0.15 * len(holders), "nearly all within what a card lends"


def test_most_payments_succeed_and_some_are_refused(month: list[Event]) -> None:
    """The bank's rule in five lines: what an account does not hold, it cannot pay.

    Who has no credit card at the bank pays everything from the account, and buys no treats.
    """
    balances: Counter[str] = Counter()
    refused = []
    for event in month:
        if event.type in ("card_capture", "collection") or is_treat(event):
            continue
        if event.source and balances[event.source] < event.amount_minor:
            refused.append(event)
            continue
        balances[event.source or "outside"] -= event.amount_minor
        balances[event.target or "outside"] += event.amount_minor
    assert sum(balances.values()) == 0
    assert 0 < len(refused) < 0.02 * len(month)
    assert not [event for event in refused if event.type == "payroll"]
