"""Headers in which a client says who it is, or where a request came from, change nothing (catalogue 40)."""

from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank, Route
from tests.security.estate import PASSWORD, Estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
BOTH_WAYS = pytest.mark.parametrize("through_gateway", [False, True], ids=["directly", "through the gateway"])


def spoofed(bob: Estate) -> dict[str, str]:
    """Everything that some proxy somewhere is believed for."""
    return {
        "X-User-Id": bob.user_id,
        "X-User": bob.user_id,
        "X-Username": "admin",
        "X-Role": "admin",
        "X-Roles": "admin,service",
        "X-Scope": "bank:simulate feed:read users:read ledger:accounts bank:reset",
        "X-Forwarded-User": "admin",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/internal",
        "X-Real-IP": "127.0.0.1",
        "X-Client-Address": "127.0.0.1",
        "X-Original-URL": "/internal/journal",
        "X-Rewrite-URL": "/internal/journal",
        "X-HTTP-Method-Override": "GET",
        "X-Method-Override": "GET",
        "X-Internal": "1",
        "X-Service": "account-service",
        "X-Authenticated-User": "admin",
        "Remote-User": "admin",
        "Remote-Addr": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;host=evil.example;proto=https",
        "Via": "1.1 api-gateway",
        "Client-Ip": "127.0.0.1",
        "True-Client-Ip": "127.0.0.1",
        "X-Consumer-Id": "admin",
        "X-Admin": "true",
        "Cookie": f"session={new_id()}; role=admin; user_id={bob.user_id}",
    }


def send(bank: Bank, route: Route, headers: dict[str, str], *, through_gateway: bool) -> TestResponse:
    body = None if route.method == "GET" else "{"
    service = services.GATEWAY if through_gateway else route.service
    return bank.client(service).open(
        route.path(), method=route.method, headers=headers, data=body, content_type="application/json", buffered=True
    )


def said(reply: TestResponse) -> tuple[int, str | None, str | None]:
    """What a reply comes to; ids in paths are fresh each time, so its words are compared and not its rows."""
    body = reply.json or {}
    return reply.status_code, body.get("error_code"), body.get("message")


@BOTH_WAYS
@EVERY_BACKEND
def test_spoofed_headers_let_nobody_in_and_lift_nobody_up(
    bank: Bank, bob: Estate, service: Service, through_gateway: bool
) -> None:
    lies = spoofed(bob)
    different = []
    for route in bank.protected_routes(service):
        if through_gateway and route.rule.rule.startswith("/internal"):
            continue
        for own in ({}, bank.headers()):
            plain = send(bank, route, own, through_gateway=through_gateway)
            lied = send(bank, route, {**lies, **own}, through_gateway=through_gateway)
            if said(plain) != said(lied) or (not own and plain.status_code != 401):
                different.append((str(route), bool(own), said(plain), said(lied)))
    assert different == []


def as_received(target: str) -> dict[str, str]:
    """What a server hands on of a request line's target. The test client would take `//name` for a host."""
    path, _, query = target.partition("?")
    return {"PATH_INFO": unquote(path, "latin-1"), "QUERY_STRING": query, "RAW_URI": target, "REQUEST_URI": target}


@EVERY_BACKEND
def test_the_gateway_leads_nobody_to_internal_routes(bank: Bank, service: Service) -> None:
    headers = bank.headers(
        "service", user_id="account-service", scope="feed:read users:read ledger:accounts bank:reset"
    )
    found = []
    for route in bank.routes(service):
        path = route.path()
        if not path.startswith("/internal"):
            continue
        own = service.path_prefixes[0]
        for disguise in (
            path,
            f"/api{path}",
            f"{own}{path}",
            f"{own}/..{path}",
            f"{own}/../..{path}",
            f"{own}/%2e%2e/%2e%2e{path}",
            f"{own}/..%2f..{path}",
            f"{own}/..%252f..{path}",
            f"{own}/..;{path}",
            f"{own}/./.././..{path}",
            f"{own}\\..\\..{path}",
            f"/{path}",
            f"//api/..{path}",
            path.replace("/internal", "/INTERNAL"),
            path.replace("/internal", "/%69nternal"),
            f"{own}/..%00{path}",
            f"{own}?/../..{path}",
            f"{own}#{path}",
        ):
            reply = bank.client(services.GATEWAY).open(
                method=route.method, headers=headers, json={}, environ_overrides=as_received(disguise)
            )
            if reply.status_code not in (301, 308, 400, 404, 405):
                found.append((disguise, reply.status_code, reply.text[:80]))
    assert found == []


def test_somebody_elses_id_in_a_header_shows_ones_own_data(bank: Bank, bob: Estate, mallory: Estate) -> None:
    for service in (services.AUTH, services.GATEWAY):
        reply = bank.client(service).get("/api/auth/profile", headers={**spoofed(bob), **mallory.headers})
        assert reply.json["data"]["id"] == mallory.user_id
    for path in ("/api/accounts/list", "/api/transactions/list"):
        service = services.ACCOUNT if "accounts" in path else services.TRANSACTION
        for asked in (service, services.GATEWAY):
            lied = bank.client(asked).get(path, headers={**spoofed(bob), **mallory.headers})
            assert lied.json["data"] == mallory.call(service, "GET", path).json["data"]


def test_an_address_in_a_header_is_not_believed_without_the_gateways_own_token(bank: Bank, bob: Estate) -> None:
    auth = bank.client(services.AUTH)
    person = {"username": "traveller", "email": "traveller@example.org", "password": PASSWORD}
    assert auth.post("/api/auth/register", json=person).status_code == 201
    customer = bob.headers["Authorization"]
    other_service = bank.headers("service", user_id="account-service", scope="users:read")["Authorization"]
    for proof in (None, customer, other_service):
        lies = {"X-Client-Address": "203.0.113.9", "X-Forwarded-For": "203.0.113.9"}
        if proof is not None:
            lies["X-Service-Authorization"] = proof
        signed_in = auth.post(
            "/api/auth/login", json={"username": "traveller", "password": PASSWORD}, headers={**spoofed(bob), **lies}
        )
        assert signed_in.status_code == 200
        headers = {"Authorization": f"Bearer {signed_in.json['data']['access_token']}"}
        sessions = auth.get("/api/auth/sessions", headers=headers).json["data"]
        assert {session["address"] for session in sessions} == {"127.0.0.1"}


@BOTH_WAYS
@pytest.mark.parametrize("request_id", ["a\tb", "x" * 101, "<script>", "a b", "é", "{}", ""])
def test_a_request_id_that_is_none_is_replaced(bank: Bank, request_id: str, through_gateway: bool) -> None:
    service = services.GATEWAY if through_gateway else services.TRANSACTION
    reply = bank.client(service).get("/api/transactions/list", headers={"X-Request-ID": request_id})
    assert reply.headers["X-Request-ID"] == reply.json["request_id"] != request_id
    assert len(reply.headers.getlist("X-Request-ID")) == 1


@BOTH_WAYS
def test_a_method_in_a_header_is_not_the_method(bank: Bank, bob: Estate, through_gateway: bool) -> None:
    service = services.GATEWAY if through_gateway else services.ACCOUNT
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        path = f"/api/accounts/details/{bob.ids['account_id']}"
        reply = bank.client(service).get(path, headers={**bob.headers, name: "DELETE"})
        assert reply.json["data"]["status"] == "open"
