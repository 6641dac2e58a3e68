"""Each service's OpenAPI document is its public routes: none missing, none invented, each described to the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared import services
from shared.services import Service
from tests.apps import Bank, Route, whole_bank

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
_ERROR = {"$ref": "#/components/schemas/ErrorReply"}
_JSON = "application/json"
Operation = dict[str, Any]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


def document_of(bank: Bank, service: Service) -> dict[str, Any]:
    """What the service says of itself."""
    document: dict[str, Any] = bank.client(service).get("/openapi.json").json
    return document


def operations_of(bank: Bank, service: Service) -> list[tuple[Route, Operation]]:
    """Each public route with its description."""
    paths = document_of(bank, service)["paths"]
    return [
        (route, paths[_braced(route)][route.method.lower()])
        for route in bank.routes(service)
        if route.rule.rule.startswith(service.path_prefixes)
    ]


def _braced(route: Route) -> str:
    return route.rule.rule.replace("<", "{").replace(">", "}").replace("{string:", "{")


@EVERY_BACKEND
def test_the_document_is_the_public_routes(bank: Bank, service: Service) -> None:
    described = {
        (method.upper(), path)
        for path, operations in document_of(bank, service)["paths"].items()
        for method in operations
    }
    served = {
        (route.method, _braced(route))
        for route in bank.routes(service)
        if route.rule.rule.startswith(service.path_prefixes)
    }
    assert described == served


@EVERY_BACKEND
def test_every_reference_leads_somewhere_and_every_schema_is_used(bank: Bank, service: Service) -> None:
    document = document_of(bank, service)
    named = set(_references(document))
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert named == known
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == f"Sandbank {service.name}"


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


@EVERY_BACKEND
def test_every_operation_says_what_it_is_and_needs(bank: Bank, service: Service) -> None:
    operations = operations_of(bank, service)
    identifiers = [operation["operationId"] for _, operation in operations]
    assert len(set(identifiers)) == len(identifiers)
    for route, operation in operations:
        assert operation["summary"], str(route)
        assert operation["tags"], str(route)
        assert bool(operation.get("security")) is not route.access.is_public, str(route)
        described = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert described == route.rule.arguments, str(route)
        if route.method == "GET":
            assert "requestBody" not in operation, str(route)


def test_exactly_what_can_be_repeated_safely_takes_an_idempotency_key(bank: Bank) -> None:
    taking = {}
    for service in services.BACKENDS:
        for route, operation in operations_of(bank, service):
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "header":
                    taking[f"{route.method} {_braced(route)}"] = parameter
    assert set(taking) == {
        "POST /api/accounts/create",
        "POST /api/transactions/deposit",
        "POST /api/transactions/withdraw",
        "POST /api/transactions/transfer",
        "POST /api/transactions/{transaction_id}/reverse",
    }
    for parameter in taking.values():
        assert (parameter["name"], parameter["required"]) == ("Idempotency-Key", False)
        assert parameter["schema"]["maxLength"] == 255
        assert parameter["description"]


@EVERY_BACKEND
def test_every_reply_has_a_schema_and_every_error_is_the_one_shape(bank: Bank, service: Service) -> None:
    for route, operation in operations_of(bank, service):
        statuses = set(operation["responses"])
        assert len({status for status in statuses if status.startswith("2")}) == 1, str(route)
        assert statuses >= {"401", "403", "404", "422", "503"}, str(route)
        for status, response in operation["responses"].items():
            schema = response["content"][_JSON]["schema"]
            assert schema == _ERROR if status >= "4" else "$ref" in schema, (str(route), status)


@EVERY_BACKEND
def test_success_replies_are_the_envelope_of_the_api(bank: Bank, service: Service) -> None:
    document = document_of(bank, service)
    for route, operation in operations_of(bank, service):
        (status,) = [status for status in operation["responses"] if status.startswith("2")]
        reference = operation["responses"][status]["content"][_JSON]["schema"]["$ref"]
        model = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert {"success", "data"} <= set(model["required"]), str(route)
        is_page = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
        assert not is_page or "next_cursor" in model["required"], str(route)


def test_the_gateway_describes_every_service_and_nothing_else(bank: Bank) -> None:
    whole = document_of(bank, services.GATEWAY)
    parts = {
        (path, method)
        for service in services.BACKENDS
        for path, operations in document_of(bank, service)["paths"].items()
        for method in operations
    }
    described = {(path, method) for path, operations in whole["paths"].items() for method in operations}
    assert described - {("/health", "get")} == parts
    named = set(_references(whole))
    assert named <= {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    for service in services.BACKENDS:
        part = document_of(bank, service)
        for path, operations in part["paths"].items():
            for method, operation in operations.items():
                theirs, ours = whole["paths"][path][method], operation
                assert theirs["summary"] == ours["summary"]
                assert set(theirs["responses"]) == set(ours["responses"])
