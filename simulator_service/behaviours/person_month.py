"""One person's streams for one month, and the shape of every event planned from them."""

from datetime import date

from shared.time.clock import MICROSECONDS
from simulator_service.people.population import Party, Person, World
from simulator_service.planning.planned_event import HOUR_US, Event
from simulator_service.streams import amounts, calendar_rules
from simulator_service.streams.bank_mornings import morning_us
from simulator_service.streams.randomness import draw, draw_below, stream_key


class PersonMonth:
    """The month of one person of a world."""

    def __init__(self, world: World, person: Person, year: int, month: int) -> None:
        self.person, self.year, self.month = person, year, month
        self._seed, self._zone = world.seed, world.zone
        self._label = f"{year}-{month:02d}"

    def draw_below(self, purpose: str, bound: int) -> int:
        """A number below `bound`, of this month's stream for a purpose."""
        return draw_below(stream_key(self._seed, self.person.party.id, f"{purpose} {self._label}"), 0, bound)

    def varied(self, mean_minor: int, purpose: str, std_millionths: int) -> int:
        """An amount about a mean, with a relative standard deviation in millionths."""
        key = stream_key(self._seed, self.person.party.id, f"{purpose} {self._label} amount")
        index = draw(key, 0) >> (64 - amounts.TABLE_BITS)
        return amounts.scaled(mean_minor, amounts.lognormal_ratios(std_millionths)[index])

    def business_day(self, day: int) -> date:
        """The day of the month, or the next on which banks work."""
        return calendar_rules.billing_date(self.year, self.month, day)

    def morning(self, day: date) -> int:
        """When the bank pays what is arranged for a day."""
        return morning_us(day, self._zone)

    def moment(self, name: str, day: date, hour: int) -> int:
        """Some second of this hour (UTC) of a day."""
        return midnight_us(day) + hour * HOUR_US + self.draw_below(f"{name} second", 3600) * MICROSECONDS

    def event(
        self,
        name: str,
        kind: str,
        effective_at_us: int,
        *,
        source: Party | None,
        target: Party | None,
        amount_minor: int,
        category: str,
        description: str,
        way: str = "",
    ) -> Event:
        """An event of this month; `name` is its name among the person's."""
        return Event(
            id=f"{self.person.party.id}.{self._label}.{name}",
            effective_at_us=effective_at_us,
            type=kind,
            source=source.id if source else None,
            target=target.id if target else None,
            amount_minor=amount_minor,
            category=category,
            description=description,
            way=way,
        )


def midnight_us(day: date) -> int:
    """When a day begins, UTC."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 24 * HOUR_US
