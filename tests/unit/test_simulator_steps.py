"""From plan to batches: steps cover time without gaps, items say what the bank needs, names are fit to log in with."""

from itertools import pairwise

import pytest

from shared.amounts.money import to_text
from shared.time.business_days import QUARTER_US
from shared.time.clock import to_wire
from simulator_service.behaviours.arranged import bill_name, is_treat
from simulator_service.people.names import username_stem
from simulator_service.people.population import Party, World
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.planning.planner import Planner
from simulator_service.posting.items import CREDIT_CARD, DEBIT_CARD, MANDATE, ORDER, Held, ItemMaker
from simulator_service.posting.onboarding import usernames
from simulator_service.posting.steps import Step, lived_steps, told_steps

START_HOUR = 498_240
START_US = START_HOUR * HOUR_US
DAY_US = 24 * HOUR_US
UNTIL_US = START_US + 40 * 24 * HOUR_US + 17_000_000


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(World(seed=3, customers=40, start_hour=START_HOUR))


def joined(steps: list[Step]) -> list[Event]:
    return [event for step in steps for event in step.events]


@pytest.mark.parametrize("cut", [told_steps, lived_steps])
def test_steps_hold_the_whole_plan_and_each_event_before_its_steps_end(planner: Planner, cut: object) -> None:
    steps = list(cut(planner, START_US, UNTIL_US))  # type: ignore[operator]
    assert joined(steps) == planner.events(START_US, UNTIL_US)
    assert steps[-1].until_us == UNTIL_US
    assert all(before.until_us <= after.until_us for before, after in pairwise(steps))
    assert all(event.effective_at_us < step.until_us for step in steps for event in step.events)


