"""One OpenAPI document for the whole bank, put together from what each service says of itself. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared import settings
from shared.contract.error_catalogue import catalogue
from shared.contract.openapi import add_refusal
from shared.observability.health import bank_version
from shared.refusals import GENERAL_REFUSALS, RATE_LIMITED
from shared.services import Service

Document = dict[str, Any]
_COMPONENTS = "#/components/"
_SCHEMAS = f"{_COMPONENTS}schemas/"
_DESCRIPTION = """Every public path of the bank, behind one address. Log in with `POST /api/auth/login` and send the
access token as `Authorization: Bearer ...`.

- Money is a decimal string with the currency's digits; times are in UTC, to the microsecond; ids are UUIDs.
- A list says its order in its summary: newest first, but for one's own accounts and for what is yet to fall due. With
  `after`, the id of a row, any of them gives what came later, oldest first.
- A request that moves money may carry an `Idempotency-Key`: sent again, it is answered again and not done again.
- Every error has the same shape; `error_code` never changes. What each means, and what to do: `/docs/errors`.
- Before any operation is reached, a request may be refused for what it is: `UNKNOWN_HOST` (400),
  `METHOD_NOT_ALLOWED` (405), `REQUEST_TIMEOUT` (408), `URI_TOO_LONG` (414), `HEADERS_TOO_LARGE` (431),
  `NOT_IMPLEMENTED` (501).
- `HEAD` is answered wherever `GET` is, as `GET` without its body; `OPTIONS` says which methods there are, and answers
  the preflight of a browser when the page's origin is allowed (`GATEWAY_CORS_ORIGINS`).
