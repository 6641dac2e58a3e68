"""Every service's routes, as its own app has them, each app built in a process of its own.

`python -m tests.architecture.route_map` writes docs/services.md from them (`make docs`).
"""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flask_openapi3 import OpenAPI

from shared.contract import openapi
from shared.services import GATEWAY, SERVICES, Service
from tests.architecture.sources import ROOT
from tests.forked_server import ForkedServer

MODULE = "tests.architecture.route_map"
DOCUMENT = ROOT / "docs" / "services.md"
_HEADING = """# The services and their routes

Written by `make docs` from the code; a test compares the two. What the requests and replies look like is on the
running bank's page `/docs`; each service also has `/openapi.json`, `/metrics` and, for the other services alone,
`/internal/*`. "private" is anybody logged in: what they reach is their own. "operation" is the operation's id, and the
method's name in clients generated from `/openapi.json`.

| service | folder | port | setting | public paths |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Route:
    """One method of one path, with the access it declares (None when it declares none), and its name in clients.

    `operation` is the id in OpenAPI; empty for what the service's document does not describe, such as a page.
    """

    method: str
    path: str
    access: str | None
    operation: str = ""


@dataclass(frozen=True)
class ServiceRoutes:
    """A service's routes, and the (method, path) pairs of its OpenAPI document."""

    routes: tuple[Route, ...]
    described: frozenset[tuple[str, str]]
    errors: tuple[dict[str, Any], ...] = ()


@cache
def routes_of(service: Service) -> ServiceRoutes:
    """Build the service's app on an empty data directory and read its routes."""
    with tempfile.TemporaryDirectory(prefix="sandbank-routes-") as data:
        result, log = Path(data) / "routes.json", Path(data) / "log"
        ForkedServer(MODULE, [service.package, str(result)], {**os.environ, "BANK_DATA_DIR": data}, log).wait(240)
        assert result.exists(), log.read_text()
        content = json.loads(result.read_text())
    return ServiceRoutes(
        tuple(Route(*row) for row in content["routes"]),
        frozenset((m, p) for m, p in content["described"]),
        tuple(content["errors"]),
    )


def write_routes(package: str, result: Path) -> None:
    """What the process of `routes_of` does: the routes as JSON, in a file, as threads of the app may print."""
    app = import_module(f"{package}.app").create_app()
    described = openapi.described(app) if isinstance(app, OpenAPI) else {"paths": {}, "x-errors": []}
    names = {
        (method.upper(), path): operation["operationId"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    routes = [
        [method, path, getattr(getattr(app.view_functions[rule.endpoint], "access", None), "name", None), name]
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for path in (_braced(rule.rule),)
        for name in (names.get((method, path), ""),)
    ]
    result.write_text(
        json.dumps({"routes": sorted(routes), "described": sorted(names), "errors": described["x-errors"]})
    )
    os._exit(0)  # an app may have threads that nobody stops


def _braced(rule: str) -> str:
    """`/accounts/<string:id>` as OpenAPI writes it: `/accounts/{id}`."""
    return "/".join("{" + part[1:-1].split(":")[-1] + "}" if part.startswith("<") else part for part in rule.split("/"))


def document() -> str:
    """docs/services.md as it should be."""
    lines = [_HEADING.rstrip("\n")]
    for service in SERVICES:
        paths = ", ".join(f"`{prefix}/*`" for prefix in service.path_prefixes) or "pages, `/api/*`, `/health`, `/docs`"
        port = f"`{service.env_prefix}_PORT`"
        lines.append(f"| {service.name} | `{service.package}/` | {service.default_port} | {port} | {paths} |")
    for service in SERVICES:
        has_names = service != GATEWAY  # pages have none
        columns = ["", "path", *(["operation"] if has_names else []), "access"]
        lines += ["", f"## {service.name}", "", _row(columns), _row(["---"] * len(columns))]
        shown = [route for route in routes_of(service).routes if is_public(service, route)]
        ordered = sorted(shown, key=lambda route: (route.path, route.method))
        for route in ordered:
            name = [f"`{route.operation}`"] if has_names else []
            lines.append(_row([route.method, f"`{route.path}`", *name, str(route.access)]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def is_public(service: Service, route: Route) -> bool:
    """Whether clients of the bank see the route: everything of the gateway, and what it forwards to."""
    return service == GATEWAY or service.owns(route.path)


if __name__ == "__main__":
    if sys.argv[1:]:
        write_routes(sys.argv[1], Path(sys.argv[2]))
    else:
        DOCUMENT.write_text(document())
