"""Who lives in a world: people, their employers, the shops of their town, landlords and firms that send bills.

Everything about person n follows from the seed and n alone. Firms exist because somebody needs them: an employer is
founded by its first employee, a town of shops by its first inhabitant. So a world of n + 1 people is the world of n
people and one more, and everyone else's plan is unchanged.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator_service.people import names, profiles
from simulator_service.people.habits import Habits, habits_of
from simulator_service.people.profiles import PROFILES, Profile
from simulator_service.presets.preset import Preset
from simulator_service.streams import amounts, calendar_rules
from simulator_service.streams.randomness import draw, draw_below, stream_key

TOWN_SIZE = 200
EMPLOYER_BLOCK = 1000
NEW_EMPLOYER_WEIGHT = 5
"""Firm sizes follow a Chinese-restaurant process: many small firms, a few large ones, capped by the block."""

LANDLORDS_PER_TOWN = 2
SHOPS_PER_TOWN = {
    "groceries": 3,
    "restaurants": 4,
    "coffee": 2,
    "transport": 1,
    "fuel": 2,
    "shopping": 4,
    "electronics": 1,
    "entertainment": 3,
    "health": 2,
    "personal_care": 1,
    "travel": 1,
}


@dataclass(frozen=True, slots=True)
class BillKind:
    """A bill many people get each month. `mean` in whole currency units, `variation` as for `lognormal_ratios`.

    Where it is not paid by card it is collected by direct debit, or paid by who lets nobody collect."""

    service: str
    category: str
    mean: int
    share_percent: int
    variation_millionths: int = 0
    is_by_card: bool = False


BILL_KINDS = (
    BillKind("Energy", "utilities", 78, 100, 150_000),
    BillKind("Water", "utilities", 31, 60, 100_000),
    BillKind("Internet", "telecom", 36, 92),
    BillKind("Mobile", "telecom", 24, 100, 120_000),
    BillKind("Insurance", "insurance", 92, 90),
    BillKind("Health Insurance", "insurance", 120, 60),
    BillKind("Streaming", "subscriptions", 13, 80, is_by_card=True),
    BillKind("Music", "subscriptions", 11, 55, is_by_card=True),
    BillKind("Fitness", "subscriptions", 35, 45, is_by_card=True),
    BillKind("Transit Pass", "transport", 49, 45, is_by_card=True),
    BillKind("Cloud Storage", "subscriptions", 6, 50, is_by_card=True),
    BillKind("Car Finance", "loans", 210, 35),
    BillKind("Relief Fund", "donations", 15, 25),
)


@dataclass(frozen=True, slots=True)
class World:
    """What decides a plan. `start_hour` counts from the epoch, UTC; `minor_per_unit` is 100 for EUR; `zone` is the
    bank's, in whose mornings it pays what is arranged. Without a preset people live by the base model."""

    seed: int
    customers: int
    start_hour: int
    minor_per_unit: int = 100
    zone: str = "Europe/Berlin"
    preset: Preset | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with an account in the bank. `id` is unique and stable within a world."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A monthly bill of one person. `amount_minor` is its mean where the kind varies from month to month."""

    payee: Party
    kind: BillKind
    billing_day: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Person:
    """One customer and the fixed facts of that life; money in minor units, per month unless said otherwise."""

    party: Party
    number: int
    profile_index: int
    purchases_per_million_hours: int
    purchase_mean_minor: int
    employer: Party
    landlord: Party
    rent_minor: int
    rent_day: int
    bills: tuple[Bill, ...]
    spending_minor: int
    wage_minor: int
    opening_minor: int
    habits: Habits

    @property
    def profile(self) -> Profile:
        """The person's way of spending."""
        return PROFILES[self.profile_index]

    @property
    def savings(self) -> Party:
        """The person's savings account, as who is paid."""
        return Party(f"{self.party.id}.savings", "savings", self.party.name)