def test_a_step_ends_shortly_before_the_banks_morning_whichever_jobs_the_time_is_lived_in(planner: Planner) -> None:
    ends = [step.until_us for step in lived_steps(planner, START_US, UNTIL_US)]
    mornings = [end for end in ends if to_wire(end + QUARTER_US)[11:] == "05:00:00.000000Z"]
    assert len(mornings) == 40
    half = ends[len(ends) // 2]
    assert [step.until_us for step in lived_steps(planner, half, UNTIL_US)] == ends[len(ends) // 2 + 1 :]


def test_going_on_after_any_step_gives_the_same_events(planner: Planner) -> None:
    steps = list(told_steps(planner, START_US, UNTIL_US))
    assert len(steps) > 2
    resumed = list(told_steps(planner, steps[0].until_us, UNTIL_US))
    assert joined(resumed) == joined(steps[1:])


def test_no_time_means_no_events(planner: Planner) -> None:
    assert list(told_steps(planner, START_US, START_US)) == []
    assert list(lived_steps(planner, UNTIL_US, START_US)) == []


def maker_of(planner: Planner, holdings: dict[tuple[str, str], Held]) -> ItemMaker:
    """Everybody has an account that is called after them."""
    people = planner.population.people
    parties = [*planner.population.parties(), *(person.savings for person in people)]
    accounts = {party.id: f"account of {party.id}" for party in parties}
    return ItemMaker(planner, accounts, holdings, world_id="world", currency="EUR")


def test_items_name_accounts_and_carry_a_key_that_belongs_to_the_event(planner: Planner) -> None:
    """Of people who have nothing but an account: their past is told, and nobody collects what no card was asked for."""
    events = [
        event
        for event in planner.events(START_US, UNTIL_US)
        if event.type not in ("card_capture", "collection") and not is_treat(event)
    ]
    items = maker_of(planner, {}).items(events, {})
    assert len({item["idempotency_key"] for item in items}) == len(items)
    for event, item in zip(events, items, strict=True):
        assert (item["idempotency_key"], item["type"]) == (f"world:{event.id}", event.type)
        assert item["amount"] == to_text(event.amount_minor, "EUR")
        assert len(item["description"]) <= 140
        sides = {name: item[name] for name in ("account_id", "from_account_id", "to_account_id") if name in item}
        if event.type in ("deposit", "withdrawal"):
            assert sides == {"account_id": f"account of {event.source or event.target}"}
        else:
            assert sides == {
                "from_account_id": f"account of {event.source}",
                "to_account_id": f"account of {event.target}",
            }


def test_who_has_a_card_asks_it_and_the_bank_itself_pays_what_is_arranged(planner: Planner) -> None:
    """From the middle of the time on: what came before is told as it was."""
    since = START_US + 20 * DAY_US
    people = planner.population.people
    holdings = {(person.party.id, DEBIT_CARD): Held("card", since) for person in people}
    for person in people:
        names = [ORDER + "rent", ORDER + "savings", *(MANDATE + bill_name(bill) for bill in person.bills)]
        holdings |= {(person.party.id, name): Held("arranged", since) for name in names}
    maker, events = maker_of(planner, holdings), planner.events(START_US, UNTIL_US)
    purchases = planner.purchases_of(event for event in events if event.type == "card_capture")
    asked = {later: "authorization" for later, purchase in purchases.items() if maker.asks_card(purchase)}
    assert len(purchases) > len(asked) > 0
    items = {item["idempotency_key"]: item for item in maker.items(events, asked)}
    announced = {one.idempotency_key for one in maker.announcements(events)}
    for event in events:
        item = items.get(f"world:{event.id}")
        if is_treat(event):
            assert item is None
        elif event.way:
            is_later = event.effective_at_us >= since
            assert item is not None or event.type == "card_capture"
            assert item is None or (item["type"].startswith("card_a") or event.type == "card_capture") == is_later
        elif event.type == "standing_order":
            assert (item is None) == (to_wire(event.effective_at_us) > to_wire(since)[:10] + "T06")
        elif event.type == "direct_debit":
            assert (item is None) == (f"world:{event.id}.announced" in announced or event.effective_at_us >= UNTIL_US)
            assert (item is None) == (event.effective_at_us - 72 * HOUR_US >= since)
        elif event.type == "collection":
            assert item is None
        else:
            assert item is not None


def test_who_was_refused_a_savings_account_saves_nothing_and_everything_else_goes_on(planner: Planner) -> None:
    events = [event for event in planner.events(START_US, UNTIL_US) if event.type == "standing_order"]
    accounts = {party.id: f"account of {party.id}" for party in planner.population.parties()}
    saver = next(person for person in planner.population.people if person.habits.savings_minor)
    refused = {(saver.party.id, "savings"): Held(None, START_US)}
    items = ItemMaker(planner, accounts, refused, world_id="world", currency="EUR").items(events, {})
    rents = {f"world:{event.id}" for event in events if event.id.endswith(".rent")}
    assert {item["idempotency_key"] for item in items} == rents != set()


def test_a_treat_is_bought_by_credit_card_or_not_at_all() -> None:
    """Other purchases by credit card are made with the debit card where there is no other."""
    planner = Planner(World(seed=3, customers=200, start_hour=START_HOUR))
    events = [event for event in planner.events(START_US, UNTIL_US) if event.way.startswith("credit.")]
    events = [event for event in events if event.type == "card_purchase"]
    debit = {(person.party.id, DEBIT_CARD): Held("debit", START_US) for person in planner.population.people}
    credit = {(person.party.id, CREDIT_CARD): Held("credit", START_US) for person in planner.population.people}
    treats = {f"world:{event.id}" for event in events if is_treat(event)}
    cards = [
        {item["idempotency_key"]: item["card_id"] for item in maker_of(planner, held).items(events, {})}
        for held in (debit, debit | credit)
    ]
    assert treats
    assert cards[0] == {f"world:{event.id}": "debit" for event in events if not is_treat(event)}
    assert cards[1] == {f"world:{event.id}": "credit" for event in events}


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
