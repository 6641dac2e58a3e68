"""How much may be under way to whom: targets that answer slowly, or not at all, hold nobody else up. Pure.

What is known is of this process, and forgotten with it.
"""

from collections.abc import Mapping

SENDERS = 32
PER_TARGET = 4
"""So many deliveries are under way to one target at a time; to one that did not take the last one quickly, one."""
FOR_THE_SLOW = SENDERS // 2
"""All of those together have so many senders at most."""
QUICK_US = 2_000_000


class Pace:
    """Which targets took their last delivery, and took it quickly. One that is new has yet to show it."""

    def __init__(self) -> None:
        self._quick: set[str] = set()
        self._slow: set[str] = set()

    def note(self, target_id: str, *, has_arrived: bool, took_us: int) -> None:
        """What came of a try."""
        is_quick = has_arrived and took_us < QUICK_US
        (self._quick if is_quick else self._slow).add(target_id)
        (self._slow if is_quick else self._quick).discard(target_id)

    def room(self, target_id: str, held: int, limit: int | None) -> int:
        """How many more may be sent to a target, of which so many are under way."""
        usual = PER_TARGET if target_id in self._quick else 1
        return (usual if limit is None else min(usual, limit)) - held

    def is_slow(self, target_id: str) -> bool:
        """Whether the target did not take its last delivery, or took its time."""
        return target_id in self._slow

    def room_for_slow(self, held: Mapping[str, int]) -> int:
        """How many more may be sent to slow targets together."""
        return FOR_THE_SLOW - sum(count for target, count in held.items() if target in self._slow)

    def full(self, held: Mapping[str, int], limits: Mapping[str, int]) -> list[str]:
        """The targets that nothing more is sent to for now."""
        known = {*held, *limits}
        found = {target for target in known if self.room(target, held.get(target, 0), limits.get(target)) <= 0}
        return sorted(found | self._slow if self.room_for_slow(held) <= 0 else found)
