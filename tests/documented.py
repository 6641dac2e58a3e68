"""Holds every reply that a service gives to any test to what the service's OpenAPI document says it may answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from flask import Flask, Response, request, request_finished
from flask_openapi3 import OpenAPI

from shared.openapi import described

_documents: dict[str, dict[str, Any]] = {}


@contextmanager
def undocumented_replies() -> Iterator[list[str]]:
    """What services answered meanwhile without having said that they might: status, or code of an error."""
    found: list[str] = []

    def look(app: Flask, response: Response, **_: Any) -> None:
        if isinstance(app, OpenAPI) and request.url_rule is not None:
            problem = _problem(app, response)
            if problem:
                found.append(problem)

    with request_finished.connected_to(look):
        yield found


def _problem(app: OpenAPI, response: Response) -> str | None:
    responses = _responses(app, str(request.url_rule), request.method.lower())
    if responses is None:
        return None  # not public, or a HEAD or OPTIONS, or another method than the path has
    said = f"{app.import_name}: {request.method} {request.url_rule} answered {response.status_code}"
    if str(response.status_code) not in responses:
        return said
    codes = responses[str(response.status_code)]
    if response.status_code < 400 or response.is_streamed:
        return None
    code = response.get_json(force=True)["error_code"]
    return None if code in codes else f"{said} {code}"


def _responses(app: OpenAPI, rule: str, method: str) -> dict[str, set[str]] | None:
    """The statuses that the operation may answer, each with its error codes; the same for all apps of one service."""
    name = app.extensions["service"].name
    if name not in _documents:
        _documents[name] = described(app)
    return _of_operation(name, rule.replace("<", "{").replace(">", "}"), method)


@cache
def _of_operation(service: str, path: str, method: str) -> dict[str, set[str]] | None:
    document = _documents[service]
    operation = document["paths"].get(path, {}).get(method)
    if operation is None:
        return None
    found = {}
    for status, response in operation["responses"].items():
        name = response.get("$ref", "").rpartition("/")[2]
        media = (document["components"]["responses"][name] if name else response)["content"]["application/json"]
        found[status] = set(media.get("examples", ()))
    return found
