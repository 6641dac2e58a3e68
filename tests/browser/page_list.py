"""Every page of the web bank with who may open it, from the gateway's own routes: a new page is in it by itself."""

from dataclasses import dataclass
from typing import Any

from gateway.app import create_app
from gateway.settings import Settings
from shared.identity.access import declared_access

NO_PAGES = frozenset(
    {
        "static",
        "bootstrap.static",
        "public.swagger_file",
        "public.stylesheet_file",
        "reports.plotly",
        "statements.file",
        "exports.file",
        "world_data.file",
        "reports.download",
        "custom_reports.download",
        "live.events",
        "public.bank_health",
        "public.openapi",
        "metrics",
        "health",
    }
)
"""Endpoints for machines, and files."""
VISITOR = "visitor"


@dataclass(frozen=True)
class Place:
    """A GET route of the web bank; `roles` is empty when everybody may open it."""

    rule: Any
    roles: frozenset[str]

    def path(self, values: dict[str, str]) -> str:
        """Its address, with what its parameters need. Raises KeyError for a parameter that nobody thought of."""
        _, path = self.rule.build({name: values[name] for name in self.rule.arguments})
        return str(path)

    def is_for(self, role: str) -> bool:
        """Whether somebody with this role may open it."""
        return not self.roles or role in self.roles


def places() -> list[Place]:
    """All of them, sorted by address."""
    app = create_app(Settings())
    rules = declared_access(app)
    found = [
        Place(rule, rules[rule.endpoint].roles)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    ]
    app.url_map.update()
    app.extensions["close_gateway"]()
    return sorted(found, key=lambda place: str(place.rule.rule))
