"""Every service refuses, by itself, every token that auth did not sign for here and now (catalogue 38)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank, Route
from tests.keys import SigningKeys
from tests.live_services import serving
from tests.security.forgeries import expired_token, forged_tokens

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
PASSWORD = "a long and quiet afternoon"
LONGEST_HEADER = 8_000  # a longer one never gets past a server


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """An attacker's server with a key set; the paths that somebody asked it for."""
    asked: list[str] = []
    (key,) = SigningKeys().key_set()
    body = f'{{"keys":[{key!r}]}}'.replace("'", '"').encode()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    with serving(app) as address:
        yield f"{address}/keys.json", asked


def ask(bank: Bank, route: Route, headers: dict[str, str], *, through: Service | None = None) -> TestResponse:
    """The request, with a body that nobody accepts: whoever looks at it before the token gives itself away."""
    body = None if route.method == "GET" else "{"
    return bank.client(through or route.service).open(
        route.path(),
        method=route.method,
        headers=headers,
        data=body,
        content_type="application/json" if body else None,
        buffered=True,
    )


def one_route_of_each_kind(bank: Bank, service: Service) -> list[Route]:
    """A route of each access rule, reading and writing; that every route asks for a token is another test's claim."""
    kinds = {(route.access, route.method): route for route in bank.protected_routes(service)}
    return list(kinds.values())


def refused(reply: TestResponse, code: str = "UNAUTHENTICATED") -> bool:
    """Whether it is the 401 of the API, which says how to sign in."""
    body = reply.json or {}
    return (reply.status_code, body.get("error_code")) == (401, code) and reply.headers["WWW-Authenticate"] == "Bearer"


@EVERY_BACKEND
def test_a_token_that_auth_signed_opens_every_door_that_a_forged_one_is_tried_at(bank: Bank, service: Service) -> None:
    scope = "bank:simulate bank:reset feed:read users:read ledger:accounts ledger:read revocations:read"
    routes = bank.protected_routes(service)
    assert routes
    for route in routes:
        role = "service" if route.access.service_scope else "admin"
        assert ask(bank, route, bank.headers(role, scope=scope)).status_code != 401, str(route)


@EVERY_BACKEND
def test_forged_tokens_are_refused_and_no_address_in_them_is_asked(bank: Bank, service: Service) -> None:
    let_in = []
    with trap() as (address, asked):
        for name, token in forged_tokens(bank.keys, address):
            for route in one_route_of_each_kind(bank, service):
                reply = ask(bank, route, {"Authorization": f"Bearer {token}"})
                if not refused(reply):
                    let_in.append((name, str(route), reply.status_code))
    assert let_in == []
    assert asked == []


@EVERY_BACKEND
def test_forged_tokens_are_refused_through_the_gateway_too(bank: Bank, service: Service) -> None:
    route = next(one for one in bank.protected_routes(service) if one.rule.rule.startswith("/api/"))
    let_in = []
    with trap() as (address, asked):
        for name, token in forged_tokens(bank.keys, address):
            if len(token) > LONGEST_HEADER:
                continue
            reply = ask(bank, route, {"Authorization": f"Bearer {token}"}, through=services.GATEWAY)
            if not refused(reply):
                let_in.append((name, reply.status_code))
    assert let_in == []
    assert asked == []


@EVERY_BACKEND
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Token {token}", "{token}", "Bearer\u00a0{token}", "Digest"],
)
def test_what_is_no_bearer_token_is_no_way_in(bank: Bank, service: Service, header: str) -> None:
    value = header.format(token=bank.keys.token(new_id(), role="admin"))
    for route in bank.protected_routes(service):
        assert refused(ask(bank, route, {"Authorization": value})), str(route)


@EVERY_BACKEND
def test_no_header_at_all_is_no_way_in(bank: Bank, service: Service) -> None:
    for route in bank.protected_routes(service):
        assert refused(ask(bank, route, {})), str(route)


@EVERY_BACKEND
def test_a_token_in_a_query_a_cookie_or_another_header_is_no_way_in(bank: Bank, service: Service) -> None:
    token = bank.keys.token(new_id(), role="admin")
    for route in bank.protected_routes(service):
        client = bank.client(service)
        client.set_cookie("access_token", token)
        reply = client.open(
            f"{route.path()}?access_token={token}",
            method=route.method,
            headers={
                "X-Access-Token": token,
                "X-Authorization": f"Bearer {token}",
                "X-Service-Authorization": f"Bearer {token}",
            },
        )
        assert refused(reply), str(route)


@EVERY_BACKEND
def test_an_expired_token_is_refused_and_says_so(bank: Bank, service: Service) -> None:
    token = expired_token(bank.keys)
    for route in bank.protected_routes(service):
        assert refused(ask(bank, route, {"Authorization": f"Bearer {token}"}), "TOKEN_EXPIRED"), str(route)


@EVERY_BACKEND
def test_a_refresh_token_opens_nothing(bank: Bank, service: Service) -> None:
    name = f"refresh-{service.flag}"
    person = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    auth = bank.client(services.AUTH)
    assert auth.post("/api/auth/register", json=person).status_code == 201
    pair = auth.post("/api/auth/login", json={"username": name, "password": PASSWORD}).json["data"]
    for route in bank.protected_routes(service):
        headers = {"Authorization": f"Bearer {pair['refresh_token']}"}
        assert refused(ask(bank, route, headers)), str(route)


@EVERY_BACKEND
def test_a_session_that_was_revoked_is_refused_everywhere_once_the_service_has_heard(
    bank: Bank, service: Service
) -> None:
    session_id, user_id = new_id(), new_id()
    token = {"Authorization": f"Bearer {bank.keys.token(user_id, role='admin', session_id=session_id)}"}
    verifier = bank.apps[service.package].extensions["token_verifier"]
    routes = [route for route in bank.protected_routes(service) if "admin" in route.access.roles]
    for route in routes:
        assert ask(bank, route, token).status_code != 401, str(route)
    verifier._revocations.apply([{"position": verifier._revocations.position + 1, "session_id": session_id}])
    for route in routes:
        assert refused(ask(bank, route, token)), str(route)
