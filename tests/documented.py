"""Holds every reply that a service gives to any test to what the service's OpenAPI document says it may answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from flask import Flask, Response, request, request_finished
from flask_openapi3 import OpenAPI

from shared.contract.openapi import described
from shared.http.fast_lane import FastLane, LaneRoute

_documents: dict[str, dict[str, Any]] = {}
_catalogues: dict[str, dict[str, dict[str, Any]]] = {}


@contextmanager
def undocumented_replies() -> Iterator[list[str]]:
    """What services answered meanwhile without having said that they might: status, or code of an error."""
    found: list[str] = []

    def look(app: Flask, response: Response, **_: Any) -> None:
        if isinstance(app, OpenAPI) and request.url_rule is not None:
            found.extend(_problems(app, request.method, str(request.url_rule), response))

    answer_of_lane = FastLane._answer

    def answer(lane: FastLane, route: LaneRoute, *more: Any) -> Any:
        status, headers, body = answer_of_lane(lane, route, *more)
        assert isinstance(lane._app, OpenAPI)
        found.extend(_problems(lane._app, "POST", route.path, Response(body, status, headers)))
        return status, headers, body

    with request_finished.connected_to(look), pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastLane, "_answer", answer)
        yield found


def _problems(app: OpenAPI, method: str, path: str, response: Response) -> list[str]:
    problem = _problem(app, method, path, response)
    return [problem] if problem else []


def _problem(app: OpenAPI, method: str, path: str, response: Response) -> str | None:
    responses = _responses(app, path, method.lower())
    if responses is None:
        return None  # not public, or a HEAD or OPTIONS, or another method than the path has
    said = f"{app.import_name}: {method} {path} answered {response.status_code}"
    if str(response.status_code) not in responses:
        return said
    codes = responses[str(response.status_code)]
    if response.is_streamed:
        return None
    if response.status_code < 400:
        return _problem_of_items(app, said, response) if path.endswith("/batch") else None
    error = response.get_json(force=True)
    code = error["error_code"]
    if code not in codes:
        return f"{said} {code}"
    problem = undescribed_details(error, _catalogue(app)[code])
    return f"{said} {code} with {problem}" if problem else None


def _problem_of_items(app: OpenAPI, said: str, response: Response) -> str | None:
    """What is wrong with the first refused item of a batch whose details are not as described."""
    errors = [item["error"] for item in response.get_json()["data"] if "error" in item]
    found = ((error, undescribed_details(error, _catalogue(app)[error["error_code"]])) for error in errors)
    return next((f"{said}, an item with {error['error_code']} with {wrong}" for error, wrong in found if wrong), None)


def undescribed_details(error: dict[str, Any], entry: dict[str, Any]) -> str | None:
    """How the details of an error differ from those of its entry in the catalogue, in their names or kinds."""
    details, example = error["details"], entry["example"]["details"]
    optional = {name: value for name, value in entry["optional_details"].items() if name in details}
    if kinds(details) != (expected := kinds({**optional, **example})):
        return f"details {details} where {expected} are described"
    if "fields" in example and not _are_explained(details):
        return f"fields without a problem each: {details}"
    return None


def kinds(details: dict[str, Any]) -> dict[str, str]:
    """What each of the details is: text, an amount, a time, a number, a list, an object."""
    return {name: _kind(value) for name, value in details.items()}


def _kind(value: object) -> str:
    if isinstance(value, str):
        return next((kind for kind, pattern in _TEXTS if pattern.fullmatch(value)), "text")
    return "text" if value is None else type(value).__name__


_TEXTS = (("amount", re.compile(r"-?\d+(\.\d{2,3})?")), ("time", re.compile(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z")))


def _are_explained(details: dict[str, Any]) -> bool:
    """Whether each field that is not valid has a sentence, and a code that says more than that."""
    sentences, problems = details["fields"], details["problems"]
    codes = [problem["code"] for problem in problems.values()]
    return set(sentences) == set(problems) and all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in codes)


def _catalogue(app: OpenAPI) -> dict[str, dict[str, Any]]:
    """The entries of this service's catalogue of errors, by code."""
    name = app.extensions["service"].name
    if name not in _catalogues:
        _catalogues[name] = {entry["code"]: entry for entry in described(app)["x-errors"]}
    return _catalogues[name]


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
        content = (document["components"]["responses"][name] if name else response)["content"]
        found[status] = set(content.get("application/json", {}).get("examples", ()))
    return found
