"""Every route against every kind of caller and against somebody else's ids, made from the routes (catalogue 39)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from auth_service.tokens.service_clients import SCOPES
from shared import services
from shared.identifiers import new_id
from shared.identity.access import declared_access
from shared.services import Service
from tests.apps import Bank, Route
from tests.cards import CAFE
from tests.security.declared_access import (
    ALSO_FOR_THE_SIMULATION,
    DECLARED_ACCESS,
    ON_EVERY_SERVICE,
    SERVICE_SCOPES,
)
from tests.security.estate import PASSWORD, Estate
from tests.security.reached_elsewhere import ELSEWHERE

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
_PEOPLE: dict[str, tuple[str, str]] = {
    "customer": ("customer", ""),
    "employee": ("employee", ""),
    "admin": ("admin", "bank:simulate cards:acquire"),
    "admin in production": ("admin", ""),
    "unheard-of role": ("auditor", ""),
}
CALLERS = {**_PEOPLE, **{client: ("service", " ".join(sorted(scopes))) for client, scopes in SERVICE_SCOPES.items()}}
_ROLES = {
    "private": {"customer", "employee", "admin"},
    "employee, admin": {"employee", "admin"},
    "admin": {"admin"},
}


def name_of(route: Route) -> str:
    """As the table of declared access writes it."""
    return f"{route.method} {route.rule.rule}"


def may_call(name: str, access: str, role: str, scopes: set[str]) -> bool:
    """Whether API.md lets this caller in. An oracle of its own: it shares no code with shared.identity.access."""
    if access == "public":
        return True
    if access.startswith("service "):
        return role == "service" and access.removeprefix("service ") in scopes
    simulates = "bank:simulate" in scopes
    if access.startswith("scope "):
        return access.removeprefix("scope ") in scopes
    return role in _ROLES[access] or (simulates and name in ALSO_FOR_THE_SIMULATION)


@EVERY_BACKEND
def test_every_route_stands_in_the_table_with_the_access_it_declares(bank: Bank, service: Service) -> None:
    declared = {name_of(route): route.access.name for route in bank.routes(service)}
    assert declared == {**DECLARED_ACCESS[service.package], **ON_EVERY_SERVICE}


def test_the_gateway_declares_the_access_of_every_page(bank: Bank) -> None:
    assert declared_access(bank.apps["gateway"])


def test_service_clients_may_do_what_was_decided_and_no_more() -> None:
    assert {client: set(scopes) for client, scopes in SCOPES.items()} == SERVICE_SCOPES


@EVERY_BACKEND
@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_gets_through_exactly_where_the_table_says(bank: Bank, service: Service, caller: str) -> None:
    role, scope = CALLERS[caller]
    user_id = caller if role == "service" else new_id()
    headers = bank.headers(role, user_id=user_id, scope=scope)
    wrong = []
    for route in bank.protected_routes(service):
        # A body that is no JSON: who may call hears 400, before anything is done; who may not hears 403 before that.
        body = None if route.method == "GET" else "{"
        reply = bank.client(service).open(
            route.path(),
            method=route.method,
            headers=headers,
            data=body,
            content_type="application/json",
            buffered=True,
        )
        is_in = reply.status_code != 403
        allowed = may_call(name_of(route), route.access.name, role, set(scope.split()))
        if is_in != allowed or reply.status_code in (401, 500) or (is_in and body and reply.status_code != 400):
            wrong.append((str(route), reply.status_code, reply.text[:200]))
    assert wrong == []


@dataclass(frozen=True)
class Reach:
    """A way to name something by id: in the path, in the query or in the body of this route."""

    service: Service
    route: str
    field: str
    ids: tuple[str, ...]
    body: dict[str, Any] = field(default_factory=dict)
    is_filter: bool = False

    def __str__(self) -> str:
        return f"{self.route} {self.field}"

    def send(self, bank: Bank, headers: dict[str, str], value: str) -> TestResponse:
        """The request with this id in its place."""
        method, path = self.route.split()
        placeholder = f"<{self.field}>"
        payload = None if method == "GET" else dict(self.body)
        if placeholder in path:
            path = path.replace(placeholder, value)
        elif method == "GET":
            path = f"{path}?{self.field}={value}"
        elif self.route.endswith("/batch"):
            payload = {"items": [{**self.body, self.field: value, "idempotency_key": new_id()}]}
        elif payload is not None:
            payload[self.field] = value
        return bank.client(self.service).open(path, method=method, json=payload, headers=headers, buffered=True)


_HOOK, _DELIVERIES = "/api/webhooks/<webhook_id>", "/api/webhooks/deliveries"
_CUSTOM, _BUILT = "/api/reports/custom/<custom_report_id>", {"name": "Mine", "measures": ["sum"]}
_READ = "POST /api/notifications/<notification_id>/read"
_ACCOUNT = ("account_id", "second_account_id")
_MOVEMENT = ("transaction_id", "refused_attempt_id")
_HOLD = ("hold_id",)
_NETWORK = "/api/card-network"
_AUTHORIZATION = f"{_NETWORK}/authorizations/<authorization_id>"
_AUTHORIZED, _DISPUTE = ("authorization_id",), ("dispute_id",)
_RESOLVE = f"{_NETWORK}/disputes/<dispute_id>/resolve"
_PAID = {"amount": "1.00", "currency": "EUR", "merchant": CAFE}
_STANDING = {"amount": "1.00", "frequency": "monthly", "first_on": "2190-01-01"}
_SCHEDULED = {"amount": "1.00", "execute_on": "2190-01-01"}
_STANDING_PATH = "/api/standing-orders/<order_id>"
_SCHEDULED_PATH = "/api/scheduled-payments/<order_id>"
_MANDATE_PATH = "/api/direct-debits/mandates/<mandate_id>"
_COLLECTION_PATH = "/api/direct-debits/collections/<collection_id>"
_MANDATE = {"debtor_account_number": "DE89370400440532013000", "reference": "A"}
_COLLECTION = {"amount": "1.00", "due_on": "2190-01-01"}
_REASON = {"reason": "because"}
_CARD, _CREDIT = ("card_id",), ("credit_card_id",)
REACHES = (
    Reach(services.AUTH, "DELETE /api/auth/sessions/<session_id>", "session_id", ("session_id",)),
    Reach(services.AUTH, "GET /api/auth/users/<user_id>", "user_id", ("user_id",)),
    Reach(services.AUTH, "PUT /api/auth/users/<user_id>", "user_id", ("user_id",), {"status": "disabled"}),
    Reach(services.ACCOUNT, "GET /api/accounts/details/<account_id>", "account_id", _ACCOUNT),
    Reach(services.ACCOUNT, "PUT /api/accounts/update/<account_id>", "account_id", _ACCOUNT, {"nickname": "mine"}),
    Reach(services.ACCOUNT, "DELETE /api/accounts/close/<account_id>", "account_id", _ACCOUNT),
    Reach(services.ACCOUNT, "POST /api/accounts/<account_id>/freeze", "account_id", _ACCOUNT, _REASON),
    Reach(services.ACCOUNT, "POST /api/accounts/<account_id>/unfreeze", "account_id", _ACCOUNT, _REASON),
    Reach(services.ACCOUNT, "POST /api/accounts/create", "user_id", ("user_id",), {"account_type": "checking"}),
    Reach(services.ACCOUNT, "POST /api/cards/create", "account_id", _ACCOUNT),
    Reach(services.ACCOUNT, "GET /api/cards/list", "account_id", _ACCOUNT, is_filter=True),
    Reach(services.ACCOUNT, "GET /api/cards/details/<card_id>", "card_id", _CARD),
    Reach(services.ACCOUNT, "PUT /api/cards/update/<card_id>", "card_id", _CARD, {"nickname": "mine"}),
    *(
        Reach(services.ACCOUNT, f"POST /api/cards/<card_id>/{what}", "card_id", (*_CARD, *_CREDIT))
        for what in ("freeze", "unfreeze", "replace", "cancel")
    ),
    Reach(services.ACCOUNT, "POST /api/cards/<card_id>/report", "card_id", _CARD, {"reason": "lost"}),
    Reach(services.ACCOUNT, "POST /api/cards/<card_id>/reveal", "card_id", _CARD, {"password": PASSWORD}),
    Reach(services.ACCOUNT, "POST /api/cards/create", "settlement_account_id", _ACCOUNT, {"kind": "credit"}),
    Reach(services.ACCOUNT, "GET /api/cards/<card_id>/statements", "card_id", _CREDIT),
    Reach(services.ACCOUNT, "GET /api/cards/statements/<statement_id>", "statement_id", ("statement_id",)),
    Reach(services.ACCOUNT, "POST /api/cards/<card_id>/pay", "card_id", _CREDIT, {"amount": "1.00"}),
    Reach(services.TRANSACTION, "POST /api/transactions/deposit", "account_id", _ACCOUNT, {"amount": "1.00"}),
    Reach(services.TRANSACTION, "POST /api/transactions/withdraw", "account_id", _ACCOUNT, {"amount": "1.00"}),
    Reach(services.TRANSACTION, "POST /api/transactions/transfer", "from_account_id", _ACCOUNT, {"amount": "1.00"}),
    *(
        Reach(services.TRANSACTION, "POST /api/transactions/batch", field, _ACCOUNT, {"type": kind, "amount": "1"})
        for field, kind in (("account_id", "withdrawal"), ("from_account_id", "transfer"))
    ),
    Reach(
        services.TRANSACTION, "POST /api/transactions/batch", "authorization_id", _AUTHORIZED, {"type": "card_capture"}
    ),
    Reach(
        services.TRANSACTION, "GET /api/transactions/<transaction_id>/explain", "transaction_id", ("transaction_id",)
    ),
    *(
        Reach(services.REPORTING, f"GET /api/reports/{what}/<account_id>", "account_id", _ACCOUNT)
        for what in ("account", "statement", "statements")
    ),
    Reach(services.REPORTING, "GET /api/reports/details/<report_id>", "report_id", ("report_id",)),
    *(
        Reach(services.REPORTING, f"{route} {_CUSTOM}{what}", "custom_report_id", ("custom_report_id",), _BUILT)
        for route, what in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/run"), ("GET", "/runs"))
    ),
    Reach(services.REPORTING, "GET /api/reports/custom/runs/<run_id>", "run_id", ("run_id",)),
    Reach(services.REPORTING, "GET /api/reports/custom/runs/<run_id>/download", "run_id", ("run_id",)),
    Reach(services.NOTIFICATION, _READ, "notification_id", ("notification_id",)),
    *(
        Reach(services.NOTIFICATION, f"{method} {_HOOK}{what}", "webhook_id", ("webhook_id",), body)
        for method, what, body in (
            *(("GET", "", {}), ("PUT", "", {"enabled": False}), ("DELETE", "", {}), ("GET", "/deliveries", {})),
            *(("POST", "/rotate-secret", {}), ("POST", "/ping", {}), ("POST", "/chaos", {"duplicate": True})),
        )
    ),
    Reach(services.NOTIFICATION, f"POST {_DELIVERIES}/<delivery_id>/redeliver", "delivery_id", ("delivery_id",)),
    Reach(services.TRANSACTION, "GET /api/transactions/account/<account_id>", "account_id", _ACCOUNT),
    Reach(services.TRANSACTION, "GET /api/transactions/limits/<account_id>", "account_id", _ACCOUNT),
    Reach(services.TRANSACTION, "GET /api/transactions/list", "account_id", _ACCOUNT, is_filter=True),
    Reach(services.TRANSACTION, "GET /api/transactions/details/<transaction_id>", "transaction_id", _MOVEMENT),
    Reach(
        services.TRANSACTION, "POST /api/transactions/<transaction_id>/reverse", "transaction_id", _MOVEMENT, _REASON
    ),
    Reach(services.TRANSACTION, "POST /api/transactions/holds", "account_id", _ACCOUNT, {"amount": "1.00"}),
    Reach(services.TRANSACTION, "POST /api/transactions/holds/<hold_id>/capture", "hold_id", _HOLD),
    Reach(services.TRANSACTION, "POST /api/transactions/holds/<hold_id>/void", "hold_id", _HOLD),
    Reach(services.TRANSACTION, "GET /api/transactions/holds/<hold_id>", "hold_id", _HOLD),
    Reach(services.TRANSACTION, "GET /api/transactions/holds", "account_id", _ACCOUNT, is_filter=True),
    Reach(services.TRANSACTION, f"POST {_NETWORK}/clearings", "card_id", ("card_id",), _PAID),
    Reach(services.TRANSACTION, f"POST {_NETWORK}/refunds", "card_id", ("card_id",), _PAID),
    Reach(services.TRANSACTION, f"POST {_NETWORK}/refunds", "original_id", ("card_transaction_id",)),
    Reach(services.TRANSACTION, f"POST {_NETWORK}/disputes", "transaction_id", ("card_transaction_id",), _REASON),
    Reach(services.TRANSACTION, f"POST {_RESOLVE}", "dispute_id", _DISPUTE, {"won": True}),
    Reach(services.TRANSACTION, f"GET {_NETWORK}/disputes/<dispute_id>", "dispute_id", _DISPUTE),
    Reach(services.TRANSACTION, f"GET {_NETWORK}/disputes", "account_id", _ACCOUNT, is_filter=True),
    Reach(services.TRANSACTION, f"GET {_NETWORK}/disputes", "transaction_id", ("card_transaction_id",), is_filter=True),
    Reach(services.TRANSACTION, "GET /api/transactions/list", "authorization_id", _AUTHORIZED, is_filter=True),
    Reach(services.TRANSACTION, f"POST {_AUTHORIZATION}/capture", "authorization_id", _AUTHORIZED),
    Reach(
        services.TRANSACTION, f"POST {_AUTHORIZATION}/increment", "authorization_id", _AUTHORIZED, {"amount": "1.00"}
    ),
    Reach(services.TRANSACTION, f"POST {_AUTHORIZATION}/reverse", "authorization_id", _AUTHORIZED),
    Reach(services.TRANSACTION, f"GET {_AUTHORIZATION}", "authorization_id", _AUTHORIZED),
    Reach(services.TRANSACTION, f"GET {_NETWORK}/authorizations", "card_id", ("card_id",), is_filter=True),
    Reach(services.TRANSACTION, f"GET {_NETWORK}/authorizations", "account_id", _ACCOUNT, is_filter=True),
    *(
        Reach(services.TRANSACTION, f"{method} /api/payees/<payee_id>", "payee_id", ("payee_id",), body)
        for method, body in (("GET", {}), ("PUT", {"name": "Mine"}), ("DELETE", {}))
    ),
    *(
        Reach(services.TRANSACTION, f"{method} {path}", "order_id", (name,), body)
        for path, name in ((_STANDING_PATH, "standing_order_id"), (_SCHEDULED_PATH, "scheduled_payment_id"))
        for method, body in (("GET", {}), ("PUT", {"amount": "2.00"}), ("DELETE", {}))
    ),
    *(
        Reach(services.TRANSACTION, f"{method} {_STANDING_PATH}/{what}", "order_id", ("standing_order_id",))
        for method, what in (("POST", "pause"), ("POST", "resume"), ("GET", "executions"))
    ),
    Reach(services.TRANSACTION, f"GET {_SCHEDULED_PATH}/executions", "order_id", ("scheduled_payment_id",)),
    Reach(services.TRANSACTION, "POST /api/standing-orders", "from_account_id", _ACCOUNT, _STANDING),
    Reach(services.TRANSACTION, "POST /api/scheduled-payments", "from_account_id", _ACCOUNT, _SCHEDULED),
    *(
        Reach(services.TRANSACTION, f"GET {path}", "account_id", _ACCOUNT, is_filter=True)
        for path in (
            *("/api/standing-orders", "/api/scheduled-payments"),
            *("/api/direct-debits/mandates", "/api/direct-debits/collections"),
        )
    ),
    Reach(services.TRANSACTION, "POST /api/direct-debits/mandates", "creditor_account_id", _ACCOUNT, _MANDATE),
    *(
        Reach(services.TRANSACTION, f"{method} {_MANDATE_PATH}{what}", "mandate_id", ("mandate_id",))
        for method, what in (("GET", ""), ("POST", "/confirm"), ("POST", "/cancel"))
    ),
    Reach(services.TRANSACTION, "POST /api/direct-debits/collections", "mandate_id", ("mandate_id",), _COLLECTION),
    Reach(services.TRANSACTION, "GET /api/direct-debits/collections", "mandate_id", ("mandate_id",), is_filter=True),
    *(
        Reach(services.TRANSACTION, f"{method} {_COLLECTION_PATH}{what}", "collection_id", ("collection_id",))
        for method, what in (("GET", ""), ("POST", "/cancel"), ("POST", "/refund"))
    ),
    Reach(services.TRANSACTION, "GET /api/transactions/upcoming", "account_id", _ACCOUNT, is_filter=True),
)


def reachable_ids(bank: Bank, service: Service) -> set[str]:
    """Each parameter or field of the public API that takes an id, as `METHOD path field`."""
    document = bank.client(service).get("/openapi.json").json
    found = set()
    for route in bank.routes(service):
        if not route.rule.rule.startswith("/api/") or route.access.is_public:
            continue
        path = route.rule.rule.replace("<", "{").replace(">", "}").replace("string:", "")
        operation = document["paths"][path][route.method.lower()]
        named = {parameter["name"] for parameter in operation.get("parameters", ())}
        content = operation.get("requestBody", {}).get("content", {})
        for body in content.values():
            named |= _fields(document, body["schema"])
        found |= {f"{name_of(route)} {name}" for name in named if name.endswith("_id")}
    if service is services.TRANSACTION:  # items are checked one by one, so the document knows them as plain objects
        names = ("account_id", "from_account_id", "to_account_id", "card_id", "authorization_id")
        found |= {f"POST /api/transactions/batch {name}" for name in names}
    return found


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return _fields(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    named = set(schema.get("properties", ()))
    inner = [*schema.get("properties", {}).values(), schema.get("items", {}), *schema.get("anyOf", ())]
    return named.union(*(_fields(document, one) for one in inner if one))


def test_every_id_that_the_api_takes_is_reached_for(bank: Bank) -> None:
    taken = set[str]().union(*(reachable_ids(bank, service) for service in services.BACKENDS))
    known = {str(reach) for reach in REACHES} | set(ELSEWHERE)
    assert taken - known == set(), "add a Reach for each of them"
    assert known - taken == set(), "no longer in the API"


def outcome(reach: Reach, reply: TestResponse) -> tuple[int, Any]:
    """What the caller learned, without the request's own id; of a batch, what became of its only item."""
    body = reply.json
    if reach.route == "POST /api/transactions/batch" and reply.status_code == 200:
        (item,) = body["data"]
        error = item.get("error") or {}
        return {"NOT_FOUND": 404, "FORBIDDEN": 403}.get(error.get("error_code", ""), 200), {**error, "request_id": ""}
    return reply.status_code, {**body, "request_id": ""}


