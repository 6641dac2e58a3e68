"""One instance of a scenario being told: who takes part, and what happens, from the streams of its own seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.time.clock import MICROSECONDS
from simulator_service.people.population import TOWN_SIZE, Party, Person, World
from simulator_service.planning.event_block import Intent
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.scenarios.wording import wording_of
from simulator_service.streams.local_time import day_of_number
from simulator_service.streams.randomness import draw, draw_below, stream_key

DAY_US = 24 * HOUR_US
_MERCHANT, _CHAIN = "merchant", "c"
"""The kind of shops, and what the ids of chains begin with instead of a town."""
_EVENTS_LIKE_ONE = 1000
"""So many events an instance may have whose ids differ by a number alone."""
_NUMBERS_FROM, _NUMBERS = 10_000, 90_000
"""Of orders and invoices."""


def midnight_after(moment_us: int) -> int:
    """The first midnight (UTC) that is not before an instant."""
    return -(-moment_us // DAY_US) * DAY_US


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
        self._wording = wording_of(population.world)
        self._told: Counter[str] = Counter()

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

    def pay(self, at_us: int, source: Party, target: Party, amount_minor: int) -> None:
        """A transfer from one account to another."""
        transfers = self._wording.transfers
        intent = transfers[self.below("words", len(transfers))]
        self._move_money("transfer", at_us, (source, target), amount_minor, intent)

    def pay_in(self, at_us: int, target: Party, amount_minor: int) -> None:
        """Money comes from outside the bank."""
        self._move_money("deposit", at_us, (None, target), amount_minor, self._wording.deposit)

    def pay_out(self, at_us: int, source: Party, amount_minor: int) -> None:
        """Money leaves the bank, in such sums as ordinary life has where there is as much."""
        step = self._wording.cash_step_minor
        amount_minor = amount_minor // step * step or amount_minor
        self._move_money("withdrawal", at_us, (source, None), amount_minor, self._wording.withdrawal)

    def buy(self, at_us: int, who: Party, shop: Party, *, amount_minor: int, trade: str, how: str) -> None:
        """A purchase by card, collected at once; `how` is the way of paying of an event."""
        purchase = Event("", at_us, "card_purchase", who.id, shop.id, amount_minor, trade, shop.name, how)
        self._add(purchase, f"{who.id}.{_month(at_us)}.purchase")

    def drop(self, event: Event) -> None:
        """Something that was planned does not happen."""
        self.dropped.add(event.id)

    def move(self, event: Event, later_us: int) -> None:
        """Something that was planned happens later."""
        self.drop(event)
        self._add(event._replace(effective_at_us=event.effective_at_us + later_us), event.id)

    def _move_money(
        self, kind: str, at_us: int, sides: tuple[Party | None, Party | None], amount_minor: int, intent: Intent
    ) -> None:
        source, target = (None if side is None else side.id for side in sides)
        number = _NUMBERS_FROM + self.below("number", _NUMBERS)
        words = intent.description.format(number=number)
        event = Event("", at_us, kind, source, target, amount_minor, intent.category, words)
        self._add(event, f"{source or target}.{_month(at_us)}.{intent.name}")

    def _add(self, event: Event, like: str) -> None:
        """An event whose id goes on from one of ordinary life, of the same form for every kind and label."""
        nth = self._told[like]
        self._told[like] += 1
        event_id = f"{like}{self.instance.number * _EVENTS_LIKE_ONE + nth}"
        self.events.append(event._replace(id=event_id, amount_minor=max(1, event.amount_minor)))


def _month(at_us: int) -> str:
    return f"{day_of_number(at_us // DAY_US):%Y-%m}"
