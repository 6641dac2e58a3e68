"""The page of the audit trail: acts found, one looked at with what it changed, and the whole of it verified."""

import pytest
from sqlalchemy import text

from reporting_service.audit.trail import AuditTrail
from shared import services
from shared.identifiers import new_id
from shared.storage.append_only import guard, unguard
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, catch_up, employee


@pytest.fixture(scope="module")
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def trail_of(web: WebBank) -> AuditTrail:
    found: AuditTrail = web.bank.apps[services.REPORTING.package].extensions["context"].trail
    return found


def test_an_act_is_found_and_shown_with_what_it_changed(web: WebBank, max_: Customer) -> None:
    person = web.customer("Grace Hopper")
    max_.open(f"/admin/users/{person.user_id}")
    max_.send(f"/admin/users/{person.user_id}", 303, role="employee", status="active", confirmed="yes")
    catch_up(web)
    page = max_.open(f"/admin/audit?subject={person.username}&action=user_changed")
    addresses = [given.get("href", "") for tag, given in page.tags if tag == "a"]
    links = [address for address in addresses if address.startswith("/admin/audit/")]
    assert len(links) == 1
    assert "max.chief" in page.text
    shown = max_.open(links[0]).text
    for said in ("Changes", "Role", "customer", "employee", "127.0.0.1", "web", person.user_id):
        assert said in shown, said


def test_what_matches_nothing_is_said_and_so_is_a_day_that_is_none(max_: Customer) -> None:
    assert "No act matches" in max_.open("/admin/audit?actor=nobody.at.all").text
    assert max_.open("/admin/audit?from=yesterday", 422).text
    assert max_.open("/admin/audit?from=2026-02-02&to=2026-02-01", 422).text
    assert max_.open(f"/admin/audit/{new_id()}", 404).text


def test_the_trail_is_verified_by_a_button_and_the_first_bad_position_named(web: WebBank, max_: Customer) -> None:
    catch_up(web)
    max_.open("/admin/audit")
    page = max_.follow(max_.send("/admin/audit/verify", 303))
    assert "The trail is whole" in page.text
    with trail_of(web).database.write() as connection:
        known = connection.execute(text("SELECT subject_kind FROM audit_trail WHERE position = 2")).scalar()
        unguard(connection, "audit_trail")
        connection.execute(text("UPDATE audit_trail SET subject_kind = 'nothing' WHERE position = 2"))
    page = max_.follow(max_.send("/admin/audit/verify", 303))
    assert "The trail is not whole at position 2" in page.text
    with trail_of(web).database.write() as connection:
        connection.execute(text("UPDATE audit_trail SET subject_kind = :known WHERE position = 2"), {"known": known})
        guard(connection, "audit_trail")


def test_an_employee_sees_what_they_did_and_has_nothing_verified(web: WebBank) -> None:
    eve = employee(web)
    catch_up(web)
    page = eve.open("/admin/audit")
    assert "What you did at the bank" in page.text
    assert "Verify" not in page.text
    assert "max.chief" not in page.text
    eve.open("/settings")
    token = eve.page.form("/logout").fields["csrf_token"]
    assert eve.client.post("/admin/audit/verify", data={"csrf_token": token}).status_code == 403
