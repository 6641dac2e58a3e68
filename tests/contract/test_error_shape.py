"""Every error of every service has the one shape of API.md, whatever went wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from shared.network.http_client import TIMEOUT_HEADER
from shared.services import Service
from tests.apps import Bank, Route, whole_bank

EVERY_SERVICE = pytest.mark.parametrize("service", services.SERVICES, ids=lambda service: service.package)
EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
JSON = "application/json"
SECRET = "the colour of the vault"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


def check_error(reply: TestResponse, status: int, code: str | None = None) -> dict[str, Any]:
    """The envelope, whole and alone; its body."""
    assert reply.status_code == status, reply.text
    assert reply.mimetype == JSON
    body: dict[str, Any] = json.loads(reply.data)
    assert set(body) == {"success", "message", "error_code", "details", "request_id"}
    assert body["success"] is False
    assert isinstance(body["details"], dict)
    assert body["message"][0].isupper()
    assert body["message"].endswith((".", "!", "?")), body["message"]
    assert body["error_code"].replace("_", "").isalpha()
    assert body["error_code"].isupper()
    assert code is None or body["error_code"] == code
    assert reply.headers.getlist("X-Request-ID") == [body["request_id"]]
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert ("Retry-After" in reply.headers) == (status in (429, 503)) or code == "IDEMPOTENCY_KEY_IN_FLIGHT"
    return body


def route_with(bank: Bank, service: Service, method: str) -> Route | None:
    """A protected public route of this method, where the service has one."""
    routes = [route for route in bank.protected_routes(service) if route.method == method]
    return next((route for route in routes if route.rule.rule.startswith("/api/")), None)


def admin(bank: Bank) -> dict[str, str]:
    return bank.headers("admin", scope="bank:simulate cards:acquire")


def own_path(service: Service, rest: str) -> str:
    """A path of the service, where the gateway would look for it too."""
    return (service.path_prefixes or ("/api/auth",))[0] + rest


@EVERY_SERVICE
def test_a_path_with_two_slashes_is_nothing_and_redirects_to_no_host_that_a_client_names(
    bank: Bank, service: Service
) -> None:
    route = route_with(bank, service, "GET")
    path = (route.path() if route else own_path(service, "/profile")).replace("/", "//").replace("//", "/", 1)
    reply = bank.client(service).get(path, headers={**admin(bank), "Host": "evil.example"})
    assert "Location" not in reply.headers
    check_error(reply, 404, "NOT_FOUND")


@EVERY_SERVICE
@pytest.mark.parametrize(
    "path",
    ["/api/nothing", "/api", "/api/", "{own}/no/such/thing", "{own}/%00", "{own}/%ff%fe", "{own}/é", "{own}/a%0d%0ab"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_404_where_there_is_nothing(bank: Bank, service: Service, path: str, method: str) -> None:
    asked = path.replace("{own}", own_path(service, ""))
    check_error(bank.client(service).open(asked, method=method, headers=admin(bank)), 404, "NOT_FOUND")


@EVERY_BACKEND
def test_404_outside_the_api_too(bank: Bank, service: Service) -> None:
    for path in ("/", "/internal", "/internal/nothing", "/favicon.ico", "/.env", "/admin", "/static/x.js", "/docs"):
        check_error(bank.client(service).get(path), 404, "NOT_FOUND")


@EVERY_BACKEND
def test_404_for_a_thing_that_is_not_there_by_any_id(bank: Bank, service: Service) -> None:
    for route in bank.routes(service):
        if route.method != "GET" or not route.rule.arguments or not route.rule.rule.startswith("/api/"):
            continue
        for identifier in (new_id(), "x", "0", "null", "%20", "%00", "%ed%a0%80", "a" * 3000, new_id().upper(), "é"):
            (name,) = route.rule.arguments
            path = route.rule.rule.replace(f"<{name}>", identifier)
            check_error(bank.client(service).get(path, headers=admin(bank)), 404, "NOT_FOUND")


@EVERY_SERVICE
def test_405_says_what_is_allowed(bank: Bank, service: Service) -> None:
    for route in bank.routes(service):
        if not route.rule.rule.startswith("/api/"):
            continue
        allowed = {one.method for one in bank.routes(service) if one.rule.rule == route.rule.rule}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
            path = route.path()
            if any(one.rule.rule != route.rule.rule and _matches(one, path) for one in bank.routes(service)):
                continue
            reply = bank.client(service).open(path, method=method, headers=admin(bank))
            check_error(reply, 405, "METHOD_NOT_ALLOWED")
            assert allowed <= {name.strip() for name in reply.headers["Allow"].split(",")}


def _matches(route: Route, path: str) -> bool:
    ours, theirs = route.rule.rule.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(a == b or a.startswith("<") for a, b in zip(ours, theirs, strict=True))


@EVERY_SERVICE
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "BREW"])
def test_405_for_methods_that_nobody_serves(bank: Bank, service: Service, method: str) -> None:
    path = own_path(service, "/list")
    reply = bank.client(service).open(path, method=method, headers=admin(bank))
    assert reply.status_code in (404, 405)
    check_error(reply, reply.status_code)


@EVERY_BACKEND
@pytest.mark.parametrize("through_gateway", [False, True], ids=["directly", "through the gateway"])
def test_400_401_403_413_415_422_and_504(bank: Bank, service: Service, through_gateway: bool) -> None:
    route = route_with(bank, service, "POST")
    if route is None:  # reporting only reads
        assert service is services.REPORTING
        return
    asked = bank.client(services.GATEWAY if through_gateway else service)

    def post(data: bytes, headers: dict[str, str], content_type: str = JSON) -> TestResponse:
        return asked.post(route.path(), data=data, headers=headers, content_type=content_type)

    check_error(post(b"{", admin(bank)), 400, "MALFORMED_REQUEST")
    check_error(post(b"{}", {}), 401, "UNAUTHENTICATED")
    check_error(post(b"{}", bank.keys.headers(new_id(), life_seconds=-60)), 401, "TOKEN_EXPIRED")
    check_error(post(b"{}", bank.headers("nobody")), 403, "FORBIDDEN")
    check_error(post(b" " * (4 * 1024 * 1024 + 1), admin(bank)), 413, "PAYLOAD_TOO_LARGE")
    check_error(post(b"{}", admin(bank), "text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE")
    check_error(post(b"{}", {**admin(bank), "Content-Encoding": "gzip"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    late = {TIMEOUT_HEADER: "0"}
    check_error(post(b"{}", {**admin(bank), **late}), 504, "DEADLINE_EXCEEDED")


@EVERY_BACKEND
def test_422_names_each_field_and_why(bank: Bank, service: Service) -> None:
    operations = bank.client(service).get("/openapi.json").json["paths"]
    for route in bank.protected_routes(service):
        path = route.rule.rule.replace("<", "{").replace(">", "}")
        operation = operations.get(path, {}).get(route.method.lower(), {})
        if not route.rule.rule.startswith("/api/"):
            continue
        headers = admin(bank)
        if "requestBody" in operation:
            reply = bank.client(service).open(
                route.path(), method=route.method, json={"no_such_field": 1}, headers=headers
            )
        elif any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
            reply = bank.client(service).open(f"{route.path()}?no_such_field=1", method=route.method, headers=headers)
        else:
            continue
        fields = check_error(reply, 422, "VALIDATION_ERROR")["details"]["fields"]
        assert "no_such_field" in fields
        assert all(isinstance(why, str) and why for why in fields.values())


@EVERY_BACKEND
def test_500_hides_its_cause_behind_a_request_id(
    bank: Bank, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = bank.apps[service.package]
    route = route_with(bank, service, "GET")
    assert route is not None

    def broken(**_arguments: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setitem(app.view_functions, route.rule.endpoint, broken)
    reply = bank.client(service).get(route.path(), headers={**admin(bank), "X-Request-ID": "look-me-up"})
    body = check_error(reply, 500, "INTERNAL_ERROR")
    assert body["request_id"] == "look-me-up"
    assert SECRET not in reply.text
    assert "Traceback" not in reply.text


@EVERY_BACKEND
def test_503_when_the_storage_is_busy(bank: Bank, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = bank.apps[service.package]
    route = route_with(bank, service, "GET")
    assert route is not None

    def locked(**_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setitem(app.view_functions, route.rule.endpoint, locked)
    reply = bank.client(service).get(route.path(), headers=admin(bank))
    check_error(reply, 503, "SERVICE_UNAVAILABLE")
    assert "locked" not in reply.text


def test_503_at_the_gateway_when_a_service_is_away(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_SERVICE_URL", "http://127.0.0.1:1")
    reply = bank.client(services.GATEWAY).get("/api/accounts/list", headers=admin(bank))
    check_error(reply, 503, "SERVICE_UNAVAILABLE")


@EVERY_SERVICE
def test_a_head_request_has_no_body_and_options_need_no_more_than_the_route(bank: Bank, service: Service) -> None:
    reply = bank.client(service).head("/api/health")
    assert reply.data == b""
    assert reply.status_code in (200, 503)
    assert bank.client(service).options("/api/health").status_code == 200
