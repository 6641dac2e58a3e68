"""Up to which instant our copy of the journal is whole, of a bank that is never still."""

import pytest

from reporting_service.settled import SettledTime, TimeAndHead
from shared.events.feeds import FeedPosition


def until(settled: SettledTime, at: int, told: tuple[int, int], generation: int = 0) -> int:
    position = FeedPosition(at, "", generation)
    return settled.until(lambda: position, lambda: TimeAndHead(*told))


def test_a_time_is_settled_once_our_copy_has_come_to_where_the_journal_was_then() -> None:
    settled = SettledTime()
    assert until(settled, 10, (1_000, 12)) == 0
    assert until(settled, 11, (2_000, 15)) == 0
    assert until(settled, 13, (3_000, 20)) == 1_000, "the first is kept, though the journal is always ahead"
    assert until(settled, 20, (4_000, 22)) == 3_000
    assert until(settled, 22, (5_000, 22)) == 5_000
    assert settled.known(FeedPosition(30)) == 5_000


def test_what_is_known_is_of_one_journal_alone() -> None:
    settled = SettledTime()
    assert until(settled, 10, (9_000, 10)) == 9_000
    assert until(settled, 0, (100, 2), generation=1) == 0
    assert until(settled, 2, (200, 2), generation=1) == 200


def test_a_ledger_that_began_anew_before_our_copy_heard_of_it_settles_nothing() -> None:
    settled = SettledTime()
    assert until(settled, 10, (9_000, 3)) == 0
    positions = iter([FeedPosition(10), FeedPosition(0, "", 1)])
    assert settled.until(lambda: next(positions), lambda: TimeAndHead(9_000, 10)) == 0
    assert settled.known(FeedPosition(10, "", 1)) == 0


def test_what_was_told_before_the_ledger_went_away_counts_when_our_copy_has_come_so_far() -> None:
    settled = SettledTime()
    assert until(settled, 10, (1_000, 12)) == 0

    def away() -> TimeAndHead:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        settled.until(lambda: FeedPosition(12), away)
    assert settled.known(FeedPosition(12)) == 1_000
