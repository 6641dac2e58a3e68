"""Orders wait for the writer in groups: it is woken when a group is together, or when nothing more comes."""

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bank_processes import wait_until
from transaction_service.ledger import waiting_room
from transaction_service.ledger.waiting_room import WaitingRoom

LONG_SECONDS = 30.0


def submitted(orders: int = 1, *, is_atomic: bool = False) -> Any:
    return SimpleNamespace(orders=[None] * orders, is_atomic=is_atomic)


@pytest.fixture
def room() -> WaitingRoom[Any]:
    return WaitingRoom(most_orders=10)


def taken_meanwhile(room: WaitingRoom[Any], expected: int) -> tuple[threading.Thread, list[list[Any]]]:
    """A writer that has begun to wait, and where it puts what it gets."""
    groups: list[list[Any]] = []
    writer = threading.Thread(target=lambda: groups.append(room.take(expected)))
    writer.start()
    return writer, groups


def test_a_group_that_is_together_is_taken_at_once(room: WaitingRoom[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_room, "PAUSE_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(waiting_room, "LONGEST_GATHERING_SECONDS", LONG_SECONDS)
    writer, groups = taken_meanwhile(room, expected=3)
    for _ in range(3):
        assert groups == []
        room.put(submitted())
        time.sleep(0.02)
    writer.join(LONG_SECONDS / 2)
    assert [len(group) for group in groups] == [3]


def test_the_writer_is_woken_for_the_first_and_the_last_of_a_group_alone(
    room: WaitingRoom[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "PAUSE_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(waiting_room, "LONGEST_GATHERING_SECONDS", LONG_SECONDS)
    woken: list[int] = []
    notify = room._changed.notify
    monkeypatch.setattr(room._changed, "notify", lambda: (woken.append(len(room)), notify()))
    writer, groups = taken_meanwhile(room, expected=8)
    room.put(submitted())
    wait_until(lambda: room._wanted == 8, LONG_SECONDS)
    for _ in range(7):
        room.put(submitted())
    writer.join(LONG_SECONDS / 2)
    assert (woken, [len(group) for group in groups]) == ([1, 8], [8])


def test_who_does_not_come_is_waited_for_a_moment(room: WaitingRoom[Any]) -> None:
    room.put(submitted())
    began = time.monotonic()
    assert len(room.take(expected=16)) == 1
    assert time.monotonic() - began >= waiting_room.PAUSE_SECONDS


def test_who_comes_late_one_after_the_other_is_not_waited_for_without_end(
    room: WaitingRoom[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "PAUSE_SECONDS", LONG_SECONDS)
    monkeypatch.setattr(waiting_room, "LONGEST_GATHERING_SECONDS", 0.1)
    is_over = threading.Event()

    def trickle() -> None:
        while not is_over.wait(0.01):
            room.put(submitted())
            with room._changed:
                room._changed.notify()

    late = threading.Thread(target=trickle)
    late.start()
    began = time.monotonic()
    group = room.take(expected=10**6)
    is_over.set()
    late.join()
    assert time.monotonic() - began < LONG_SECONDS / 2
    assert 1 < len(group) <= 10


def test_a_group_has_so_many_orders_and_the_rest_comes_next(room: WaitingRoom[Any]) -> None:
    for orders in (6, 6, 6):
        room.put(submitted(orders))
    assert [len(room.take(expected=1)), len(room), len(room.take(expected=1))] == [2, 1, 1]


def test_what_is_all_or_nothing_is_a_group_of_its_own_in_its_turn(room: WaitingRoom[Any]) -> None:
    for is_atomic in (False, False, True, True, False, False):
        room.put(submitted(20 if is_atomic else 2, is_atomic=is_atomic))
    sizes = [[len(each.orders) for each in room.take(expected=1)] for _ in range(4)]
    assert sizes == [[2, 2], [20], [20], [2, 2]]


def test_a_closed_room_gives_what_is_left_and_then_nothing(room: WaitingRoom[Any]) -> None:
    writer, groups = taken_meanwhile(room, expected=1)
    room.close()
    writer.join(LONG_SECONDS)
    room.put(submitted())
    assert [groups, len(room.take(expected=5)), room.take(expected=5)] == [[[]], 1, []]
