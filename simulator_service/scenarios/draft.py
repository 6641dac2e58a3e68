"""One instance of a scenario being told: who takes part, and what happens, from the streams of its own seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.time.clock import MICROSECONDS
from simulator_service.people.population import TOWN_SIZE, Party, Person, World
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.streams.randomness import draw, draw_below, stream_key

DAY_US = 24 * HOUR_US
_MERCHANT, _CHAIN = "merchant", "c"
"""The kind of shops, and what the ids of chains begin with instead of a town."""
PAID_IN, PAID_OUT, PASSED_ON = "Paid in", "Cash", "transfers"
_DESCRIPTIONS = (
    "Thanks again", "As agreed", "Share of the costs", "Loan paid back", "For the weekend", "Invoice", "Holiday",
    "Second half", "Gift", "Tickets", "Car", "Furniture", "For the flat", "Course fee", "Club", "Repairs",
)  # fmt: skip
"""What people write beside what they pay each other; crimes and their look-alikes write the same."""


class Population(Protocol):
    """The people and firms of a world, whatever they live by."""

    world: World

    @property
    def people(self) -> list[Person]:
        """Everybody in order."""

    def parties(self) -> list[Party]:
        """Everyone who has an account."""


class TooFewPeopleError(Exception):
    """The world has fewer people than take part."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"{needed} people take part")
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Instance:
    """One injected scenario: what decides all of its events, in a world whose population is known.

    `number` is unique in its world. `width` is how many take part, in the words of its kind.
    """

    number: int
    name: str
    is_benign: bool
    seed: int
    width: int
    begins_us: int


class Draft:
    """Collects what happens in an instance; every draw belongs to it alone."""

    def __init__(self, population: Population, instance: Instance) -> None:
        self.population, self.instance = population, instance
        self.unit = population.world.minor_per_unit
        self.events: list[Event] = []
        self.dropped: set[str] = set()
        self._owner = f"{population.world.seed} {instance.name} {instance.is_benign}"
        self._drawn: dict[str, int] = {}
        self._shops: dict[str, list[Party]] = {}

    @property
    def is_benign(self) -> bool:
        """Whether this is the look-alike."""
        return self.instance.is_benign

    def below(self, purpose: str, bound: int) -> int:
        """The next number below `bound` of the stream for a purpose."""
        counter = self._drawn.get(purpose, 0)
        self._drawn[purpose] = counter + 1
        return draw_below(stream_key(self.instance.seed, self._owner, purpose), counter, bound)

    def between(self, purpose: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        return least + self.below(purpose, most - least + 1)

    def people(self, count: int) -> list[Person]:
        """So many different people. Raises TooFewPeopleError."""
        everybody = self.population.people
        if count > len(everybody):
            raise TooFewPeopleError(count)
        key = stream_key(self.instance.seed, self._owner, "who")
        return sorted(everybody, key=lambda person: draw(key, person.number))[:count]

    def shops(self, near: Person, trade: str) -> Sequence[Party]:
        """The shops of a trade in somebody's town, and the chains, which are in every town."""
        if trade not in self._shops:
            merchants = (party for party in self.population.parties() if party.kind == _MERCHANT)
            self._shops[trade] = [party for party in merchants if party.id.split(".")[1] == trade]
        here = (f"m{near.number // TOWN_SIZE}", _CHAIN)
        return [party for party in self._shops[trade] if party.id.split(".")[0] in here]

    def moment(self, day: int, first_hour: int = 8, last_hour: int = 20) -> int:
        """Some second of a day of the instance, counted from 0, in hours that everybody is awake in."""
        hours = self.between("hour", first_hour, last_hour)
        return self.instance.begins_us + day * DAY_US + hours * HOUR_US + self.below("second", 3600) * MICROSECONDS

    def words(self) -> str:
        """What somebody writes beside a payment."""
        return _DESCRIPTIONS[self.below("words", len(_DESCRIPTIONS))]

    def pay(self, at_us: int, source: Party, target: Party, amount_minor: int) -> None:
        """A transfer from one account to another."""
        words = self.words()
        self._add(Event("", at_us, "transfer", source.id, target.id, amount_minor, PASSED_ON, words))

    def pay_in(self, at_us: int, target: Party, amount_minor: int) -> None:
        """Money comes from outside the bank."""
        self._add(Event("", at_us, "deposit", None, target.id, amount_minor, "other", PAID_IN))

    def pay_out(self, at_us: int, source: Party, amount_minor: int) -> None:
        """Money leaves the bank, as cash."""
        self._add(Event("", at_us, "withdrawal", source.id, None, amount_minor, "cash", PAID_OUT))

    def buy(self, at_us: int, who: Party, shop: Party, *, amount_minor: int, trade: str, how: str) -> None:
        """A purchase by card, collected at once; `how` is the way of paying of an event."""
        self._add(Event("", at_us, "card_purchase", who.id, shop.id, amount_minor, trade, shop.name, how))

    def drop(self, event: Event) -> None:
        """Something that was planned does not happen."""
        self.dropped.add(event.id)

    def move(self, event: Event, later_us: int) -> None:
        """Something that was planned happens later."""
        self.drop(event)
        self.events.append(event._replace(id=self._next_id(), effective_at_us=event.effective_at_us + later_us))

    def _add(self, event: Event) -> None:
        self.events.append(event._replace(id=self._next_id(), amount_minor=max(1, event.amount_minor)))

    def _next_id(self) -> str:
        """Of the same form for every kind, with a label or without: it tells nothing."""
        return f"x{self.instance.number}.{len(self.events)}"
