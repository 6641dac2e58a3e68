"""Code, documents and deployment name the same services and routes, and every route says who may call it."""

import re

import pytest

import run_services
from shared.services import BACKENDS, SERVICES, Service
from tests.architecture import error_document
from tests.architecture.route_map import DOCUMENT, document, is_public, routes_of
from tests.architecture.sources import ROOT
from tests.architecture.test_refusals import refusals_in

EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.package)
EVERY_BACKEND = pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)


@EVERY_SERVICE
def test_every_route_declares_its_access(service: Service) -> None:
    assert [route for route in routes_of(service).routes if route.access is None] == []


@EVERY_BACKEND
def test_openapi_describes_every_public_route_and_no_other(service: Service) -> None:
    found = routes_of(service)
    public = {(route.method, route.path) for route in found.routes if is_public(service, route)}
    assert public, "a service without public routes"
    assert {(m, p) for m, p in found.described if not p.startswith("/internal/")} == public


@EVERY_SERVICE
def test_internal_routes_are_for_services_alone(service: Service) -> None:
    internal = [route for route in routes_of(service).routes if route.path.startswith("/internal")]
    assert [route for route in internal if not str(route.access).startswith("service ")] == []


@EVERY_BACKEND
def test_a_service_serves_nothing_outside_its_paths(service: Service) -> None:
    own = {"/api/health", "/metrics", "/openapi.json"}
    elsewhere = [
        route.path
        for route in routes_of(service).routes
        if not is_public(service, route) and route.path not in own and not route.path.startswith("/internal/")
    ]
    assert elsewhere == []


def test_the_document_of_services_is_what_the_code_has() -> None:
    assert DOCUMENT.read_text() == document(), "run `make docs`"


def test_the_orchestrator_starts_the_one_list() -> None:
    assert run_services.chosen_services(run_services.parse_arguments([])) == list(SERVICES)
    for service in SERVICES:
        options = run_services.parse_arguments([f"--no-{service.flag}"])
        assert run_services.chosen_services(options) == [one for one in SERVICES if one != service]


def test_every_service_has_a_folder_an_app_and_ports_of_its_own() -> None:
    assert all((ROOT / service.package / "app.py").is_file() for service in SERVICES)
    assert len({service.default_port for service in SERVICES}) == len(SERVICES)
    prefixes = [prefix for service in SERVICES for prefix in service.path_prefixes]
    assert len(set(prefixes)) == len(prefixes)


def test_the_readme_lists_every_service() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [service.package for service in SERVICES if not re.search(rf"`{service.package}/?`", readme)]
    assert missing == []


def test_the_document_of_errors_is_what_the_code_has() -> None:
    assert error_document.DOCUMENT.read_text() == error_document.document()


INTERNAL_ERRORS = {"ACCOUNT_CONFLICT", "CARD_CONFLICT", "PLAN_CONFLICT"}
"""What only services say to each other."""


def test_every_refusal_of_a_service_is_in_the_catalogue() -> None:
    lists = [f"{service.package}.refusals" for service in BACKENDS if (ROOT / service.package / "refusals.py").exists()]
    codes = {
        refusal.code for name in ("shared.refusals", "shared.service_refusals", *lists) for refusal in refusals_in(name)
    }
    assert codes - INTERNAL_ERRORS == {entry["code"] for entry in error_document.errors()}
