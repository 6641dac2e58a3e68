"""One OpenAPI document for the whole bank, made of what each service says of itself."""

import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from shared import services, settings
from shared.discovery import Discovery
from shared.health import bank_version
from shared.services import Service

TIMEOUT_SECONDS = 3.0
CACHE_SECONDS = 5.0
_SCHEMAS = "#/components/schemas/"
Document = dict[str, Any]

_HEALTH_PATH: Document = {
    "get": {
        "tags": ["Health"],
        "summary": "The health of every service",
        "operationId": "bank_health",
        "responses": {
            status: {
                "description": meaning,
                "content": {"application/json": {"schema": {"$ref": f"{_SCHEMAS}BankHealth"}}},
            }
            for status, meaning in (("200", "All services are healthy"), ("503", "At least one service is not"))
        },
    }
}
_HEALTH_SCHEMA: Document = {
    "type": "object",
    "required": ["status", "services"],
    "properties": {
        "status": {"type": "string", "enum": ["healthy", "degraded"]},
        "services": {"type": "object", "additionalProperties": {"type": "string", "enum": ["healthy", "unhealthy"]}},
    },
}


def merged(documents: Mapping[Service, Document]) -> Document:
    """The public paths of all documents in one.

    Schemas that are the same everywhere are kept once; of those that only share a name, each later one is renamed to
    `<Service>.<Name>`. What is not under a service's public prefixes is left out.
    """
    paths: Document = {"/health": _HEALTH_PATH}
    schemas: Document = {"BankHealth": _HEALTH_SCHEMA}
    security: Document = {}
    tags: dict[str, Document] = {"Health": {"name": "Health"}}
    operation_ids = {"bank_health"}
    for service, document in documents.items():
        components = document.get("components", {})
        security.update(components.get("securitySchemes", {}))
        names = _unique_names(service, components.get("schemas", {}), schemas)
        for name, schema in components.get("schemas", {}).items():
            schemas[names[name]] = _renamed(schema, names)
        used_tags = set()
        for path, operations in document.get("paths", {}).items():
            if not path.startswith(tuple(f"{prefix}/" for prefix in service.path_prefixes)):
                continue
            paths[path] = _renamed(operations, names)
            for operation in paths[path].values():
                used_tags.update(operation.get("tags", ()))
                if operation.get("operationId") in operation_ids:
                    operation["operationId"] = f"{service.flag}_{operation['operationId']}"
                operation_ids.add(operation.get("operationId", ""))
        for tag in document.get("tags", ()):
            if tag["name"] in used_tags:
                tags.setdefault(tag["name"], tag)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.bank_name()} API",
            "version": bank_version(),
            "description": "Every public path of the bank, behind one address. Sign in at `/api/auth/login` and send "
            "the access token as `Authorization: Bearer ...`.",
        },
        "tags": list(tags.values()),
        "paths": paths,
        "components": {"schemas": _reachable(paths, schemas), "securitySchemes": security},
    }


def _unique_names(service: Service, own: Document, taken: Document) -> dict[str, str]:
    """A name for each of the service's schemas. Two with one name count as the same only when all they use is too."""
    renamed: set[str] = set()
    clashes = {name for name, schema in own.items() if name in taken and taken[name] != schema}
    while clashes:
        renamed |= clashes
        clashes = {name for name in own.keys() & taken.keys() - renamed if _references(own[name]) & renamed}
    return {name: f"{service.flag.capitalize()}.{name}" if name in renamed else name for name in own}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = set().union(*(_references(value) for value in node.values())) if node else set()
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(_SCHEMAS):
            found.add(reference.removeprefix(_SCHEMAS))
        return found
    if isinstance(node, list):
        return set().union(*(_references(value) for value in node)) if node else set()
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


def _reachable(paths: Document, schemas: Document) -> Document:
    """The schemas that the public paths use, directly or through others."""
    found: set[str] = set()
    new = _references(paths)
    while new:
        found |= new
        new = set().union(*(_references(schemas.get(name)) for name in new)) - found
    return {name: schema for name, schema in schemas.items() if name in found}


class ApiDescription:
    """Call it for the merged document. A service that is away is described as it last was."""

    def __init__(self, discovery: Discovery, backends: Iterable[Service] = services.BACKENDS) -> None:
        self._discovery = discovery
        self._backends = tuple(backends)
        self._http = urllib3.PoolManager(num_pools=32, maxsize=1, retries=False)
        self._lock = threading.Lock()
        self._documents: dict[Service, Document] = {}
        self._merged: Document = {}
        self._known_until = 0.0

    def __call__(self) -> Document:
        with self._lock:
            if time.monotonic() >= self._known_until:
                with ThreadPoolExecutor(len(self._backends)) as executor:
                    answers = list(executor.map(self._ask, self._backends))
                for service, document in zip(self._backends, answers, strict=True):
                    if document is not None:
                        self._documents[service] = document
                known = [service for service in self._backends if service in self._documents]
                self._merged = merged({service: self._documents[service] for service in known})
                self._known_until = time.monotonic() + CACHE_SECONDS
            return self._merged

    def close(self) -> None:
        """End the connections."""
        self._http.clear()

    def _ask(self, service: Service) -> Document | None:
        try:
            url = f"{self._discovery.url(service)}/openapi.json"
            reply = self._http.request("GET", url, timeout=urllib3.Timeout(total=TIMEOUT_SECONDS))
            document: Document | None = reply.json() if reply.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError):
            return None
        return document
