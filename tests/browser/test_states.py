"""What pages look like in states that have no address of their own: forms with errors, reviews, errors, first days."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import COLOURS, too_wide, violations
from tests.browser.conftest import NewPage
from tests.browser.observed import Observed
from tests.browser.steps import account_of, fill_in_transfer, log_in, register, send_button
from tests.browser.test_every_page import DESK, PHONE
from tests.e2e.running_bank import RunningBank

pytestmark = pytest.mark.thorough


def problems_of(page: Page) -> list[str]:
    """What is wrong with the page as it stands, on a phone and on a desk, light and dark.

    Axe looks at it in the light on a phone, and at its colours in the dark on a desk.
    """
    found = []
    for scheme, only in (("light", None), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found += too_wide(page)
            if (size is PHONE) == (scheme == "light"):
                found += violations(page, only)
    page.emulate_media(color_scheme="light")
    return found


def send(page: Page) -> None:
    """The form as it stands, past what the browser itself would stop."""
    page.locator("main form").last.evaluate("form => { form.noValidate = true; }")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_visitor_s_form_with_errors_is_sound(new_page: NewPage, observed: Observed, path: str) -> None:
    page = new_page(reduced_motion="reduce")
    with observed.expecting(422):
        page.goto(path)
        send(page)
        assert page.locator(".field-error").count()
        assert problems_of(page) == []


@pytest.mark.parametrize("path", ["/transfer", "/deposit", "/settings"])
def test_a_customer_s_form_with_errors_is_sound(
    bank: RunningBank, new_page: NewPage, observed: Observed, path: str
) -> None:
    page = new_page(reduced_motion="reduce")
    log_in(page, bank.credentials()["customers"][0])
    with observed.expecting(422):
        page.goto(path)
        page.locator("main form").first.evaluate("form => { form.noValidate = true; }")
        page.locator("main form").first.locator("button[type=submit]").last.click()
        page.wait_for_load_state()
        assert page.locator(".field-error").count()
        assert problems_of(page) == []


def test_a_review_and_its_receipt_are_sound(bank: RunningBank, new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    payer, payee = bank.credentials()["customers"][:2]
    log_in(page, payer)
    fill_in_transfer(page, account_of(bank, payee)["account_number"], "1.25", "For the look of it")
    assert problems_of(page) == []
    send_button(page).click()
    page.locator(".receipt").wait_for()
    assert problems_of(page) == []


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/admin/proof", 403)])
def test_an_error_is_a_sound_page_that_says_what_to_do(
    bank: RunningBank, new_page: NewPage, observed: Observed, path: str, status: int
) -> None:
    page = new_page(reduced_motion="reduce")
    log_in(page, bank.credentials()["customers"][0])
    with observed.expecting(status):
        page.goto(path)
        assert page.locator(".lead").inner_text()
        assert problems_of(page) == []


def test_the_pages_of_somebody_s_first_day_are_sound(new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    register(page)
    for path in (
        "/dashboard",
        "/accounts",
        "/transactions",
        "/transfer",
        "/reports",
        "/reports/transactions",
        "/inbox",
    ):
        page.goto(path)
        assert problems_of(page) == [], path


def frozen(bank: RunningBank, token: str) -> dict[str, Any]:
    account: dict[str, Any] = bank.data_of("POST", "/api/accounts/create", {"account_type": "savings"}, token=token)
    employee = bank.log_in(bank.credentials()["employee"])
    bank.data_of("POST", f"/api/accounts/{account['id']}/freeze", {"reason": "Card reported stolen"}, token=employee)
    return account


def closed(bank: RunningBank, token: str) -> dict[str, Any]:
    account: dict[str, Any] = bank.data_of("POST", "/api/accounts/create", {"account_type": "savings"}, token=token)
    bank.data_of("DELETE", f"/api/accounts/close/{account['id']}", token=token)
    return account


@pytest.mark.parametrize(("make", "said"), [(frozen, "Reason: Card reported stolen"), (closed, "was closed on")])
def test_an_account_that_nothing_moves_on_is_sound_and_says_why(
    bank: RunningBank, new_page: NewPage, make: Callable[[RunningBank, str], dict[str, Any]], said: str
) -> None:
    page = new_page(reduced_motion="reduce")
    customer = bank.credentials()["customers"][0]
    account = make(bank, bank.log_in(customer))
    log_in(page, customer)
    for path in (f"/accounts/{account['id']}", f"/accounts/{account['id']}/close", "/accounts", "/dashboard"):
        page.goto(path)
        if path == f"/accounts/{account['id']}":
            assert said in page.locator(".notice").first.inner_text()
        assert problems_of(page) == [], path
