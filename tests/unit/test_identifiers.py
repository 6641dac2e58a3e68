"""Ids that follow from others are the same in every release: mails and messages are known again by them."""

from uuid import UUID, uuid5

import pytest

from shared.identifiers import derived_id, is_id, is_ordered, made_at_us, new_id, ordered_id
from shared.time import clock


@pytest.mark.parametrize("name", ["mail", "to the bank's owner", "given up after 3", "ä\N{EURO SIGN}", ""])
def test_a_derived_id_is_that_of_the_standard(name: str) -> None:
    parent_id = "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"
    assert derived_id(parent_id, name) == str(uuid5(UUID(parent_id), name))
    assert is_id(derived_id(parent_id, name))


def test_an_ordered_id_is_always_the_same_and_sorts_by_the_time_of_its_parent() -> None:
    parents = ["0190a8c0-5f00-7a00-8000-3c1f5e9b7d42", "0190a8c0-5f01-7000-8000-000000000000"]
    derived = [derived_id(parent, "mail") for parent in parents]
    made = [ordered_id(*each) for each in zip(parents, derived, strict=True)]
    assert made == [f"0190a8c0-5f00-8{derived[0][15:]}", f"0190a8c0-5f01-8{derived[1][15:]}"]
    assert made == sorted(made)
    assert [UUID(one).version for one in made] == [8, 8]
    assert all(map(is_id, made))
    assert [is_ordered(one) for one in (made[0], parents[0], derived[0])] == [True, False, False]


def test_an_id_says_when_it_was_made() -> None:
    before = clock.now_us()
    made_at = made_at_us(new_id())
    assert made_at is not None
    assert before - 1_000 < made_at <= clock.now_us()
    assert made_at_us("0190a8c0-5f00-7a00-8000-3c1f5e9b7d42") == 0x0190A8C05F00 * 1000
    assert made_at_us(derived_id(new_id(), "mail")) is None