@pytest.fixture
def untouched(bob: Estate) -> Callable[[], bool]:
    before = bob.state()
    return lambda: bob.state() == before


def _strangers(bank: Bank, mallory: Estate) -> dict[str, dict[str, str]]:
    callers = {"another customer": mallory.headers}
    for client, scopes in SERVICE_SCOPES.items():
        callers[client] = bank.headers("service", user_id=client, scope=" ".join(scopes))
    return callers


@pytest.mark.parametrize("reach", REACHES, ids=str)
def test_a_strangers_id_is_as_good_as_no_id_at_all(
    bank: Bank, bob: Estate, mallory: Estate, untouched: Callable[[], bool], reach: Reach
) -> None:
    body = dict(reach.body)
    if reach.field == "from_account_id":
        body["to_account_id"] = mallory.ids["account_id"]
    aimed = Reach(reach.service, reach.route, reach.field, reach.ids, body, reach.is_filter)
    for caller, headers in _strangers(bank, mallory).items():
        nothing = outcome(aimed, aimed.send(bank, headers, new_id()))
        for name in aimed.ids:
            found = outcome(aimed, aimed.send(bank, headers, bob.ids[name]))
            is_blind = caller == "another customer"  # a service that may read users knows anyway who there is
            assert found == nothing if is_blind else found[0] in (403, 404), (caller, name)
        if aimed.is_filter and caller == "another customer":
            assert nothing[0] == 200
            assert nothing[1]["data"] == []
        else:
            assert nothing[0] in (403, 404), (caller, nothing)
    assert untouched()


