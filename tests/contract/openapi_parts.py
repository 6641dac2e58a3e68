"""Parts of an OpenAPI document, as its tests ask for them."""

import re
from collections.abc import Iterator
from typing import Any

NAMES_OF_MONEY = re.compile(
    r"(^|_)(amount|balance|deposits?|limit|fees?|income|expense|inflow|outflow|incoming|outgoing|interest|payments?|cash"
    r"|opening|closing|assets|debts|net|total|sum|average|change|difference|held|left|available_\w+|used_today)$"
)
NAMES_OF_WORDS = re.compile(r"(^|_)(status|type|role|direction|channel|outcome|kind|result|action|format)$")
NO_UUIDS = {
    "client_id": "a service's name",
    "end_to_end_id": "what whoever paid called it, as ISO 20022 allows",
    "request_id": "the caller's own `X-Request-ID`, where there is one",
    "AuditActor.id": "a user's id, or a service's name",
    "AuditedSubject.id": "of a product its code, of a service its name",
}


def named_schemas(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every property and parameter: where it is, its name, its schema."""
    for model, schema in document["components"]["schemas"].items():
        for name, part in schema.get("properties", {}).items():
            yield f"{model}.{name}", name, part
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                yield f"{method.upper()} {path} {parameter['name']}", parameter["name"], parameter["schema"]


def values_of(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What may stand there: through references, choices and lists, but for null; examples go with what they are of."""
    inherited = {"examples": schema["examples"]} if "examples" in schema else {}
    schema = resolved(document, schema)
    choices = schema.get("anyOf") or schema.get("oneOf") or ([schema["items"]] if "items" in schema else [])
    for choice in choices:
        yield from values_of(document, {**inherited, **choice})
    if not choices and schema.get("type") != "null":
        yield {**inherited, **schema}


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what it refers to."""
    while "$ref" in node:
        kind, name = node["$ref"].removeprefix("#/components/").split("/")
        node = document["components"][kind][name]
    return node


def schemas_in(node: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a document, with the way to it."""
    if isinstance(node, list):
        for position, inner in enumerate(node):
            yield from schemas_in(inner, f"{where}[{position}]")
    if not isinstance(node, dict):
        return
    if "type" in node or "anyOf" in node or "oneOf" in node:
        yield where, node
    for key, inner in node.items():
        if key in ("anyOf", "items", "additionalProperties") and {"example", "examples"} & node.keys():
            continue  # it stands for its parts
        if key == "properties":
            for name, part in inner.items():
                yield from schemas_in(part, f"{where}.{name}")
        elif key not in ("example", "examples", "enum", "const", "headers"):
            yield from schemas_in(inner, f"{where}.{key}")


def components_of(document: dict[str, Any]) -> set[str]:
    """What may be referred to."""
    return {
        f"#/components/{kind}/{name}"
        for kind, parts in document["components"].items()
        if kind != "securitySchemes"
        for name in parts
    }


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)
