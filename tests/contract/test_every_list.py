"""Every list of every service: it pages by a cursor of its own and follows an id, oldest first (case 21)."""

import pytest

from shared import services
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank, whole_bank

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory):
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@EVERY_BACKEND
def test_a_list_that_pages_also_follows_and_refuses_an_id_that_it_has_not(bank: Bank, service: Service) -> None:
    paging = []
    for path, operations in bank.client(service).get("/openapi.json").json["paths"].items():
        named = {parameter["name"] for parameter in operations.get("get", {}).get("parameters", ())}
        if "cursor" in named:
            assert "after" in named, path
            paging.append(path)
    headers = bank.headers("admin", scope="bank:simulate")
    for path in paging:
        if "{" in path:
            continue
        reply = bank.client(service).get(f"{path}?after={new_id()}", headers=headers)
        assert (reply.status_code, set(reply.json["details"]["fields"])) == (422, {"after"}), path
