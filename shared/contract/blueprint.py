"""A blueprint whose part of the OpenAPI document is made when the document is asked for.

flask-openapi3 makes it as each route is declared. That is most of what importing a service costs, and most processes
are never asked for their document.
"""

from collections.abc import Callable
from typing import Any

from flask_openapi3 import APIBlueprint
from flask_openapi3.types import ParametersTuple
from flask_openapi3.utils import parse_parameters

Declaration = tuple[str, Callable[..., Any], dict[str, Any]]


class ServiceBlueprint(APIBlueprint):
    """flask-openapi3's blueprint; `describe` before reading `paths`, `tags` and `components_schemas`."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self._undescribed: list[Declaration] = []

    def _collect_openapi_info(
        self, rule: str, func: Callable[..., Any], *, doc_ui: bool = True, **declared: Any
    ) -> ParametersTuple:
        if self.doc_ui and doc_ui:
            self._undescribed.append((rule, func, declared))
        return parse_parameters(func, doc_ui=False)

    def describe(self) -> None:
        """Make the part of each route declared so far."""
        for rule, view, declared in self._undescribed:
            super()._collect_openapi_info(rule, view, **declared)
        self._undescribed.clear()
