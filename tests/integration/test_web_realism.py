"""The page of the scorecard, and how people of a new world live."""

from shared import services
from shared.enums import WorldStatus
from simulator_service import repository
from simulator_service.planning.planned_event import HOUR_US
from tests.web_bank import WebBank
from tests.web_people import administrator, employee

REALISM = "/admin/simulator/realism"


def test_a_world_of_a_preset_is_held_to_published_figures(web: WebBank) -> None:
    chief = administrator(web)
    chief.open("/admin/simulator")
    asked = {"world-customers": "12", "world-days": "0", "world-seed": "7", "world-preset": "eurozone"}
    chief.send("/admin/simulator/worlds", 303, **asked)
    database = web.bank.apps[services.SIMULATOR.package].extensions["context"].database
    with database.write_session() as session:  # as its job would leave it
        world = repository.worlds_of_bank(session, for_update=True)[0]
        assert world.preset == "eurozone"
        world.status, world.start_us, world.lived_until_us = WorldStatus.ALIVE, 490_000 * HOUR_US, 490_000 * HOUR_US
    page = chief.open(REALISM)
    assert "12 of its people, 60 days, preset eurozone, seed 7" in page.text
    assert "Purchases from 02:00 to 05:59" in page.text
    assert page.text.count("met") > 15
    assert employee(web, "clerk.of.worlds").open(REALISM, 403)
