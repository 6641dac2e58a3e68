"""When something that did not arrive is sent again, and when it is given up. Pure; instants in microseconds."""

from dataclasses import dataclass

from shared.time.clock import MICROSECONDS

THOUSANDTHS = 1000


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Each pause is `growth` times the one before, up to the longest; what is `give_up_after_seconds` old is tried once
    more at most. A claim ends after `claim_seconds`: longer than anything takes to be sent.
    """

    first_pause_seconds: int = 5
    growth: int = 3
    longest_pause_seconds: int = 7200
    give_up_after_seconds: int = 86_400
    claim_seconds: int = 60

    def next_try(self, now_us: int, *, tries: int, give_up_at: int, chance: int) -> int | None:
        """When to try again after so many tries; None: not any more.

        `chance` is a random number of thousandths: half of each pause depends on it, so that what failed together does
        not come back together.
        """
        if now_us >= give_up_at:
            return None
        growing = self.first_pause_seconds * int(self.growth ** min(tries - 1, 40))
        pause_us = min(growing, self.longest_pause_seconds) * MICROSECONDS
        return min(now_us + pause_us * (THOUSANDTHS + chance) // (2 * THOUSANDTHS), give_up_at)
