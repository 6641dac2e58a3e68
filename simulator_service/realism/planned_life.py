"""What is measured: a world's plan over some days, and what has to be known of its people beside it."""

from dataclasses import dataclass

import numpy as np

from simulator_service.planning.event_block import KIND, WAYS, EventBlock, Integers, Intent
from simulator_service.planning.parties import OUTSIDE, PERSON, SAVINGS

_SECONDS_A_DAY = 86_400
_OF_PEOPLE = [KIND[name] for name in ("card_purchase", "bill_payment", "direct_debit", "standing_order", "transfer")]


@dataclass(frozen=True)
class PlannedLife:
    """`events` are in order, `days` whole ones from `start_s`; `utc_offset_s` is what people's clocks are ahead of
    UTC at each event. `wages_minor`, `cadences` (names) and `billing_days` (0: no credit card) are of each person."""

    events: EventBlock
    intents: tuple[Intent, ...]
    start_s: int
    days: int
    utc_offset_s: Integers
    wages_minor: Integers
    cadences: tuple[str, ...]
    billing_days: Integers
    minor_per_unit: int = 100

    @property
    def people(self) -> int:
        """How many people live in it."""
        return len(self.wages_minor)

    @property
    def months(self) -> float:
        """How many months of average length it covers."""
        return self.days / 30.4375

    def category_of(self) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
        """The category of each event."""
        return np.array([intent.category for intent in self.intents])[self.events.intent]

    def is_kind(self, *names: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which events are of these kinds."""
        return np.isin(self.events.kind, [KIND[name] for name in names])

    def is_payment(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which events are payments that a person makes: what they put aside is none, cash they take out is one."""
        by_person = (self.events.source >= PERSON) & (self.events.source < SAVINGS)
        to_others = np.isin(self.events.kind, _OF_PEOPLE) & (self.events.target != OUTSIDE)
        category = self.category_of()
        found: np.ndarray[tuple[int], np.dtype[np.bool_]]
        found = by_person & (to_others | (category == "cash")) & (category != "savings")
        return found

    def is_visit(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which events are purchases by card that somebody makes there and then: no subscriptions."""
        recurring = [place for place, way in enumerate(WAYS) if way.endswith("recurring")]
        return self.is_kind("card_purchase") & ~np.isin(self.events.way, recurring)

    def local_hours(self) -> Integers:
        """The hour since the epoch of each event, by the clocks of those who live there."""
        return (self.events.at_s + self.utc_offset_s) // 3600

    def local_days(self) -> Integers:
        """The day of each event, 0 the first."""
        first = (self.start_s + int(self.utc_offset_s[0] if len(self.utc_offset_s) else 0)) // _SECONDS_A_DAY
        return (self.events.at_s + self.utc_offset_s) // _SECONDS_A_DAY - first
