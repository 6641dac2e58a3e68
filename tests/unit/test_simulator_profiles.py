"""The base model: rates, amounts and hours of the three profiles, and the random numbers they stand on."""

from collections import Counter
from statistics import mean, stdev

import numpy as np
import pytest

from simulator_service.people import profiles
from simulator_service.people.population import Person, World
from simulator_service.people.profiles import AVERAGE, FRUGAL, PROFILES, SPENDER, Profile
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.streams import amounts
from simulator_service.streams.randomness import draw, draw_below, draws, stream_key

HOURS = 8 * 7 * 24
WORLD = World(seed=20, customers=1000, start_hour=498_240)


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(WORLD)


@pytest.fixture(scope="module")
def purchases(planner: Planner) -> list[Event]:
    """Eight whole weeks of 1,000 people."""
    start_us = WORLD.start_hour * HOUR_US
    events = planner.events(start_us, start_us + HOURS * HOUR_US)
    return [event for event in events if event.id.endswith(".purchase")]


def of_profile(planner: Planner, profile: Profile) -> list[Person]:
    return [person for person in planner.population.people if person.profile is profile]


@pytest.mark.parametrize(
    ("profile", "base"),
    [(FRUGAL, (0.01, 15, 5)), (AVERAGE, (0.05, 45, 20)), (SPENDER, (0.15, 120, 80))],
    ids=["frugal", "average", "spender"],
)
def test_each_profile_buys_at_its_hourly_rate_for_its_amounts(
    planner: Planner, purchases: list[Event], profile: Profile, base: tuple[float, int, int]
) -> None:
    rate, amount_mean, amount_std = base
    ids = {person.party.id for person in of_profile(planner, profile)}
    spent = [event.amount_minor / 100 for event in purchases if event.source in ids]
    assert len(spent) / len(ids) / HOURS == pytest.approx(rate, rel=0.08)
    assert mean(spent) == pytest.approx(amount_mean, rel=0.02)
    assert stdev(spent) == pytest.approx(amount_std, rel=0.05)


def test_a_person_buys_about_39_times_a_month(planner: Planner, purchases: list[Event]) -> None:
    assert len(purchases) / len(planner.population.people) / HOURS * 730.5 == pytest.approx(38.7, rel=0.05)


def test_bills_bring_payments_to_the_published_48_a_month(planner: Planner, purchases: list[Event]) -> None:
    bills = mean(len(person.bills) + 1 for person in planner.population.people)
    monthly = len(purchases) / len(planner.population.people) / HOURS * 730.5
    assert monthly + bills == pytest.approx(48, rel=0.05)


def test_profiles_are_mixed_30_55_15(planner: Planner) -> None:
    shares = Counter(person.profile.name for person in planner.population.people)
    assert {name: round(count / 10) for name, count in shares.items()} == {"FRUGAL": 30, "AVERAGE": 55, "SPENDER": 15}


def test_even_five_people_are_not_all_alike() -> None:
    for seed in range(20):
        people = Planner(World(seed=seed, customers=5, start_hour=0)).population.people
        assert len({person.profile.name for person in people}) >= 2


def test_people_of_one_profile_have_their_own_rates(planner: Planner) -> None:
    rates = [person.purchases_per_million_hours for person in of_profile(planner, AVERAGE)]
    assert 0.2 < stdev(rates) / mean(rates) < 0.4


def test_the_week_averages_one_with_silent_nights_and_full_lunches(purchases: list[Event]) -> None:
    assert sum(profiles.weekly_shape()) == pytest.approx(168)
    hours = Counter(event.effective_at_us // HOUR_US % 24 for event in purchases)
    assert 0.60 <= sum(hours[hour] for hour in range(11, 18)) / len(purchases) <= 0.70
    assert sum(hours[hour] for hour in range(2, 6)) / len(purchases) < 0.02


def test_saturday_is_the_busiest_day(purchases: list[Event]) -> None:
    days = Counter((event.effective_at_us // HOUR_US + profiles.EPOCH_HOUR_OF_WEEK) // 24 % 7 for event in purchases)
    assert days.most_common(1)[0][0] == 5


def test_a_person_buys_at_most_once_an_hour(purchases: list[Event]) -> None:
    assert len({(event.source, event.effective_at_us // HOUR_US) for event in purchases}) == len(purchases)


def test_every_share_of_the_mix_belongs_to_a_profile() -> None:
    assert sum(profile.share_percent for profile in PROFILES) == 100
    with pytest.raises(ValueError, match="below 100"):
        profiles.profile_at(100)


def test_amount_tables_have_mean_one_and_their_spread() -> None:
    for std in (200_000, 1_000_000):
        table = amounts.lognormal_ratios(std)
        assert mean(table) == pytest.approx(1_000_000, rel=1e-5)
        assert stdev(table) == pytest.approx(std, rel=0.02)
        assert list(table) == sorted(table)


def test_splitmix64_gives_its_published_numbers() -> None:
    """First outputs for seed 1234567, as in the reference implementation's usual test vector."""
    assert [draw(1_234_567, counter) for counter in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_arrays_draw_the_same_numbers_as_single_draws() -> None:
    keys = [stream_key(1, f"p{number}", "test") for number in range(5)]
    counters = [0, 1, 499_000]
    grid = draws(np.array(keys, dtype=np.uint64)[:, None], np.array(counters, dtype=np.uint64)[None, :])
    assert grid.tolist() == [[draw(key, counter) for counter in counters] for key in keys]


def test_bounded_draws_stay_below_their_bound_and_reach_every_value() -> None:
    assert {draw_below(99, counter, 7) for counter in range(500)} == set(range(7))
