"""Each route by which staff change something declares the acts that it writes down; the few that do not say why.

That what is declared is written, once and in the commit, every test of the suite holds its services to
(tests/audited.py). So a new route without a record turns this red, and one that only declares it turns red itself.
"""

from typing import Any

import pytest

from reporting_service.custom.words import ReportScope
from shared import services
from shared.audit_enums import AuditAction
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
STAFF = frozenset({"employee", "admin"})
_OWN_THINGS = "a person's own list, which nobody else sees and nothing is done by"
_IN_THE_TRAIL = "of the whole bank written into the trail itself; see integration/test_custom_reports.py"
UNAUDITED = {
    "POST /api/cards/<card_id>/pay": "only its holder may; the ledger's entry names who did it",
    "POST /api/payees": _OWN_THINGS,
    "PUT /api/payees/<payee_id>": _OWN_THINGS,
    "DELETE /api/payees/<payee_id>": _OWN_THINGS,
    "POST /api/payees/check": "changes nothing",
    "POST /api/transactions/quotes": "promises a rate; what is exchanged by it is written down",
    "POST /api/notifications/<notification_id>/read": _OWN_THINGS,
    "POST /api/notifications/read_all": _OWN_THINGS,
    "PUT /api/notifications/preferences": _OWN_THINGS,
    "POST /api/webhooks/<webhook_id>/ping": "sends a message that says nothing",
    "POST /api/reports/own-data": "written into the trail itself; see test_taking_the_data_of_somebody_is_an_act",
    "POST /api/reports/custom": _IN_THE_TRAIL,
    "PUT /api/reports/custom/<custom_report_id>": _OWN_THINGS,
    "DELETE /api/reports/custom/<custom_report_id>": _OWN_THINGS,
    "POST /api/reports/custom/<custom_report_id>/run": _IN_THE_TRAIL,
    "POST /api/reports/proof": "written into the trail itself; see test_asking_for_a_proof_is_an_act",
}
"""Of the routes that staff may call and that change something, those without a record, each with its reason."""
WRITTEN_BY_NO_ROUTE = {
    AuditAction.LOGIN_LOCKED,
    AuditAction.FEED_BEGAN_ANEW,
    AuditAction.TRAIL_ACCEPTED,
    AuditAction.TRAIL_SHORTENED,
    AuditAction.BANK_RESTORED,
    AuditAction.PROOF_STARTED,
    AuditAction.DATA_EXPORTED,
    AuditAction.BANK_REPORTED,
    AuditAction.BANK_REPORT_READ,
}


def test_each_route_by_which_staff_change_something_declares_its_acts(bank: Bank) -> None:
    undeclared = set()
    for service in services.BACKENDS:
        for route in bank.routes(service):
            view = bank.apps[service.package].view_functions[route.rule.endpoint]
            if route.method in CHANGING and may_be_called(route.access.roles) and not hasattr(view, "audits"):
                undeclared.add(f"{route.method} {route.rule.rule}")
    assert undeclared == set(UNAUDITED)


def test_each_act_that_there_is_a_word_for_is_declared_by_a_route(bank: Bank) -> None:
    declared = {
        action
        for service in services.BACKENDS
        for view in bank.apps[service.package].view_functions.values()
        for action in getattr(view, "audits", ())
    }
    assert declared == set(AuditAction) - WRITTEN_BY_NO_ROUTE


def test_each_route_that_gives_out_what_was_said_of_the_whole_bank_writes_that_down(bank: Bank) -> None:
    admin = bank.headers("admin", user_id=new_id())
    client = bank.client(services.REPORTING)
    asked = {"name": "All", "measures": ["count"]}
    runs = {}
    for scope in ReportScope:
        reply = client.post("/api/reports/custom", json={**asked, "scope": scope}, headers=admin)
        assert reply.status_code == 201, reply.text
        runs[scope] = reply.json["data"]["latest_run"]["id"]
    giving_out = [route.rule.rule for route in bank.routes(services.REPORTING) if "<run_id>" in route.rule.rule]
    assert len(giving_out) == 2
    for rule in giving_out:
        before = read_of(bank, runs[ReportScope.BANK])
        assert client.get(rule.replace("<run_id>", runs[ReportScope.BANK]), headers=admin).status_code == 200
        assert client.head(rule.replace("<run_id>", runs[ReportScope.BANK]), headers=admin).status_code == 200
        assert len(read_of(bank, runs[ReportScope.BANK])) == len(before) + 1, rule
        assert client.get(rule.replace("<run_id>", runs[ReportScope.OWN]), headers=admin).status_code == 200
    assert {one["after"]["format"] for one in read_of(bank, runs[ReportScope.BANK])} == {"pdf", None}
    assert read_of(bank, runs[ReportScope.OWN]) == []


def read_of(bank: Bank, run_id: str) -> list[dict[str, Any]]:
    """The records of who read this, newest first."""
    path = f"/api/audit?action={AuditAction.BANK_REPORT_READ}"
    reply = bank.client(services.REPORTING).get(path, headers=bank.headers("admin"))
    return [one for one in reply.json["data"] if one["after"]["run_id"] == run_id]


@pytest.mark.parametrize("service", services.BACKENDS)
def test_no_service_declares_what_it_has_nothing_to_write_with(bank: Bank, service: Service) -> None:
    app = bank.apps[service.package]
    declares = any(hasattr(view, "audits") for view in app.view_functions.values())
    assert ("audit" in app.extensions) is declares


def may_be_called(roles: frozenset[str]) -> bool:
    return bool(roles & STAFF)