def test_the_simulation_reaches_nobody_real(bank: Bank, bob: Estate, untouched: Callable[[], bool]) -> None:
    simulation = bank.headers("service", user_id="simulator-service", scope="bank:simulate")
    item = {"user_id": bob.user_id, "account_type": "checking", "idempotency_key": new_id()}
    reply = bank.client(services.ACCOUNT).post("/api/accounts/batch", json={"accounts": [item]}, headers=simulation)
    assert [row["status"] for row in reply.json["data"]] == ["refused"]
    listed = bank.client(services.ACCOUNT).get(f"/api/accounts/all?user_id={bob.user_id}", headers=simulation)
    assert listed.json["data"] == []
    move = {"amount": "1.00", "effective_at": "2020-01-01T00:00:00Z"}
    for action in ("deposit", "withdraw"):
        payload = {**move, "account_id": bob.ids["account_id"]}
        reply = bank.client(services.TRANSACTION).post(f"/api/transactions/{action}", json=payload, headers=simulation)
        assert reply.status_code == 404
    assert untouched()


def test_a_stranger_cannot_end_a_session_with_its_refresh_token(
    bank: Bank, bob: Estate, mallory: Estate, untouched: Callable[[], bool]
) -> None:
    another = bank.client(services.AUTH).post(
        "/api/auth/login", json={"username": "mallory", "password": "a long and quiet afternoon"}
    )
    headers = {"Authorization": f"Bearer {another.json['data']['access_token']}"}
    payload = {"refresh_token": bob.ids["refresh_token"]}
    reply = bank.client(services.AUTH).post("/api/auth/logout", json=payload, headers=headers)
    assert reply.status_code in (200, 401, 404)
    assert untouched()


