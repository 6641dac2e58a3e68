"""The closed sets of words: read from text in strict models, written as text, and listed in OpenAPI."""

import json

import pytest
from pydantic import ValidationError

from shared import enums
from shared.enums import AccountStatus, Role, TextEnum
from shared.http.payloads import RequestModel


class Body(RequestModel):
    role: Role = Role.CUSTOMER


def test_a_strict_body_reads_each_word_there_is_and_no_other() -> None:
    for role in Role:
        assert Body.model_validate({"role": role.value}).role is role
    for wrong in ("ADMIN", "root", "", 1, True, None, ["admin"]):
        with pytest.raises(ValidationError):
            Body.model_validate({"role": wrong})


def test_openapi_lists_the_words_under_the_name_of_the_set() -> None:
    schema = Body.model_json_schema()
    assert schema["$defs"]["Role"]["enum"] == ["customer", "employee", "admin"]


def test_a_word_is_written_as_its_text() -> None:
    assert json.dumps({"role": Role.ADMIN}) == '{"role": "admin"}'
    assert f"{Role.ADMIN}" == "admin"


def test_every_set_says_what_it_is() -> None:
    sets = [found for found in vars(enums).values() if isinstance(found, type) and issubclass(found, TextEnum)]
    assert len(sets) > 10
    assert [found.__name__ for found in sets if not found.__doc__] == []


def test_settled_are_the_states_in_which_nothing_is_under_way() -> None:
    assert set(AccountStatus) - enums.SETTLED_ACCOUNT_STATUSES == {
        AccountStatus.OPENING, AccountStatus.CLOSING, AccountStatus.REFUSED,
    }  # fmt: skip
    assert {status.value for status in enums.SETTLED_ACCOUNT_STATUSES} == set(enums.LedgerAccountStatus)
