"""Generated requests, right and wrong, to every operation as every role: no 5xx, and every reply fits its schema.

Bounded: a fixed seed and few examples each (catalogue 31). `SCHEMATHESIS_EXAMPLES=500` digs deeper by hand.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared import services
from shared.identity.access import ACQUIRE, SIMULATE, Access
from shared.services import Service
from tests.apps import Bank, whole_bank
from tests.security.estate import Estate, found_estate
from tests.thoroughness import often

pytestmark = pytest.mark.thorough

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
ROLES = ("nobody", "customer", "employee", "admin", "simulation", "acquirer")
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", often(2, 4)))
FEW = often(1, EXAMPLES)
CONFORMANCE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_ALL_HEALTH_CHECKS = list(HealthCheck)


@dataclass(frozen=True)
class Caller:
    """Somebody who sends this many of the requests that were made up."""

    role: str
    headers: dict[str, str]
    examples: int


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def owner(bank: Bank) -> Estate:
    """Somebody whose ids requests may hit."""
    return found_estate(bank, "owner")


def headers_of(bank: Bank, owner: Estate, role: str) -> dict[str, str]:
    """The caller's headers; a customer is the owner of what the requests may hit."""
    if role == "nobody":
        return {}
    if role == "simulation":
        return bank.headers("service", user_id="simulator-service", scope="bank:simulate")
    if role == "acquirer":
        return bank.headers("service", user_id="acquirer", scope=ACQUIRE)
    scope = "bank:simulate" if role == "admin" else ""
    return bank.headers(role, user_id=owner.user_id if role == "customer" else None, scope=scope)


def operations(bank: Bank, service: Service) -> list[APIOperation[Any, Any, Any, Any]]:
    """Every operation of the service's document."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", bank.apps[service.package])
    return [result.ok() for result in schema.get_all_operations()]


def takes_something(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether one request to it can differ from another."""
    return bool(list(operation.iter_parameters())) or bool(operation.body)


def modes_of(operation: APIOperation[Any, Any, Any, Any]) -> list[GenerationMode]:
    """Right requests, and wrong ones where there is something to be wrong about."""
    return (
        [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if takes_something(operation) else [GenerationMode.POSITIVE]
    )


def accesses(bank: Bank, service: Service) -> dict[str, Access]:
    """Who may call each operation, by its label."""
    return {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"{one.method} {one.rule.rule}"): one.access
        for one in bank.routes(service)
    }


def is_let_in(access: Access, role: str) -> bool:
    """Whether a request of this caller is looked at at all; where none is, one is as good as another."""
    by_scope = {SIMULATE: ("simulation", "admin"), ACQUIRE: ("acquirer",)}
    return access.is_public or role in access.roles or role in by_scope.get(access.scope or "", ())


def hit(values: Any, ids: dict[str, str]) -> Any:
    """The same values with real ids where an id is asked for, also deep inside."""
    if isinstance(values, dict):
        named = {"from_account_id": "account_id", "to_account_id": "second_account_id"}
        real = {name: ids.get(named.get(name, name)) for name in values}
        return {name: real[name] or hit(value, ids) for name, value in values.items()}
    return [hit(value, ids) for value in values] if isinstance(values, list) else values


def check_operation(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, callers: list[Caller], owner: Estate
) -> None:
    """Send generated requests, each as all of these; raises on the first reply that is a 5xx or not as described.

    Making a request up takes longer than answering it, and everybody would be given the same ones.
    """
    examples = max(caller.examples for caller in callers) if takes_something(operation) else 1
    sent = count()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=_ALL_HEALTH_CHECKS,
    )
    @given(case=operation.as_strategy(generation_mode=mode), hits=st.booleans())
    def check(case: Case, hits: bool) -> None:
        if hits:
            case.path_parameters = hit(case.path_parameters, owner.ids)
            case.body = hit(case.body, owner.ids)
        number = next(sent)
        for caller in callers:
            if number < caller.examples:
                response = case.call(headers=caller.headers)
                asked = (caller.role, operation.label, case.path_parameters, case.query, case.body)
                assert response.status_code < 500, (*asked, response.text)
                case.validate_response(response, checks=CONFORMANCE)

    check()


@EVERY_BACKEND
def test_generated_requests_meet_no_surprise(bank: Bank, owner: Estate, service: Service) -> None:
    found = operations(bank, service)
    assert found
    bank.settle()  # or the proof waits for the readers of feeds
    failures, rules = [], accesses(bank, service)
    for operation in found:
        # A public operation looks at no token: once is enough.
        roles = ROLES if operation.definition.raw.get("security") else ("nobody",)
        callers = [
            Caller(role, headers_of(bank, owner, role), EXAMPLES if is_let_in(rules[operation.label], role) else FEW)
            for role in roles
        ]
        for mode in modes_of(operation):
            try:
                check_operation(operation, mode, callers, owner)
            except (AssertionError, ExceptionGroup) as failure:
                failures.append(f"{operation.label} ({mode.value}): {failure}"[:1500])
    assert failures == []
