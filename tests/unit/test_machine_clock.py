"""One wrong reading of the machine's clock books nothing (LEDGER rule 20)."""

from pathlib import Path

import pytest

from shared.refusals import Refused
from shared.time.clock import MICROSECONDS
from transaction_service.due_work.confirmed_offset import ConfirmedOffset
from transaction_service.due_work.machine_clock import TOLERANCE_US, MachineClock
from transaction_service.refusals import CLOCK_JUMPED

START_US = 1_800_000_000 * MICROSECONDS
DAY_US = 86_400 * MICROSECONDS
YEAR_US = 365 * DAY_US


class Hands:
    """A machine's clock that a test sets, and the time that really passes."""

    def __init__(self) -> None:
        self.wall, self.elapsed = START_US, 0

    def machine_clock(self, last_booked_us: int = 0, *, file: Path | None = None) -> MachineClock:
        """As one more process of the ledger has it; `file` is where they keep what was confirmed."""
        confirmed = None if file is None else ConfirmedOffset(file)
        return MachineClock(last_booked_us, confirmed=confirmed, now=lambda: self.wall, elapsed=lambda: self.elapsed)

    def pass_time(self, us: int) -> None:
        self.wall += us
        self.elapsed += us


def is_refused(clock: MachineClock) -> bool:
    try:
        clock.now_us()
    except Refused as refused:
        return refused.refusal is CLOCK_JUMPED and refused.refusal.status == 503
    return False


def test_a_clock_that_goes_as_time_does_is_believed_for_years() -> None:
    hands = Hands()
    clock = hands.machine_clock()
    for _ in range(50):
        hands.pass_time(YEAR_US)
        assert clock.now_us() == hands.wall
    assert clock.is_believed()


@pytest.mark.parametrize("jump", [50 * YEAR_US, DAY_US, TOLERANCE_US + 1])
def test_a_jump_forward_refuses_until_the_clock_is_right_again(jump: int) -> None:
    hands = Hands()
    clock = hands.machine_clock()
    hands.wall += jump
    assert is_refused(clock)
    assert not clock.is_believed()
    assert clock.shown_us() <= START_US + TOLERANCE_US
    hands.wall -= jump
    assert clock.now_us() == START_US
    assert clock.is_believed()


def test_a_few_minutes_forward_and_any_step_back_are_tolerated() -> None:
    hands = Hands()
    clock = hands.machine_clock()
    hands.wall += TOLERANCE_US
    assert clock.now_us() == hands.wall
    hands.wall -= YEAR_US
    assert clock.now_us() == hands.wall


def test_small_jumps_do_not_add_up_to_a_large_one() -> None:
    hands = Hands()
    clock = hands.machine_clock()
    for _ in range(3):
        hands.wall += TOLERANCE_US // 2
        if is_refused(clock):
            return
    pytest.fail("three halves of what is tolerated were believed")


def test_an_operator_confirms_the_time_that_the_machine_shows_and_no_other() -> None:
    hands = Hands()
    clock = hands.machine_clock()
    hands.wall += DAY_US
    assert not clock.confirm(START_US)
    assert is_refused(clock)
    assert clock.confirm(hands.wall + MICROSECONDS)
    assert clock.now_us() == hands.wall


def test_a_bank_that_was_away_for_months_goes_on_but_not_one_that_wakes_in_another_century() -> None:
    hands = Hands()
    assert not is_refused(hands.machine_clock(START_US - 300 * DAY_US))
    assert is_refused(hands.machine_clock(START_US - 50 * YEAR_US))


def test_what_is_confirmed_to_one_process_holds_for_all_and_for_those_that_begin_later(tmp_path: Path) -> None:
    hands, file = Hands(), tmp_path / "ledger.clock"
    asked, other = hands.machine_clock(file=file), hands.machine_clock(file=file)
    hands.wall += 50 * YEAR_US
    assert (is_refused(asked), is_refused(other)) == (True, True)
    assert asked.confirm(hands.wall)
    hands.pass_time(DAY_US)
    later = hands.machine_clock(START_US, file=file)
    assert [clock.now_us() for clock in (asked, other, later)] == [hands.wall] * 3
    assert file.stat().st_mode & 0o777 == 0o600
    hands.wall += DAY_US
    assert [is_refused(clock) for clock in (asked, other, later)] == [True] * 3


def test_what_was_confirmed_before_the_machine_started_again_is_ignored(tmp_path: Path) -> None:
    hands, file = Hands(), tmp_path / "ledger.clock"
    assert hands.machine_clock(file=file).confirm(hands.wall)
    hands.pass_time(30 * DAY_US)
    hands.elapsed = 0
    clock = hands.machine_clock(file=file)
    assert clock.now_us() == hands.wall
    hands.wall += DAY_US
    assert is_refused(clock)


@pytest.mark.parametrize("content", ["", "yesterday", "1e9"])
def test_a_file_that_says_no_number_confirms_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ledger.clock"
    file.write_text(content)
    hands = Hands()
    clock = hands.machine_clock(file=file)
    assert clock.now_us() == hands.wall
    hands.wall += DAY_US
    assert is_refused(clock)