@pytest.mark.parametrize("role", ["employee", "admin"])
def test_staff_see_what_a_stranger_does_not(bank: Bank, bob: Estate, role: str) -> None:
    staff = bank.headers(role)
    for service, path in (
        (services.AUTH, f"/api/auth/users/{bob.user_id}"),
        (services.ACCOUNT, f"/api/accounts/details/{bob.ids['account_id']}"),
        (services.ACCOUNT, f"/api/cards/details/{bob.ids['card_id']}"),
        (services.TRANSACTION, f"/api/transactions/account/{bob.ids['account_id']}"),
        (services.TRANSACTION, f"/api/transactions/details/{bob.ids['transaction_id']}"),
        (services.TRANSACTION, f"/api/transactions/holds/{bob.ids['hold_id']}"),
        (services.TRANSACTION, f"/api/standing-orders/{bob.ids['standing_order_id']}"),
        (services.TRANSACTION, f"/api/scheduled-payments/{bob.ids['scheduled_payment_id']}"),
        (services.TRANSACTION, f"/api/direct-debits/mandates/{bob.ids['mandate_id']}"),
        (services.TRANSACTION, f"/api/direct-debits/collections/{bob.ids['collection_id']}"),
        (services.TRANSACTION, f"/api/transactions/details/{bob.ids['refused_attempt_id']}"),
        (services.REPORTING, f"/api/reports/account/{bob.ids['account_id']}"),
    ):
        assert bank.client(service).get(path, headers=staff).status_code == 200, path