"""
_FACTS_EXAMPLE: Document = {
    "response_times": {"requests": 240, "p50_ms": 3.1, "p95_ms": 12.4},
    "restarts": 0,
    "lag": None,
}
_TIMES_SCHEMA: Document = {
    "type": ["object", "null"],
    "description": "of requests of people and programs in the last five minutes; null where there were none",
    "required": ["requests", "p50_ms", "p95_ms"],
    "additionalProperties": False,
    "properties": {"requests": {"type": "integer"}, "p50_ms": {"type": "number"}, "p95_ms": {"type": "number"}},
}
_LAG_SCHEMA: Document = {
    "type": ["object", "null"],
    "description": "of what the others tell, what is still to be taken in; null where it reads nothing",
    "required": ["events", "seconds"],
    "additionalProperties": False,
    "properties": {"events": {"type": "integer"}, "seconds": {"type": "number"}},
}
_HEALTH_PATH: Document = {
    "get": {
        "tags": ["Health"],
        "summary": "The health of every service",
        "description": "Needs no access token.",
        "operationId": "get_health",
        "security": [],
        "responses": {
            status: {
                "description": meaning,
                "content": {
                    "application/json": {
                        "schema": {"$ref": f"{_SCHEMAS}BankHealth"},
                        "example": {
                            "status": word,
                            "services": {"auth-service": word_of_one},
                            "reasons": reasons,
                            "facts": {"auth-service": _FACTS_EXAMPLE},
                        },
                    }
                },
            }
            for status, meaning, word, word_of_one, reasons in (
                ("200", "All services are healthy", "healthy", "healthy", {}),
                ("503", "At least one is not", "degraded", "unhealthy", {"auth-service": ["it does not answer"]}),
            )
        },
    }
}
_HEALTH_SCHEMA: Document = {
    "description": "Whether all of the bank is there, and each service.",
    "type": "object",
    "required": ["status", "services", "reasons", "facts"],
    "additionalProperties": False,
    "properties": {
        "status": {"type": "string", "enum": ["healthy", "degraded"]},
        "services": {"type": "object", "additionalProperties": {"type": "string", "enum": ["healthy", "unhealthy"]}},
        "reasons": {
            "type": "object",
            "description": "why a service is not well, by its name",
            "additionalProperties": {"type": "array", "items": {"type": "string", "examples": ["it does not answer"]}},
        },
        "facts": {
            "type": "object",
            "description": "what each service that answers says of itself, by its name",
            "additionalProperties": {
                "type": "object",
                "required": ["response_times", "restarts", "lag"],
                "additionalProperties": False,
                "properties": {
                    "response_times": _TIMES_SCHEMA,
                    "restarts": {"type": "integer", "description": "after it had died, since the bank was started"},
                    "lag": _LAG_SCHEMA,
                },
            },
        },
    },
}


def merged(documents: Mapping[Service, Document]) -> Document:
    """The public paths of all documents in one.

    Schemas that are the same everywhere are kept once; of those that only share a name, each later one is renamed to
    `<Service><Name>`. What is not under a service's public prefixes is left out. What the gateway itself may answer
    is added: it limits how much one client may ask.
    """
    paths: Document = {"/health": _HEALTH_PATH}
    components: dict[str, Document] = {"schemas": {"BankHealth": _HEALTH_SCHEMA}, "securitySchemes": {}}
    tags: dict[str, Document] = {"Health": {"name": "Health", "description": "Whether the bank is all there."}}
    operation_ids = {"get_health"}
    errors = {entry["code"]: entry for entry in catalogue(GENERAL_REFUSALS)}
    for service, document in documents.items():
        own = document.get("components", {})
        errors.update((entry["code"], entry) for entry in document.get("x-errors", ()))
        names = _unique_names(service, own.get("schemas", {}), components["schemas"])
        for kind, parts in own.items():
            for name, part in parts.items():
                new_name = names[name] if kind == "schemas" else name
                components.setdefault(kind, {})[new_name] = _renamed(part, names)
        used_tags = set()
        for path, operations in _public_paths(service, document):
            paths[path] = _renamed(operations, names)
            for operation in paths[path].values():
                used_tags.update(operation.get("tags", ()))
                if operation.get("operationId") in operation_ids:
                    operation["operationId"] = f"{service.flag}_{operation['operationId']}"
                operation_ids.add(operation.get("operationId", ""))
                add_refusal(operation["responses"], RATE_LIMITED, components.setdefault("responses", {}))
        for tag in document.get("tags", ()):
            if tag["name"] in used_tags:
                tags.setdefault(tag["name"], tag)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.bank_name()} API",
            "version": bank_version(),
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The bank that this document was read from"}],
        "externalDocs": {"url": "/docs/errors", "description": "Every error: when it comes, and what to do"},
        "tags": list(tags.values()),
        "paths": paths,
        "components": _reachable(paths, components),
        "x-errors": [errors[code] for code in sorted(errors)],
    }


def _public_paths(service: Service, document: Document) -> Iterator[tuple[str, Document]]:
    for path, operations in document.get("paths", {}).items():
        if service.owns(path):
            yield path, operations


def _unique_names(service: Service, own: Document, taken: Document) -> dict[str, str]:
    """A name for each of the service's schemas. Two with one name count as the same only when all they use is too."""
    renamed: set[str] = set()
    clashes = {name for name, schema in own.items() if name in taken and taken[name] != schema}
    while clashes:
        renamed |= clashes
        clashes = {name for name in own.keys() & taken.keys() - renamed if _references(own[name]) & renamed}
    return {name: f"{service.flag.capitalize()}{name}" if name in renamed else name for name in own}


def _references(node: Any, prefix: str = _SCHEMAS) -> set[str]:
    """What the node refers to under this prefix, without the prefix."""
    if isinstance(node, dict):
        found = set().union(*(_references(value, prefix) for value in node.values())) if node else set()
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(prefix):
            found.add(reference.removeprefix(prefix))
        return found
    if isinstance(node, list):
        return set().union(*(_references(value, prefix) for value in node)) if node else set()
    return set()


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A copy of a part of a document with its references to schemas renamed."""
    if isinstance(node, list):
        return [_renamed(value, names) for value in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _renamed(value, names) for key, value in node.items()}
    reference = copy.get("$ref")
    if isinstance(reference, str) and reference.startswith(_SCHEMAS):
        name = reference.removeprefix(_SCHEMAS)
        copy["$ref"] = _SCHEMAS + names.get(name, name)
    return copy


def _reachable(paths: Document, components: dict[str, Document]) -> Document:
    """The components that the public paths use, directly or through others, and the security schemes."""
    found: set[str] = set()
    new = _references(paths, _COMPONENTS)
    while new:
        found |= new
        parts = (components.get(kind, {}).get(name) for kind, name in (path.split("/") for path in new))
        new = set().union(*(_references(part, _COMPONENTS) for part in parts)) - found
    return {
        kind: {name: part for name, part in parts.items() if kind == "securitySchemes" or f"{kind}/{name}" in found}
        for kind, parts in components.items()
    }
