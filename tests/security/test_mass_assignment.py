"""Fields that only the bank itself may set are refused in every body, by name (catalogue 36)."""

from typing import Any

import pytest

from shared import services
from shared.services import Service
from tests.apps import Bank
from tests.security.estate import Estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
PRIVILEGES: dict[str, Any] = {
    "id": "01890000-0000-7000-8000-000000000001",
    "role": "admin",
    "is_admin": True,
    "scope": "bank:simulate",
    "status": "active",
    "balance": "1000000.00",
    "balance_minor": 10**8,
    "available_balance": "1000000.00",
    "held": "-100.00",
    "floor_minor": -(10**8),
    "overdraft": "100000.00",
    "owner": "01890000-0000-7000-8000-000000000001",
    "owner_id": "01890000-0000-7000-8000-000000000001",
    "user_id": "01890000-0000-7000-8000-000000000001",
    "account_number": "DE00000000000000000000",
    "interest_rate": "99.00",
    "movement_limit_minor": 10**15,
    "synthetic": True,
    "created_at": "1970-01-01T00:00:00Z",
    "booked_at": "1970-01-01T00:00:00Z",
    "initiator_id": "01890000-0000-7000-8000-000000000001",
    "reverses": "01890000-0000-7000-8000-000000000001",
    "direction": "in",
    "password_hash": "x",
    "email_verified": True,
    "__proto__": {"role": "admin"},
    "constructor": {},
    "__class__": "x",
    "model_config": {"extra": "allow"},
    "_cached_json": {},
}


def operations_with_a_body(bank: Bank, service: Service) -> dict[tuple[str, str], set[str]]:
    """(METHOD, path) of each operation of the document that takes a body, with the fields that it knows."""
    document = bank.client(service).get("/openapi.json").json
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation and path.startswith("/api/"):
                reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                model = document["components"]["schemas"][reference.rpartition("/")[2]]
                assert model["additionalProperties"] is False, (path, method)
                found[method.upper(), path] = set(model.get("properties", ()))
    return found


@EVERY_BACKEND
def test_every_body_refuses_by_name_what_is_not_the_clients_to_say(bank: Bank, service: Service) -> None:
    headers = bank.headers("admin", scope="bank:simulate cards:acquire")
    wrong = []
    for (method, path), known in operations_with_a_body(bank, service).items():
        extra = {name: value for name, value in PRIVILEGES.items() if name not in known}
        filled = path.replace("{", "").replace("}", "")
        reply = bank.client(service).open(filled, method=method, json=extra, headers=headers)
        named = set(reply.json["details"].get("fields", ()))
        if reply.status_code != 422 or not named >= set(extra):
            wrong.append((method, path, reply.status_code, sorted(set(extra) - named)))
    assert wrong == []


@pytest.mark.parametrize("field", ["role", "status", "id", "synthetic", "scope", "created_at"])
def test_nobody_registers_or_renames_themself_into_a_privilege(bank: Bank, bob: Estate, field: str) -> None:
    before = bob.state()
    auth = bank.client(services.AUTH)
    person = {
        "username": f"climber-{field.replace('_', '-')}",
        "email": f"{field}@example.org",
        "password": "a long afternoon",
    }
    for method, path, body, headers in (
        ("POST", "/api/auth/register", person, {}),
        ("PUT", "/api/auth/update_profile", {"full_name": "Bob"}, bob.headers),
    ):
        reply = auth.open(path, method=method, json={**body, field: PRIVILEGES[field]}, headers=headers)
        assert (reply.status_code, set(reply.json["details"]["fields"])) == (422, {field})
    assert bob.state() == before


@pytest.mark.parametrize(
    "field", ["balance", "status", "interest_rate", "account_number", "held", "floor_minor", "synthetic", "created_at"]
)
def test_nobody_opens_or_renames_an_account_into_money(bank: Bank, bob: Estate, field: str) -> None:
    before = bob.state()
    for method, path, body in (
        ("POST", "/api/accounts/create", {"account_type": "checking"}),
        ("PUT", f"/api/accounts/update/{bob.ids['account_id']}", {"nickname": "mine"}),
    ):
        reply = bob.call(services.ACCOUNT, method, path, {**body, field: PRIVILEGES[field]})
        assert (reply.status_code, set(reply.json["details"]["fields"])) == (422, {field})
    assert bob.state() == before


@pytest.mark.parametrize("field", ["status", "booked_at", "initiator_id", "reverses", "direction", "synthetic", "id"])
def test_nobody_moves_money_with_facts_of_their_own(bank: Bank, bob: Estate, field: str) -> None:
    before = bob.state()
    one_sided = {"account_id": bob.ids["account_id"], "amount": "1.00", field: PRIVILEGES[field]}
    reply = bob.call(services.TRANSACTION, "POST", "/api/transactions/deposit", one_sided)
    assert (reply.status_code, set(reply.json["details"]["fields"])) == (422, {field})
    item = {**one_sided, "type": "deposit", "idempotency_key": field}
    (result,) = bob.call(services.TRANSACTION, "POST", "/api/transactions/batch", {"items": [item]}).json["data"]
    assert (result["status"], set(result["error"]["details"]["fields"])) == ("refused", {field})
    assert bob.state() == before


def test_a_customer_cannot_give_a_movement_a_time_or_a_kind_of_the_banks(bank: Bank, bob: Estate) -> None:
    before = bob.state()
    base = {"account_id": bob.ids["account_id"], "amount": "1.00", "type": "deposit"}
    items = [
        {**base, "effective_at": "2020-01-01T00:00:00Z"},
        {**base, "type": "interest"},
        {**base, "type": "fee"},
        {**base, "type": "reversal"},
        {
            **base,
            "type": "payroll",
            "from_account_id": bob.ids["second_account_id"],
            "to_account_id": bob.ids["account_id"],
        },
    ]
    items = [{**item, "idempotency_key": f"kind-{number}"} for number, item in enumerate(items)]
    results = bob.call(services.TRANSACTION, "POST", "/api/transactions/batch", {"items": items}).json["data"]
    assert [result["status"] for result in results] == ["refused"] * len(items)
    assert bob.state() == before
