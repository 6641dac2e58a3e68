"""HEAD is GET without its body and changes nothing, on every route of every service that answers GET."""

from typing import Any

import pytest

from shared import services
from shared.services import Service
from tests.apps import Bank
from tests.security.estate import Estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
OWN_TO_A_REQUEST = {"X-Request-ID", "Date"}
ANOTHER_LENGTH = {"/metrics", "/api/reports/account/<account_id>", "/api/reports/proof"}
"""Requests are counted; and GET stores the report or computes the proof, which HEAD does not."""


def head_of(reply: Any) -> tuple[int, dict[str, str]]:
    """The status and the headers, but for those that no two replies share."""
    return reply.status_code, {name: value for name, value in reply.headers.items() if name not in OWN_TO_A_REQUEST}


@pytest.mark.thorough
@EVERY_BACKEND
def test_head_has_the_status_and_headers_of_get_and_no_body(bank: Bank, bob: Estate, service: Service) -> None:
    client, compared = bank.client(service), set()
    staff = bank.headers("admin", scope="bank:simulate")
    for route in bank.routes(service):
        if route.method != "GET":
            continue
        for headers in (bob.headers, staff):
            path = route.path(**bob.ids)
            may_store = route.rule.rule.startswith("/api/reports")
            before = bob.state() if may_store else None
            head = client.head(path, headers=headers, buffered=True)
            assert (bob.state() if may_store else None) == before, path
            get = client.get(path, headers=headers, buffered=True)
            if route.rule.rule in ANOTHER_LENGTH:
                del head.headers["Content-Length"], get.headers["Content-Length"]
            assert (head_of(head), head.data) == (head_of(get), b""), path
            compared.add(get.status_code)
    assert 200 in compared
