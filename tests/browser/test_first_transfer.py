"""From a stranger to a customer who has paid somebody."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import NewPage
from tests.browser.steps import account_of, fill_in_transfer, log_in, open_account, register, send_button
from tests.e2e.running_bank import RunningBank

A_RECEIPT = re.compile("/transactions/[0-9a-f-]{36}$")


@pytest.mark.parametrize("with_script", [True, False], ids=["with script", "without script"])
def test_a_stranger_registers_pays_a_customer_and_both_histories_show_it(
    bank: RunningBank, new_page: NewPage, with_script: bool
) -> None:
    page = new_page(java_script_enabled=with_script)
    nora = register(page)
    open_account(page, "500.00")
    payee = bank.credentials()["customers"][0]
    message = f"Thank you for the {'ride' if with_script else 'lift'}"
    fill_in_transfer(page, account_of(bank, payee)["account_number"], "123.45", message)
    expect(page.locator(".review-amount")).to_have_text(re.compile(r"123\.45\sEUR"))
    if with_script:
        assert violations(page) == []
    send_button(page).click()
    expect(page).to_have_url(A_RECEIPT)
    expect(page.get_by_role("main")).to_contain_text("376.55")

    page.goto("/transactions")
    expect(page.locator(".transaction-row").first).to_contain_text("123.45")
    other = new_page(java_script_enabled=with_script)
    log_in(other, payee)
    other.goto("/transactions?q=" + message.replace(" ", "+"))
    expect(other.locator(".transaction-row")).to_have_count(1)
    expect(other.locator(".transaction-row")).to_contain_text(nora["name"])
    expect(other.locator(".transaction-row")).to_contain_text("+123.45")


def test_a_customer_finds_a_payment_by_search(bank: RunningBank, page: Page) -> None:
    who = bank.credentials()["customers"][1]
    token = bank.log_in(who)
    payments = bank.data_of("GET", "/api/transactions/list?direction=out&limit=200", token=token)
    wanted = payments[-1]["counterparty"]["name"]
    alike = bank.data_of("GET", f"/api/transactions/list?limit=200&q={wanted}", token=token)
    log_in(page, who)
    page.goto("/transactions")
    page.get_by_label("Search").first.fill(wanted)
    page.get_by_label("Search").first.press("Enter")
    rows = page.locator(".transaction-row")
    expect(rows).to_have_count(min(len(alike), 50))
    assert all(wanted in row for row in rows.all_inner_texts())

    page.get_by_label("Search").first.fill("nothing is called this")
    page.get_by_label("Search").first.press("Enter")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("Nothing matches")).to_be_visible()
