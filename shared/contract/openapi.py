"""The OpenAPI document of a service, made good for those who generate clients from it.

flask-openapi3 gathers paths and schemas; here each operation is given what the routes declare: a name that reads as a
method, who may call it, the errors it can really answer with, headers, and examples.
"""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from itertools import groupby
from typing import Any

from flask_openapi3 import OpenAPI

from shared.contract.blueprint import ServiceBlueprint
from shared.contract.error_catalogue import EXAMPLE_REQUEST_ID, catalogue, example_reply
from shared.contract.openapi_examples import SCHEMAS, example_of
from shared.contract.route_refusals import refusals_of
from shared.http.idempotency import PARAMETER
from shared.identity.access import Access
from shared.network.http_client import LONGEST_REQUEST_ID
from shared.refusals import GENERAL_REFUSALS, METHOD_NOT_ALLOWED, Refusal

Document = dict[str, Any]
_JSON = "application/json"
_EVENTS = "text/event-stream"
_OF_EVENTS: Document = {"type": "object", "description": "each event of the stream: its `event` and its `data`"}
_OF_BYTES, _OF_JSON = {"type": "string", "format": "binary"}, {"type": "object"}
"""What a file is; one of JSON is read as JSON by whoever checks it."""
_TYPED = re.compile(r"<(?:\w+:)?")  # where a path parameter of Flask begins
_HEADERS: Document = {
    "RequestId": {
        "description": "The request's id: that of the request, or a new one. Every log line about it has it.",
        "schema": {"type": "string", "maxLength": LONGEST_REQUEST_ID, "example": EXAMPLE_REQUEST_ID},
    },
    "RetryAfter": {
        "description": "Seconds after which asking again can help.",
        "schema": {"type": "integer", "minimum": 1, "example": 1},
    },
    "IdempotentReplayed": {
        "description": "`true` when this is the answer to an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
}


def described(app: OpenAPI) -> Document:
    """The app's document, made once, when it is first asked for."""
    document: Document | None = app.extensions.get("openapi_document")
    if document is None:
        document = app.extensions["openapi_document"] = _described(app)
    return document


def _described(app: OpenAPI) -> Document:
    for blueprint in app.blueprints.values():
        if isinstance(blueprint, ServiceBlueprint):
            blueprint.describe()
            app.paths |= blueprint.paths
            app.components_schemas |= blueprint.components_schemas
            app.tags += [tag for tag in blueprint.tags if tag not in app.tags]
    document: Document = app.api_doc
    components = document["components"]
    components["responses"] = {}
    document["servers"] = [{"url": "/", "description": "Where this document was read"}]
    for name, schema in components["schemas"].items():
        components["schemas"][name] = _tidied(schema)
    met = {METHOD_NOT_ALLOWED}
    for rule in app.url_map.iter_rules():
        path = _TYPED.sub("{", rule.rule).replace(">", "}")
        for method, operation in document["paths"].get(path, {}).items():
            if method.upper() in (rule.methods or ()):
                met |= _describe(operation, app.view_functions[rule.endpoint], method.upper(), components)
    document["x-errors"] = catalogue(met)
    named = str(document)
    components["headers"] = {name: header for name, header in _HEADERS.items() if _header(name)["$ref"] in named}
    return document


def _describe(operation: Document, view: Callable[..., Any], method: str, components: Document) -> set[Refusal]:
    """Complete the operation; the refusals that a client may meet there."""
    rule: Access = view.access  # type: ignore[attr-defined]
    operation["operationId"] = view.__name__
    operation["description"] = f"Needs {rule.requirement}."
    operation["security"] = [] if rule.is_public else [{"token": []}]
    parameters = [_parameter(one) for one in operation.get("parameters", ()) if _can_be_given(one)]
    refusals = refusals_of(view, method, parameters=parameters, has_body="requestBody" in operation)
    if hasattr(view, "takes_idempotency_key"):
        parameters.append(PARAMETER)
    if parameters:
        operation["parameters"] = parameters
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        _give_example(operation["requestBody"]["content"][_JSON], components["schemas"])
    successes = {status: reply for status, reply in operation["responses"].items() if status < "4"}
    files = getattr(view, "content_types", ())
    if files and not successes:
        successes = {"200": {"description": "The file", "content": {}}}
    for reply in successes.values():
        if _JSON in reply["content"]:
            _give_example(reply["content"][_JSON], components["schemas"])
        reply["headers"] = headers("RequestId")
        for content_type in files:
            reply["content"][content_type] = {"schema": _schema_of_file(content_type)}
        if hasattr(view, "takes_idempotency_key"):
            reply["headers"] |= headers("IdempotentReplayed")
    operation["responses"] = successes | error_responses(refusals, components["responses"])
    of_items = getattr(view, "item_refusals", ())
    if of_items:
        operation["description"] += f"\n\nAn item may be refused with {', '.join(f'`{one.code}`' for one in of_items)}."
    return {*refusals, *of_items}


def _schema_of_file(content_type: str) -> Document:
    if content_type == _EVENTS:
        return _OF_EVENTS
    return _OF_JSON if content_type.startswith(_JSON) else _OF_BYTES


def headers(*names: str) -> Document:
    """References to these response headers, by the names they have on the wire."""
    return {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("Request-Id", "X-Request-ID"): _header(name) for name in names
    }


def _header(name: str) -> Document:
    return {"$ref": f"#/components/headers/{name}"}


def error_responses(refusals: Iterable[Refusal], shared: Document) -> Document:
    """The responses of these refusals by status. One that has a status to itself stands in `shared`, by its name."""
    responses = {}
    for status, same_status in groupby(refusals, key=lambda refusal: refusal.status):
        together = list(same_status)
        name = "".join(part.capitalize() for refusal in together for part in refusal.code.split("_"))
        response = _error_response(status, together)
        if all(refusal in GENERAL_REFUSALS for refusal in together):
            shared[name] = response
            response = {"$ref": f"#/components/responses/{name}"}
        responses[str(status)] = response
    return responses


def _error_response(status: int, refusals: list[Refusal]) -> Document:
    said = "\n".join(f"- `{refusal.code}`: {refusal.message}" for refusal in refusals)
    names = ["RequestId", *(["RetryAfter"] if any(refusal.retryable for refusal in refusals) else [])]
    return {
        "description": f"{HTTPStatus(status).phrase}\n\n{said}",
        "headers": headers(*names),
        "content": {
            _JSON: {
                "schema": {"$ref": f"{SCHEMAS}ErrorReply"},
                "examples": {
                    refusal.code: {"summary": refusal.message, "value": example_reply(refusal)} for refusal in refusals
                },
            }
        },
    }


def add_refusal(responses: Document, refusal: Refusal, shared: Document) -> None:
    """Add one more refusal to an operation's responses, beside what it already answers with that status."""
    for status, added in error_responses([refusal], shared).items():
        responses.setdefault(status, added)
        present: Document = responses[status]
        if "content" in present:
            more = _error_response(refusal.status, [refusal])
            present["description"] += "\n" + more["description"].rpartition("\n")[2]
            present["content"][_JSON].setdefault("examples", {}).update(more["content"][_JSON]["examples"])


def _give_example(media: Document, schemas: Document) -> None:
    if "example" not in media and "examples" not in media:
        media["example"] = example_of(media["schema"], schemas)


def _can_be_given(parameter: Document) -> bool:
    """Whether it is one of the operation's own, and more than a field that a query model has taken back."""
    return bool(parameter["name"] != PARAMETER["name"] and parameter["schema"].get("type") != "null")


def _parameter(parameter: Document) -> Document:
    """A parameter as it really is: in a query nothing is null, it is left out."""
    schema: Document = _tidied(parameter["schema"], is_property=True)
    choices = [choice for choice in schema.pop("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        schema = {**choices[0], **schema}
    elif choices:
        schema["anyOf"] = choices
    schema.pop("description", None)
    return {**parameter, "schema": schema}


def _optional(schema: Document) -> Document:
    """A field's schema with its default in words: generators take a field with a default for one that is required."""
    if "default" not in schema:
        return schema
    default = json.dumps(schema.pop("default"))
    said = f"{schema['description']}; " if "description" in schema else ""
    return schema if default == '""' else {**schema, "description": f"{said}{default} when left out"}


def _tidied(schema: Any, *, is_property: bool = False) -> Any:
    """The schema without what only stands in the way of generators: titles of fields, and null as a default."""
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidy: Document = {}
    for key, value in schema.items():
        if key == "properties":
            tidy[key] = {name: _optional(_tidied(part, is_property=True)) for name, part in value.items()}
        elif key == "example":
            tidy["examples"] = [value]
        elif key in ("const", "enum"):
            tidy[key] = value
        elif isinstance(value, float) and value.is_integer():
            tidy[key] = int(value)
        elif not (key == "default" and value is None) and not (key == "title" and is_property):
            tidy[key] = _tidied(value)
    return tidy
