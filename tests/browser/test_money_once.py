"""However often a money form is sent, its money moves once."""

import re

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import NewPage
from tests.browser.observed import Observed
from tests.browser.steps import account_of, customer, fill_in_transfer, log_in, send_button
from tests.browser.test_first_transfer import A_RECEIPT
from tests.e2e.running_bank import RunningBank

START, AMOUNT, LEFT = "300.00", "10.00", "290.00"


def reviewed(page: Page, bank: RunningBank) -> dict[str, str]:
    """A new customer looks at the review of a transfer of AMOUNT; who they are."""
    who = customer(page, bank, START)
    payee = bank.credentials()["customers"][2]
    fill_in_transfer(page, account_of(bank, payee)["account_number"], AMOUNT, "once")
    return who


def assert_moved_once(bank: RunningBank, who: dict[str, str]) -> None:
    assert account_of(bank, who)["balance"] == LEFT
    token = bank.log_in(who)
    assert len(bank.data_of("GET", "/api/transactions/list?type=transfer", token=token)) == 1


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_a_double_click_moves_it_once(bank: RunningBank, new_page: NewPage, with_script: bool) -> None:
    page = new_page(java_script_enabled=with_script)
    who = reviewed(page, bank)
    send_button(page).dblclick()
    expect(page).to_have_url(A_RECEIPT)
    assert_moved_once(bank, who)


def test_going_back_from_the_receipt_leads_to_an_empty_form(bank: RunningBank, page: Page) -> None:
    who = reviewed(page, bank)
    sent = page.locator("main input[name=form_id]").input_value()
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    page.go_back()
    expect(page.get_by_label("Amount")).to_have_value("")
    assert page.locator("main input[name=form_id]").input_value() != sent
    page.go_forward(wait_until="commit")
    expect(page).to_have_url(A_RECEIPT)
    assert_moved_once(bank, who)


def test_without_script_going_back_to_the_review_asks_first(
    bank: RunningBank, new_page: NewPage, observed: Observed
) -> None:
    """No browser keeps the review: it shows a page of its own that asks."""
    page = new_page(java_script_enabled=False)
    who = reviewed(page, bank)
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    assert all(problem.endswith("ERR_CACHE_MISS") for problem in observed.problems)
    observed.problems.clear()
    assert_moved_once(bank, who)


def test_going_back_to_the_form_begins_a_new_transfer_that_moves_nothing_yet(bank: RunningBank, page: Page) -> None:
    who = reviewed(page, bank)
    sent = page.locator("main input[name=form_id]").input_value()
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    page.evaluate("setTimeout(() => history.go(-2))")
    expect(page.get_by_label("Amount")).to_be_visible()
    assert page.locator("main input[name=form_id]").input_value() != sent
    assert_moved_once(bank, who)


def test_reloading_before_and_after_sending_moves_it_once(bank: RunningBank, page: Page) -> None:
    who = reviewed(page, bank)
    page.reload()
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    page.reload()
    expect(page).to_have_url(A_RECEIPT)
    assert_moved_once(bank, who)


def test_sending_again_from_a_second_tab_moves_it_once(bank: RunningBank, page: Page, observed: Observed) -> None:
    who = reviewed(page, bank)
    form = {str(name): str(value) for name, value in page.evaluate(_FORM)}
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    again = page.request.post("/transfer", form={**form, "step": "send"})
    assert again.url == page.url
    assert_moved_once(bank, who)


def test_a_customer_who_logged_out_leaves_nothing_behind_the_back_button(bank: RunningBank, page: Page) -> None:
    who = bank.credentials()["customers"][0]
    number = account_of(bank, who)["account_number"]
    log_in(page, who)
    page.goto("/accounts")
    expect(page.get_by_role("main")).to_contain_text(number[-4:])
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/login"))
    assert number[-4:] not in page.content()


_FORM = "[...new FormData(document.querySelector('main form'))]"
