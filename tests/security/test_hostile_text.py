"""Text that nobody can see, in every search of every service: refused, never cut off and never taken as no search."""

import pytest

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank

SEARCHES = [
    (services.TRANSACTION, "/api/transactions/list"),
    (services.TRANSACTION, "/api/transactions/all"),
    (services.TRANSACTION, "/api/transactions/account/{account_id}"),
    (services.AUTH, "/api/auth/users"),
    (services.ACCOUNT, "/api/accounts/all"),
]


def test_every_search_there_is_is_tested(bank: Bank) -> None:
    found = {
        (service.package, path)
        for service in services.BACKENDS
        for path, operations in bank.client(service).get("/openapi.json").json["paths"].items()
        if any(one["name"] == "q" for one in operations.get("get", {}).get("parameters", ()))
    }
    assert {(service.package, path) for service, path in SEARCHES} == found


@pytest.mark.parametrize(("service", "path"), SEARCHES, ids=lambda part: getattr(part, "package", part))
@pytest.mark.parametrize("text", ["%00", "a%00", "%00a", "%E2%80%8B", "%E2%80%AEa", "a%0Ab"])
def test_a_search_for_what_nobody_can_see_is_refused(bank: Bank, service: Service, path: str, text: str) -> None:
    reply = bank.client(service).get(f"{path.format(account_id=new_id())}?q={text}", headers=bank.headers("admin"))
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, ["q"])
