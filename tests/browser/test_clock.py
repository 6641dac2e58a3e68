"""An administrator moves the clock, and the page follows it there; staff hold money on the way of a person's hands."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.steps import account_of, log_in
from tests.e2e.running_bank import RunningBank

A_WHILE_MS = 60_000


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_the_page_follows_the_clock_to_where_it_goes(bank: RunningBank, new_page: NewPage, has_script: bool) -> None:
    account = account_of(bank, bank.credentials()["customers"][0])
    token = bank.log_in(bank.credentials()["employee"])
    order = {"account_id": account["id"], "amount": "0.01", "expires_in": {"hours": 1}}
    held = [bank.data_of("POST", "/api/transactions/holds", order, token=token)["id"] for _ in range(5)]
    page = new_page(java_script_enabled=has_script)
    log_in(page, bank.credentials()["admin"])
    page.goto("/admin/clock")
    page.get_by_label("Days").fill("0")
    page.get_by_label("Hours").fill("2")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("this cannot be undone")).to_be_visible()
    page.get_by_role("button", name="Move the clock").click()
    expect(page.get_by_text("Ahead of real time")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=A_WHILE_MS)
    assert {bank.data_of("GET", f"/api/transactions/holds/{one}", token=token)["status"] for one in held} == {"expired"}


def test_a_hold_is_placed_and_captured_at_the_counter(bank: RunningBank, new_page: NewPage) -> None:
    account = account_of(bank, bank.credentials()["customers"][0])
    page = new_page(viewport={"width": 375, "height": 812})
    log_in(page, bank.credentials()["employee"])
    page.goto(f"/accounts/{account['id']}")
    page.get_by_role("link", name="Hold money").click()
    page.get_by_label("Amount").fill("12.50")
    page.get_by_label("Description").fill("Rented skates")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Hold 12.50 EUR").dblclick()
    expect(page.get_by_text("Holding 12.50 EUR.")).to_be_visible()
    expect(page.locator("#held-now .hold-row", has_text="Rented skates")).to_have_count(1)
    page.get_by_role("link", name="Capture Rented skates").click()
    page.get_by_label("Amount").fill("10")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("is released")).to_be_visible()
    page.get_by_role("button", name="Capture 10.00 EUR").click()
    expect(page.get_by_text("Captured 10.00 EUR.")).to_be_visible()