class Population:
    """The people of one world in order, and every firm they need."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.employers: dict[str, Party] = {}
        self.landlords: dict[str, Party] = {}
        self.shops: dict[tuple[int, str], tuple[Party, ...]] = {}
        self.suppliers = {kind.service: self._supplier(kind) for kind in BILL_KINDS}
        self._founder: list[int] = []
        self._days_to_payday = calendar_rules.days_to_payday(date(1970, 1, 1) + timedelta(hours=world.start_hour))
        self.people = [self._person(number) for number in range(world.customers)]
        self.purchase_rates = np.array([person.purchases_per_million_hours for person in self.people], dtype=np.int64)
        self.purchase_means = np.array([person.purchase_mean_minor for person in self.people], dtype=np.int64)
        self.credit_percents = np.array([person.habits.credit_percent for person in self.people], dtype=np.int64)
        self.profile_indexes = np.array([person.profile_index for person in self.people], dtype=np.int64)

    def parties(self) -> list[Party]:
        """Everyone who needs an account: people first, in order, then firms."""
        shops = [shop for group in self.shops.values() for shop in group]
        firms = [*self.employers.values(), *self.landlords.values(), *self.suppliers.values(), *shops]
        return [person.party for person in self.people] + firms

    def keys(self, purpose: str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """The stream keys of all people for one purpose, in order."""
        seed = self.world.seed
        return np.array([stream_key(seed, person.party.id, purpose) for person in self.people], dtype=np.uint64)

    def _key(self, owner: str, purpose: str) -> int:
        return stream_key(self.world.seed, owner, purpose)

    def _supplier(self, kind: BillKind) -> Party:
        party_id = f"u.{kind.service.lower().replace(' ', '_')}"
        return Party(party_id, "supplier", names.supplier_name(self._key(party_id, "name"), kind.service))

    def _employer(self, number: int) -> Party:
        """A random earlier colleague's employer, or with falling probability a new one founded by this person."""
        first = number - number % EMPLOYER_BLOCK
        choice = draw_below(self._key(f"p{number}", "employer"), 0, number - first + NEW_EMPLOYER_WEIGHT)
        founder = number if choice >= number - first else self._founder[first + choice]
        self._founder.append(founder)
        party_id = f"e{founder}"
        if party_id not in self.employers:
            name = names.company_name(self._key(party_id, "name"))
            self.employers[party_id] = Party(party_id, "employer", name)
        return self.employers[party_id]

    def _settle_town(self, town: int) -> None:
        for ordinal in range(LANDLORDS_PER_TOWN):
            party_id = f"l{town}.{ordinal}"
            name = names.trade_name(self._key(party_id, "name"), "landlord", ordinal)
            self.landlords[party_id] = Party(party_id, "landlord", name)
        for trade, count in SHOPS_PER_TOWN.items():
            ids = [f"m{town}.{trade}.{ordinal}" for ordinal in range(count)]
            self.shops[town, trade] = tuple(
                Party(party_id, "merchant", names.trade_name(self._key(party_id, "name"), trade, ordinal))
                for ordinal, party_id in enumerate(ids)
            )

    def _person(self, number: int) -> Person:
        party_id, unit = f"p{number}", self.world.minor_per_unit
        town = number // TOWN_SIZE
        if number % TOWN_SIZE == 0:
            self._settle_town(town)
        profile_index = self._profile_index(number)
        profile = PROFILES[profile_index]
        rate = profile.purchases_per_million_hours * self._ratio(party_id, "rate", 300_000) // amounts.MILLION
        mean_minor = profile.amount_mean * unit
        spending = mean_minor * rate * profiles.MONTHLY_HOURS_TIMES_TEN // (10 * amounts.MILLION)
        rent = amounts.scaled(profile.rent_mean * unit, self._ratio(party_id, "rent", 250_000))
        rent = amounts.rounded_to(rent, 5 * unit)
        bills = self._bills(party_id, profile)
        outgoings = spending + rent + sum(bill.amount_minor for bill in bills)
        wage = self._wage(party_id, outgoings)
        landlord = self.landlords[f"l{town}.{draw_below(self._key(party_id, 'landlord'), 0, LANDLORDS_PER_TOWN)}"]
        return Person(
            party=Party(party_id, "person", names.person_name(self._key(party_id, "name"))),
            number=number,
            profile_index=profile_index,
            purchases_per_million_hours=rate,
            purchase_mean_minor=mean_minor,
            employer=self._employer(number),
            landlord=landlord,
            rent_minor=rent,
            rent_day=1 + draw_below(self._key(party_id, "rent_day"), 0, 5),
            bills=bills,
            spending_minor=spending,
            wage_minor=wage,
            opening_minor=self._opening(party_id, outgoings, wage),
            habits=habits_of(
                self.world.seed,
                number,
                unit,
                wage_minor=wage,
                outgoings_minor=outgoings,
                spending_minor=spending,
            ),
        )

    def _profile_index(self, number: int) -> int:
        """The mix along a golden-ratio sequence: even five people show about 30/55/15, whoever comes next."""
        position = (self._key("mix", "profile") + number * 0x9E37_79B9_7F4A_7C15) % (1 << 64)
        return profiles.profile_at((position * 100) >> 64)

    def _ratio(self, owner: str, purpose: str, std_millionths: int) -> int:
        table = amounts.lognormal_ratios(std_millionths)
        return table[draw(self._key(owner, purpose), 0) >> (64 - amounts.TABLE_BITS)]

    def _bills(self, party_id: str, profile: Profile) -> tuple[Bill, ...]:
        bills = []
        for kind in BILL_KINDS:
            key = self._key(party_id, f"bill {kind.service}")
            if draw_below(key, 0, 100) >= kind.share_percent:
                continue
            mean_minor = kind.mean * self.world.minor_per_unit * profile.bills_percent // 100
            amount = amounts.scaled(mean_minor, self._ratio(party_id, f"price {kind.service}", 200_000))
            bills.append(Bill(self.suppliers[kind.service], kind, 1 + draw_below(key, 1, 31), amount))
        return tuple(bills)

    def _wage(self, party_id: str, outgoings: int) -> int:
        """Most people earn more than they plan to spend; one in eight earns a little less and meets refusals."""
        key = self._key(party_id, "wage")
        percent = 88 + draw_below(key, 1, 11) if draw_below(key, 0, 8) == 0 else 102 + draw_below(key, 1, 45)
        return amounts.rounded_to(outgoings * percent // 100, self.world.minor_per_unit)

    def _opening(self, party_id: str, outgoings: int, wage_minor: int) -> int:
        """Savings at the start, a median of about two weeks' outgoings with a long tail, and what is left of the last
        wage: without that, a world that begins long before payday would begin with a wave of refusals."""
        savings = amounts.scaled(outgoings, self._ratio(party_id, "opening", 2_000_000))
        return savings + wage_minor * self._days_to_payday // 30
