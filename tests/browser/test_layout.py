"""What moves and what fits on the pages: headers in one row, live mode that ticks, a menu that closes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.steps import log_in
from tests.e2e.running_bank import RunningBank

pytestmark = pytest.mark.thorough

WIDTHS = (320, 375, 768, 961, 1000, 1050, 1200, 1440)
ONE_ROW = 72
"""Pixels. A header that wraps is twice as high."""


def header_problems(page: Page) -> list[str]:
    """The widths at which the header wraps or stands out of the window."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        too_wide, height = page.evaluate(
            """() => [
              document.documentElement.scrollWidth > innerWidth,
              document.querySelector(".site-nav").getBoundingClientRect().height,
            ]"""
        )
        if too_wide or height > ONE_ROW:
            found.append(f"{width}: {'too wide' if too_wide else f'{height} high'}")
    return found


@pytest.mark.parametrize("role", [None, "customers", "employee", "admin"])
def test_the_header_is_one_row_at_every_width(bank: RunningBank, new_page: NewPage, role: str | None) -> None:
    page = new_page()
    if role:
        who = bank.credentials()[role]
        log_in(page, who[0] if role == "customers" else who)
    page.goto("/status")
    assert header_problems(page) == []


def test_live_mode_ticks_and_stops(bank: RunningBank, new_page: NewPage) -> None:
    page = new_page()
    log_in(page, bank.credentials()["admin"])
    page.goto("/admin/simulator")
    page.get_by_label("Speed").select_option(label="An hour each second")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Live mode is on.")).to_be_visible()
    clock = page.locator("#bank-time")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before, timeout=20_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Live mode is off.")).to_be_visible()


def test_the_person_s_menu_closes_when_the_focus_leaves_it(bank: RunningBank, new_page: NewPage) -> None:
    page = new_page()
    log_in(page, bank.credentials()["customers"][0])
    menu = page.locator(".person-menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="Log out")).to_be_visible()
    for _ in range(6):
        page.keyboard.press("Tab")
    expect(menu.get_by_role("button", name="Log out")).to_be_hidden()


def test_a_call_of_the_api_is_found_by_what_it_does(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/docs")
    page.get_by_label("Find a call").fill("transfer")
    expect(page.locator(".opblock")).to_have_count(1)
    expect(page.locator(".opblock-summary-path")).to_have_text("/api/transactions/transfer")
