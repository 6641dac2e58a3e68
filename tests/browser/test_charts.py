"""Charts in a real browser: drawn under the pages' policy, in either theme, and text of others stays text in them.

What would break the policy, or lead to another origin, fails a test through `observed`.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.bank_processes import wait_until
from tests.browser.steps import customer
from tests.e2e.running_bank import RunningBank

pytestmark = pytest.mark.thorough

A_WHILE_MS = 30_000
"""Plotly weighs megabytes, which a busy machine takes its time for: that is why nobody gets it unasked."""
LINK = '<a href="https://evil.example" style="x:y">go</a>'


def spend(bank: RunningBank, who: dict[str, str], category: str) -> None:
    """Take something out of the one account, and wait until reports know of it."""
    token = bank.log_in(who)
    (account,) = bank.data_of("GET", "/api/accounts/list", token=token)
    payload = {"account_id": account["id"], "amount": "12.34", "category": category}
    bank.data_of("POST", "/api/transactions/withdraw", payload, token=token)

    def is_known() -> bool:
        found = bank.data_of("GET", "/api/reports/transactions?type=withdrawal", token=token)
        return bool(found["currencies"])

    wait_until(is_known, 60)


def test_charts_are_drawn_and_drawn_again_in_the_other_theme(bank: RunningBank, page: Page) -> None:
    who = customer(page, bank, "100.00")
    spend(bank, who, "books")
    page.goto("/reports/transactions")
    expect(page.locator(".chart .share-name")).to_have_text("Books")
    assert page.evaluate("typeof Plotly") == "undefined", "nobody asked for it yet"
    page.get_by_role("button", name="Explore Spending by category").click()
    bar = page.locator(".is-bars .bars path").first
    expect(bar).to_be_visible(timeout=A_WHILE_MS)
    before = bar.evaluate("bar => getComputedStyle(bar).fill")
    page.locator("[data-theme-switch]").click()
    page.wait_for_function(
        "before => getComputedStyle(document.querySelector('.is-bars .bars path')).fill !== before", arg=before
    )
    page.get_by_text("Show as a table").last.click()
    expect(page.get_by_role("cell", name="Books")).to_be_visible()


def test_a_category_is_only_text_in_a_chart(bank: RunningBank, page: Page) -> None:
    """Catalogue 48: the library that draws reads tags in labels; here it finds none."""
    who = customer(page, bank, "100.00")
    spend(bank, who, LINK)
    page.goto("/reports/transactions")
    page.get_by_role("button", name="Explore Spending by category").click()
    expect(page.locator(".is-bars svg text").filter(has_text="evil.example")).to_be_visible(timeout=A_WHILE_MS)
    assert page.locator("[data-chart] a").count() == 0
