"""Ids that follow from others are the same in every release: mails and messages are known again by them."""

from uuid import UUID, uuid5

import pytest

from shared.identifiers import derived_id, is_id


@pytest.mark.parametrize("name", ["mail", "to the bank's owner", "given up after 3", "ä\N{EURO SIGN}", ""])
def test_a_derived_id_is_that_of_the_standard(name: str) -> None:
    parent_id = "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"
    assert derived_id(parent_id, name) == str(uuid5(UUID(parent_id), name))
    assert is_id(derived_id(parent_id, name))
