"""The page of faults: adding, seeing and removing what goes wrong on purpose."""

import pytest

from shared import services
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, employee

FAULTS = "/admin/faults"


@pytest.fixture(scope="module")
def chief(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def test_a_fault_is_added_seen_and_removed(web: WebBank, chief: Customer) -> None:
    page = chief.open(FAULTS)
    assert "Nothing goes wrong on purpose" in page.text
    page = chief.follow(
        chief.send(FAULTS, 303, kind="reply_lost", path="/api/transactions/*", method="POST", percent="25", times="3")
    )
    assert "Everything is done, and the reply is lost" in page.text
    assert "25 % of such requests · 3 of 3 left" in " ".join(page.text.split())
    registry = web.bank.apps[services.SIMULATOR.package].extensions["context"].faults
    (fault,) = registry.all()
    assert (fault.path, fault.method, fault.probability, fault.times) == ("/api/transactions/*", "POST", 0.25, 3)
    page = chief.follow(chief.send(f"{FAULTS}/{fault.id}/remove", 303))
    assert "The fault is removed." in page.text
    assert registry.all() == []


def test_what_is_refused_stands_beside_its_field(chief: Customer) -> None:
    chief.open(FAULTS)
    chief.send(FAULTS, 422, path="/nowhere")
    assert "path of the API" in chief.page.by_id["path-error"]
    chief.send(FAULTS, 422, path="/api/accounts/list", percent="101")
    assert chief.page.by_id["percent-error"].strip()
    chief.send(FAULTS, 422, path="/api/accounts/list", percent="100", kind="latency", milliseconds="30001")
    assert "30,000" in chief.page.by_id["milliseconds-error"]
    chief.send(FAULTS, 422, path="/api/accounts/list", kind="reset", milliseconds="", status="500")
    assert chief.page.by_id["status-error"].strip()


def test_all_are_removed_at_once(chief: Customer) -> None:
    for kind in ("latency", "error"):
        chief.open(FAULTS)
        chief.follow(chief.send(FAULTS, 303, kind=kind, path="/api/accounts/list"))
    page = chief.follow(chief.send(f"{FAULTS}/remove-all", 303))
    assert "Everything goes as it should again." in page.text
    assert "Nothing goes wrong on purpose" in page.text


def test_it_is_for_administrators_alone(web: WebBank) -> None:
    for somebody in (web.customer(), employee(web)):
        assert somebody.client.get(FAULTS).status_code in (403, 404)
