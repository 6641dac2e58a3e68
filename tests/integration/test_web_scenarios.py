"""The page of scenarios: what kinds there are, what was injected, and what is refused beside its field."""

import pytest

from shared import services
from shared.enums import WorldStatus
from simulator_service import repository
from simulator_service.planning.planned_event import HOUR_US
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, employee

SCENARIOS = "/admin/scenarios"


@pytest.fixture(scope="module")
def chief(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def test_a_scenario_is_injected_into_a_world_and_seen(web: WebBank, chief: Customer) -> None:
    assert "Nothing injected yet" in chief.open(SCENARIOS).text
    chief.send(SCENARIOS, 422, name="structuring")
    assert "There is no world yet" in chief.page.text
    chief.open("/admin/simulator")
    chief.send("/admin/simulator/worlds", 303, **{"world-customers": "4", "world-days": "0", "world-seed": "1"})
    database = web.bank.apps[services.SIMULATOR.package].extensions["context"].database
    with database.write_session() as session:  # as its job would leave it
        (world,) = repository.worlds_of_bank(session, for_update=True)
        world.status, world.start_us, world.lived_until_us = WorldStatus.ALIVE, 490_000 * HOUR_US, 490_000 * HOUR_US
    chief.open(SCENARIOS)
    page = chief.follow(chief.send(SCENARIOS, 303, name="structuring", seed="3", look_alikes="2"))
    assert "Structuring is injected, and 2 that look like it." in page.text
    assert page.text.count("seed 3") == 1
    with database.read_session() as session:
        number = repository.last_scenario_number(session, world.id)
    crowd = "\n".join(f"p{person}" for person in range(5_000))
    with database.write_session() as session:
        (newest,) = (row for row in repository.scenarios(session, world.id) if row.number == number)
        newest.parties = crowd
    chief.open(SCENARIOS)
    assert "5,000 parties" in chief.page.text
    assert len(chief.page.text) < 100_000
    chief.send(SCENARIOS, 422, name="stack", width="2")
    assert "fewer people than take part" in chief.page.by_id["name-error"]
    chief.send(SCENARIOS, 422, name="structuring", width="2")
    assert "3 to 40" in chief.page.by_id["width-error"]
    chief.send(SCENARIOS, 422, name="structuring", width="", start="2001-01-01")
    assert "or later" in chief.page.by_id["start-error"]


def test_employees_do_not_see_what_is_a_crime(web: WebBank) -> None:
    page = employee(web, "clerk.of.scenarios").open(SCENARIOS, 403)
    assert "Injected" not in page.text
