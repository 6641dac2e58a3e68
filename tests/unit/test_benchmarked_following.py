"""How far behind a follower of the journal was: as long as its oldest unseen entry had been there, at the worst."""

import pytest

from benchmarks.mixed import Following

HEAD = [(0.0, 10), (1.0, 10), (2.0, 20), (3.0, 30), (4.0, 30)]


@pytest.mark.parametrize(
    ("reached", "seconds"),
    [
        ([(0.5, 10), (1.5, 10)], 0.0),
        ([(2.5, 10), (2.75, 20)], 0.5),
        ([(2.5, 10), (3.5, 10), (4.0, 30)], 1.5),
        ([(3.5, 20), (4.5, 20), (5.0, 29)], 2.0),
    ],
    ids=["it-saw-everything", "a-moment", "two-pages-late", "one-entry-is-missing"],
)
def test_a_follower_is_as_late_as_its_oldest_unseen_entry(reached: list[tuple[float, int]], seconds: float) -> None:
    assert Following(HEAD, reached).behind_seconds() == seconds
