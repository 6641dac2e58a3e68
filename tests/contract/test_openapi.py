"""Each service's OpenAPI document is its public routes: none missing, none invented, each described to the end."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from shared import services
from shared.refusals import GENERAL_REFUSALS
from shared.services import Service
from tests.apps import Bank, Route, build, whole_bank
from tests.contract.openapi_parts import (
    NAMES_OF_MONEY,
    NAMES_OF_WORDS,
    NO_UUIDS,
    components_of,
    named_schemas,
    references,
    resolved,
    schemas_in,
    values_of,
)

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
_ERROR = {"$ref": "#/components/schemas/ErrorReply"}
_JSON = "application/json"
STATUSES = {refusal.code: refusal.status for refusal in GENERAL_REFUSALS}
Operation = dict[str, Any]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


def document_of(bank: Bank, service: Service) -> dict[str, Any]:
    """What the service says of itself."""
    document: dict[str, Any] = json.loads(bank.client(service).get("/openapi.json").text)
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
def test_every_reference_leads_somewhere_and_every_part_is_used(bank: Bank, service: Service) -> None:
    document = document_of(bank, service)
    assert set(references(document)) == components_of(document)
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == f"Sandbank {service.name}"


@EVERY_BACKEND
def test_every_operation_says_what_it_is_and_needs(bank: Bank, service: Service) -> None:
    operations = operations_of(bank, service)
    identifiers = [operation["operationId"] for _, operation in operations]
    assert len(set(identifiers)) == len(identifiers)
    for route, operation in operations:
        assert operation["summary"], str(route)
        assert operation["tags"], str(route)
        assert operation["security"] == ([] if route.access.is_public else [{"token": []}]), str(route)
        assert operation["operationId"] == bank.apps[service.package].view_functions[route.rule.endpoint].__name__
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
        "POST /api/cards/create",
        "POST /api/cards/{card_id}/replace",
        "POST /api/cards/{card_id}/cancel",
        "POST /api/cards/{card_id}/pay",
        "POST /api/transactions/deposit",
        "POST /api/transactions/withdraw",
        "POST /api/transactions/transfer",
        "POST /api/transactions/{transaction_id}/reverse",
        "POST /api/card-network/authorizations",
        "POST /api/card-network/authorizations/{authorization_id}/increment",
        "POST /api/card-network/authorizations/{authorization_id}/capture",
        "POST /api/card-network/authorizations/{authorization_id}/reverse",
        "POST /api/card-network/clearings",
        "POST /api/card-network/refunds",
        "POST /api/card-network/disputes",
        "POST /api/card-network/disputes/{dispute_id}/resolve",
        "POST /api/transactions/holds",
        "POST /api/transactions/holds/{hold_id}/capture",
        "POST /api/transactions/holds/{hold_id}/void",
        "POST /api/standing-orders",
        "POST /api/scheduled-payments",
        "POST /api/direct-debits/mandates",
        "POST /api/direct-debits/collections",
        "POST /api/direct-debits/collections/{collection_id}/refund",
        "POST /api/simulator/scenarios",
    }
    for parameter in taking.values():
        assert (parameter["name"], parameter["required"]) == ("Idempotency-Key", False)
        assert parameter["schema"]["maxLength"] == 255
        assert parameter["description"]


@EVERY_BACKEND
def test_every_reply_has_a_schema_and_every_error_is_the_one_shape(bank: Bank, service: Service) -> None:
    document = document_of(bank, service)
    for route, operation in operations_of(bank, service):
        statuses = set(operation["responses"])
        assert len({status for status in statuses if status.startswith("2")}) == 1, str(route)
        assert statuses >= {"500", "503", "504"}, str(route)
        assert route.access.is_public or statuses >= {"401", "403"}, str(route)
        assert statuses >= ({"400", "413", "415", "507"} if route.method != "GET" else set()), str(route)
        for status, response in operation["responses"].items():
            described = resolved(document, response)
            if status < "4" and _is_only_a_file(described):
                continue
            media = described["content"][_JSON]
            assert "X-Request-ID" in described["headers"], (str(route), status)
            assert media["schema"] == _ERROR if status >= "4" else "$ref" in media["schema"], (str(route), status)
            for name, example in media["examples"].items() if status >= "4" else ():
                assert (example["value"]["success"], example["value"]["error_code"]) == (False, name)
                assert f"`{name}`" in described["description"]


def _is_only_a_file(reply: dict[str, Any]) -> bool:
    """Whether the reply is none of the API's own: each kind of it says that it is bytes, or JSON of a file's own."""
    schemas = [kind["schema"] for kind in reply["content"].values()]
    of_files = ({"type": "string", "format": "binary"}, {"type": "object"})
    is_told_by_id = "X-Request-ID" in reply["headers"]
    return _JSON not in reply["content"] and is_told_by_id and all(schema in of_files for schema in schemas)


@EVERY_BACKEND
def test_success_replies_are_the_envelope_of_the_api(bank: Bank, service: Service) -> None:
    document = document_of(bank, service)
    for route, operation in operations_of(bank, service):
        (status,) = [status for status in operation["responses"] if status.startswith("2")]
        if _is_only_a_file(operation["responses"][status]):
            continue
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
    assert set(references(whole)) == components_of(whole)
    schemas = set()
    for service in services.BACKENDS:
        part = document_of(bank, service)
        schemas |= set(part["components"]["schemas"])
        for path, operations in part["paths"].items():
            for method, operation in operations.items():
                theirs, ours = whole["paths"][path][method], operation
                assert theirs["summary"] == ours["summary"]
                assert set(theirs["responses"]) == {*ours["responses"], "429"}
                assert theirs["operationId"] == ours["operationId"]  # no two services call two things the same
    assert set(whole["components"]["schemas"]) == {*schemas, "BankHealth"}  # nor two shapes


def test_nothing_stands_in_the_way_of_generators(bank: Bank) -> None:
    whole = document_of(bank, services.GATEWAY)
    for where, schema in schemas_in({"paths": whole["paths"], "components": whole["components"]["schemas"]}, ""):
        assert schema.get("default", ...) is not None, where
        assert "title" not in schema or re.fullmatch(r"\.components\.\w+", where), where
        if re.fullmatch(r"\.components\.\w+", where) and "enum" not in schema:
            assert schema.get("description"), f"{where} does not say what it is"
        if schema.get("type") == "string" and not {"const", "enum", "format"} & schema.keys():
            assert {"example", "examples"} & schema.keys(), f"{where} says of a text neither its format nor an example"
    for path, operations in whole["paths"].items():
        for parameter in (one for operation in operations.values() for one in operation.get("parameters", ())):
            assert {"type": "null"} not in [parameter["schema"], *parameter["schema"].get("anyOf", [])], (
                path,
                parameter,
            )
            assert parameter["in"] != "query" or parameter["description"], (path, parameter["name"])


def test_a_name_says_what_form_its_value_has(bank: Bank) -> None:
    """A text with an example is still any text to a generator: times, ids, words and money say what they are."""
    whole = document_of(bank, services.GATEWAY)
    money = 0
    for where, name, schema in named_schemas(whole):
        values = list(values_of(whole, schema))
        texts = [value for value in values if value.get("type") == "string"]
        formats = {value.get("format") for value in values}
        if name.endswith("_at"):
            assert "date-time" in formats, where
            assert formats == {"date-time"} or "a day of the bank" in schema["description"], where
        if re.search(r"(^|_)ids?$", name):
            assert formats == {"uuid"} or {name, where} & NO_UUIDS.keys(), where
        if NAMES_OF_WORDS.search(name):
            assert all({"enum", "const"} & value.keys() for value in texts), f"{where} does not say which words"
        if NAMES_OF_MONEY.search(name):
            money += len(texts)
            assert all("[0-9]" in value.get("pattern", "") for value in texts), f"{where}: what does money look like?"
            assert all(value.get("examples") for value in texts), f"{where} has no example"
    assert money > 120


def test_choices_say_what_tells_them_apart_and_tags_and_servers_what_they_are(bank: Bank) -> None:
    whole = document_of(bank, services.GATEWAY)
    told_apart = 0
    for where, schema in schemas_in({"components": whole["components"]["schemas"]}, ""):
        if "oneOf" in schema:
            told_apart += 1
            field, mapping = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
            assert set(mapping.values()) == {choice["$ref"] for choice in schema["oneOf"]}, where
            for word, reference in mapping.items():
                model = resolved(whole, {"$ref": reference})
                (words,) = values_of(whole, model["properties"][field])
                assert word in words.get("enum", [words.get("const")]), (where, word)
                assert field in model["required"], (where, word)
    assert told_apart > 0
    described = {tag["name"] for tag in whole["tags"] if tag["description"].endswith(".")}
    used = {tag for operations in whole["paths"].values() for one in operations.values() for tag in one["tags"]}
    assert described == used
    for service in services.SERVICES:
        (server,) = document_of(bank, service)["servers"]
        assert server["url"] == "/", "it is where the document was read, whatever the address"
        assert server["description"]


def test_what_any_request_may_meet_is_said_of_each_operation_or_of_all(bank: Bank) -> None:
    whole = document_of(bank, services.GATEWAY)
    everywhere = {
        code
        for code in (refusal.code for refusal in GENERAL_REFUSALS)
        if all(
            f"`{code}`" in str(resolved(whole, response)["description"])
            for path, operations in whole["paths"].items()
            for operation in operations.values()
            if path != "/health"
            for response in [operation["responses"].get(str(STATUSES[code]), {"description": ""})]
        )
    }
    assert everywhere >= {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED", "URI_TOO_LONG", "RATE_LIMITED"}
    for code in ("UNKNOWN_HOST", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT", "HEADERS_TOO_LARGE", "NOT_IMPLEMENTED"):
        assert f"`{code}` ({STATUSES[code]})" in whole["info"]["description"]


def test_every_example_is_what_it_is_an_example_of(bank: Bank) -> None:
    whole = document_of(bank, services.GATEWAY)
    checked = 0
    registry = jsonschema_rs.Registry([("bank:/", whole)])
    for operations in whole["paths"].values():
        for operation in operations.values():
            contents = [operation["requestBody"]] if "requestBody" in operation else []
            contents += [resolved(whole, response) for response in operation["responses"].values()]
            for media in (content["content"][_JSON] for content in contents if _JSON in content["content"]):
                schema = json.loads(json.dumps(media["schema"]).replace('"#/', '"bank:/#/'))
                validator = jsonschema_rs.validator_for(schema, validate_formats=True, registry=registry)
                examples = [media["example"]] if "example" in media else []
                examples += [example["value"] for example in media.get("examples", {}).values()]
                assert examples
                for example in examples:
                    validator.validate(example)
                    checked += 1
    assert checked > 200


def test_the_document_is_made_when_it_is_first_asked_for_and_once(bank: Bank) -> None:
    app = build(services.SIMULATOR, bank.keys)
    assert "openapi_document" not in app.extensions
    with app.test_client() as client:
        assert json.loads(client.get("/openapi.json").text) == document_of(bank, services.SIMULATOR)
    made = app.extensions["openapi_document"]
    app.test_client().get("/openapi.json")
    assert app.extensions["openapi_document"] is made


@EVERY_BACKEND
def test_no_two_models_of_a_service_share_a_name(service: Service) -> None:
    """In a document the later one would take the place of the earlier."""
    models: set[type[BaseModel]] = {BaseModel}
    while more := {each for model in models for each in model.__subclasses__()} - models:
        models |= more
    names = Counter(model.__name__ for model in models if model.__module__.startswith(f"{service.package}."))
    assert names.total() > 3
    assert [name for name, times in names.items() if times > 1] == []


def test_the_health_of_the_bank_is_as_described(bank: Bank) -> None:
    reply = bank.client(services.GATEWAY).get("/health")
    assert reply.status_code == 200
    whole = document_of(bank, services.GATEWAY)
    schema = {"$ref": "#/components/schemas/BankHealth", "components": whole["components"]}
    jsonschema_rs.validator_for(schema).validate(json.loads(reply.text))
