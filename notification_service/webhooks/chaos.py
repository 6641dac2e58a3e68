"""What goes wrong on purpose on the way to an endpoint, so that its receiver can be tried. Development only; pure but
for chance.
"""

import secrets
from dataclasses import asdict, dataclass

from shared.http.json_parsing import parse, render
from shared.time.clock import MICROSECONDS

LONGEST_DELAY_SECONDS = 3600
_REORDERED_WITHIN_US = 2 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Chaos:
    """`duplicate`: each arrives twice. `reorder`: they arrive in any order. `drop_first`: the first try is lost."""

    duplicate: bool = False
    delay_seconds: int = 0
    reorder: bool = False
    drop_first: bool = False

    @classmethod
    def of(cls, stored: str | None) -> "Chaos":
        """What is stored of an endpoint; nothing goes wrong by itself."""
        return cls(**parse(stored.encode())) if stored else cls()

    def stored(self) -> str | None:
        """The text to store; None when nothing goes wrong."""
        return None if self == Chaos() else render(asdict(self))

    def delay_us(self) -> int:
        """How long one event is kept back."""
        by_chance = secrets.randbelow(_REORDERED_WITHIN_US) if self.reorder else 0
        return self.delay_seconds * MICROSECONDS + by_chance
