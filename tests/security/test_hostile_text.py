"""Text that nobody can see, in every search of every service: refused, never cut off and never taken as no search."""

import pytest

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank

SEARCHES = [
    (services.TRANSACTION, "/api/transactions/list", "q"),
    (services.TRANSACTION, "/api/transactions/list", "category"),
    (services.TRANSACTION, "/api/transactions/all", "q"),
    (services.TRANSACTION, "/api/transactions/all", "category"),
    (services.TRANSACTION, "/api/transactions/account/{account_id}", "q"),
    (services.TRANSACTION, "/api/transactions/account/{account_id}", "category"),
    (services.REPORTING, "/api/reports/transactions", "category"),
    (services.AUTH, "/api/auth/users", "q"),
    (services.ACCOUNT, "/api/accounts/all", "q"),
]


def test_every_search_there_is_is_tested(bank: Bank) -> None:
    found = {
        (service.package, path, one["name"])
        for service in services.BACKENDS
        for path, operations in bank.client(service).get("/openapi.json").json["paths"].items()
        for one in operations.get("get", {}).get("parameters", ())
        if one["name"] in ("q", "category")
    }
    assert {(service.package, path, name) for service, path, name in SEARCHES} == found


@pytest.mark.parametrize(("service", "path", "name"), SEARCHES, ids=lambda part: getattr(part, "package", part))
@pytest.mark.parametrize("text", ["%00", "a%00", "%00a", "%E2%80%8B", "%E2%80%AEa", "a%0Ab"])
def test_a_search_for_what_nobody_can_see_is_refused(
    bank: Bank, service: Service, path: str, name: str, text: str
) -> None:
    asked = f"{path.format(account_id=new_id())}?{name}={text}"
    reply = bank.client(service).get(asked, headers=bank.headers("admin"))
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, [name])
