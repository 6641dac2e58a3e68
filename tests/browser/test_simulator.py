"""An administrator makes a world and watches it come to life."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.observed import Observed
from tests.browser.steps import log_in
from tests.e2e.running_bank import RunningBank

pytestmark = pytest.mark.thorough

A_WHILE_MS = 60_000


def test_an_administrator_makes_a_world_and_watches_it_finish(bank: RunningBank, new_page: NewPage) -> None:
    page = new_page()
    log_in(page, bank.credentials()["admin"])
    page.goto("/admin/simulator")
    page.get_by_label("Customers", exact=True).fill("20")
    page.get_by_label("Days of history").fill("10")
    page.get_by_label("Seed").fill("42")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("[data-job][data-status=succeeded]")).to_be_visible(timeout=A_WHILE_MS)
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 100)
    expect(page.get_by_role("heading", name="World created")).to_be_visible()
    expect(page.locator("#world .fact-table")).to_contain_text("20")

    row = page.get_by_role("region", name="Table: Log-ins of a few of the new customers").get_by_role("row").nth(1)
    username, password = row.get_by_role("cell").all_inner_texts()
    visitor = new_page()
    log_in(visitor, {"username": username, "password": password})
    visitor.goto("/transactions")
    expect(visitor.locator(".transaction-row").first).to_be_visible()


def test_a_job_can_be_watched_without_script(bank: RunningBank, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    log_in(page, bank.credentials()["admin"])
    page.goto("/admin/simulator")
    page.get_by_label("Days", exact=True).fill("2")
    page.get_by_role("button", name="Advance").click()
    expect(page.locator("[data-job][data-status=succeeded]")).to_be_visible(timeout=A_WHILE_MS)
    expect(page.get_by_role("heading", name="Time advanced")).to_be_visible()


def test_a_world_larger_than_allowed_is_refused_beside_its_field(
    bank: RunningBank, new_page: NewPage, observed: Observed
) -> None:
    page = new_page(java_script_enabled=False)
    log_in(page, bank.credentials()["admin"])
    page.goto("/admin/simulator")
    field = page.get_by_label("Customers", exact=True)
    most = field.get_attribute("max")
    assert most
    field.fill(most + "0")
    with observed.expecting(422):
        page.get_by_role("button", name="Create").click()
        expect(page.get_by_label("Customers", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Customers", exact=True)).to_have_value(most + "0")
