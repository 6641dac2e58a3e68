"""The bank tells nobody what is true of its simulated customers: only the simulator does, and administrators alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.services import BACKENDS, SIMULATOR
from simulator_service.truth.tables import PEOPLE, TRUTH
from tests.apps import Bank, whole_bank
from tests.security.declared_access import DECLARED_ACCESS

KNOWN_TO_THE_BANK = {"customer_id", "transaction_id", "kind", "event_id"}
"""Columns of the truth by whose names the bank calls something of its own; the first two are what joins them, its
events are those of webhooks."""
TRUE = {column.name for table in (PEOPLE, TRUTH) for column in table.columns} - KNOWN_TO_THE_BANK
FOR_ADMINISTRATORS = {"/api/simulator/export", "/api/simulator/people", "/api/simulator/personas"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as running:
        yield running


def properties(schema: Any) -> Iterator[str]:
    """The names of all that a schema says, however deep."""
    if isinstance(schema, dict):
        named = schema.get("properties")
        yield from named if isinstance(named, dict) else ()
        for part in schema.values():
            yield from properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from properties(part)


@pytest.mark.parametrize("service", [one for one in BACKENDS if one is not SIMULATOR], ids=lambda one: one.name)
def test_no_reply_of_the_bank_has_a_word_of_the_truth(bank: Bank, service: Any) -> None:
    document = json.loads(bank.client(service).get("/openapi.json").text)
    told = set(properties(document))
    assert len(told) > 10
    assert told & TRUE == set()


def test_what_tells_it_is_for_administrators() -> None:
    rules = DECLARED_ACCESS[SIMULATOR.package]
    assert {rules[f"GET {path}"] for path in FOR_ADMINISTRATORS} == {"admin"}
