"""Every place where the public API takes an amount, as its OpenAPI documents say, and requests that have one there."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple
from urllib.parse import quote

from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank

PATTERN = r"^[0-9]{1,15}(\.[0-9]{1,3})?$"
"""What an amount looks like, whatever its currency; a schema with this pattern is one."""
_HERE = "the amount stands here"


class AmountField(NamedTuple):
    """A field of a request's body, by the names and places that lead to it, or a parameter of its query.

    `example` is the body of a request as the document shows it.
    """

    service: Service
    method: str
    path: str
    place: tuple[str | int, ...]
    example: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {'.'.join(map(str, self.place))}"

    def send(self, bank: Bank, headers: dict[str, str], literal: str) -> TestResponse:
        """The request with this JSON where the amount stands; of a query, with what it is the text of."""
        path = re.sub(r"\{\w+\}", lambda _: new_id(), self.path)
        client = bank.client(self.service)
        if self.example is None:
            text = quote(str(json.loads(literal)), safe="")
            return client.get(f"{path}?{self.place[0]}={text}", headers=headers)
        body = json.dumps(_with(deepcopy(self.example), self.place)).replace(json.dumps(_HERE), literal)
        return client.open(
            path, method=self.method, data=body.encode(), headers=headers, content_type="application/json"
        )


def amount_fields(bank: Bank) -> Iterator[AmountField]:
    """All of them."""
    for service in services.BACKENDS:
        document = bank.client(service).get("/openapi.json").json
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                for parameter in operation.get("parameters", ()):
                    if any(True for _ in _places(document, parameter["schema"])):
                        yield AmountField(service, method.upper(), path, (parameter["name"],))
                if "requestBody" in operation:
                    content = operation["requestBody"]["content"]["application/json"]
                    for place in sorted(set(_places(document, content["schema"])), key=str):
                        yield AmountField(service, method.upper(), path, place, content["example"])


def _places(
    document: Any, schema: Any, at: tuple[str | int, ...] = (), inside: tuple[str, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    name = schema.get("$ref")
    if name is not None:
        if name in inside:
            return
        inside, schema = (*inside, name), document
        for part in name.split("/")[1:]:
            schema = schema[part]
    if schema.get("pattern") == PATTERN:
        yield at
    for either in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(either, ()):
            yield from _places(document, one, at, inside)
    for key, value in schema.get("properties", {}).items():
        yield from _places(document, value, (*at, key), inside)
    if "items" in schema:
        yield from _places(document, schema["items"], (*at, 0), inside)


def _with(body: Any, place: tuple[str | int, ...]) -> Any:
    inner = body
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = _HERE
    return body
