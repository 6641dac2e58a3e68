"""The simulator on the pages: what can be asked of it, what it refuses, and a job that goes on."""

import json

import pytest

from shared import services
from shared.settings import bank_name
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator

SIMULATOR = "/admin/simulator"


@pytest.fixture(scope="module")
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def test_without_a_world_there_is_one_to_make(max_: Customer) -> None:
    page = max_.open(SIMULATOR)
    assert "No world yet" in page.text
    disabled = [given for tag, given in page.tags if tag == "button" and "disabled" in given]
    assert len(disabled) == 2


def test_limits_stand_beside_the_fields_as_the_service_says_them(max_: Customer) -> None:
    page = max_.open(SIMULATOR)
    document = json.loads(max_.bank.client(services.SIMULATOR).get("/openapi.json").data)
    customers = document["components"]["schemas"]["WorldRequest"]["properties"]["customers"]
    (field,) = [given for _, given in page.tags if given.get("id") == "world-customers"]
    assert (int(field["min"]), int(field["max"])) == (customers["minimum"], customers["maximum"])
    assert f"{int(customers['maximum']):,}" in page.by_id["world-customers-help"]


@pytest.mark.parametrize(
    ("action", "filled", "field"),
    [
        ("worlds", {"world-customers": "0"}, "world-customers"),
        ("worlds", {"world-days": "many"}, "world-days"),
        ("advance", {"advance-days": "100000"}, "advance-days"),
        ("reset", {"reset-confirm": "Some other bank"}, "reset-confirm"),
        ("reset", {"reset-confirm": ""}, "reset-confirm"),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_stays_typed(
    max_: Customer, action: str, filled: dict[str, str], field: str
) -> None:
    max_.open(SIMULATOR)
    max_.send(f"{SIMULATOR}/{action}", 422, **filled)
    assert max_.page.by_id[f"{field}-error"].strip()
    assert max_.page.form(f"{SIMULATOR}/{action}").fields[field] == filled[field]


def test_time_cannot_pass_without_a_world(max_: Customer) -> None:
    max_.open(SIMULATOR)
    max_.send(f"{SIMULATOR}/advance", 422)
    assert "There is no world yet" in max_.page.text


def test_a_world_is_asked_for_and_its_job_is_shown(web: WebBank) -> None:
    chief = administrator(web, "world.maker")
    chief.open(SIMULATOR)
    sent = {"world-customers": "3", "world-days": "2", "world-seed": "7"}
    page = chief.follow(chief.send(f"{SIMULATOR}/worlds", 303, **sent))
    assert "Creating a world" in page.text
    (job,) = [given for _, given in page.tags if "data-job" in given]
    part = chief.open(job["data-job"])
    assert [tag for tag, _ in part.tags if tag in ("html", "body", "header")] == []
    assert [given["value"] for tag, given in part.tags if tag == "progress"] == ["0.0"]
    whole = chief.open(job["data-job"].partition("?")[0])
    assert "Waiting for its turn" in whole.text
    assert ("meta", {"http-equiv": "refresh", "content": "3"}) in whole.tags


@pytest.mark.parametrize("order", ["worlds", "advance", "live", "reset"])
def test_loading_again_what_an_order_was_sent_to_shows_the_simulator(max_: Customer, order: str) -> None:
    reply = max_.client.get(f"/admin/simulator/{order}")
    assert (reply.status_code, reply.headers["Location"]) == (302, "/admin/simulator")


def test_a_job_that_is_none_is_not_found(max_: Customer) -> None:
    assert "Page not found" in max_.open(f"{SIMULATOR}/jobs/no-such-job", 404).text


def test_the_bank_is_emptied_when_its_name_is_typed_and_its_people_stay(web: WebBank) -> None:
    chief = administrator(web, "bank.emptier")
    customer = web.customer("Soon Gone")
    chief.open(SIMULATOR)
    reply = chief.send(f"{SIMULATOR}/reset", 303, **{"reset-confirm": bank_name()})
    assert "The bank is empty again." in chief.follow(reply).text
    found = chief.open("/admin/users")
    assert "bank.emptier" in found.text
    assert customer.username not in found.text


def test_a_world_lives_by_itself_at_the_speed_that_was_chosen_until_it_is_stopped(web: WebBank) -> None:
    chief = administrator(web, "time.keeper")
    chief.open(SIMULATOR)
    chief.send(f"{SIMULATOR}/live", 422, running="yes")
    assert "There is no world yet" in chief.page.text
    chief.send(f"{SIMULATOR}/worlds", 303, **{"world-customers": "1", "world-days": "0", "world-seed": "1"})
    chief.open(SIMULATOR)
    page = chief.follow(chief.send(f"{SIMULATOR}/live", 303, running="yes", **{"live-speed": "86400"}))
    assert "Live mode is on." in page.text
    assert page.form(f"{SIMULATOR}/live").fields["live-speed"] == "86400"
    page = chief.follow(chief.send(f"{SIMULATOR}/live", 303, running="no"))
    assert "Live mode is off." in page.text
