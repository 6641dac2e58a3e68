"""What people do in the web bank, step by step, as they would with a mouse."""

import itertools
import re
from typing import Any

from playwright.sync_api import Page, expect

from shared.identifiers import new_id
from tests.e2e.running_bank import RunningBank

PASSWORD = "a few unrelated words"
_AN_ACCOUNT = re.compile("/accounts/[0-9a-f-]{36}$")
_names = itertools.count(1)


def log_in(page: Page, who: dict[str, str]) -> None:
    """Through the log-in page."""
    page.goto("/login")
    page.get_by_label("User name or e-mail").fill(who["username"])
    page.get_by_label("Password").fill(who["password"])
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.locator(".person-menu")).to_be_visible()


def log_out(page: Page) -> None:
    """Through the menu."""
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()


def register(page: Page) -> dict[str, str]:
    """As a new customer; the log-in."""
    number = next(_names)
    who = {"username": f"nora.{number}.{new_id()[-6:]}", "password": PASSWORD, "name": f"Nora Newcomer {number}"}
    page.goto("/register")
    page.get_by_label("Full name").fill(who["name"])
    page.get_by_label("E-mail").fill(f"{who['username']}@example.org")
    page.get_by_label("User name").fill(who["username"])
    page.get_by_label("Password").fill(who["password"])
    page.get_by_role("button", name="Become a customer").click()
    expect(page.get_by_text(f"Welcome, {who['name']}")).to_be_visible()
    return who


def customer(page: Page, bank: RunningBank, deposit: str) -> dict[str, str]:
    """Somebody new with a checking account, made by the API and logged in on the page; the log-in."""
    number = next(_names)
    username = f"nora.{number}.{new_id()[-6:]}"
    who = {"username": username, "password": PASSWORD, "name": f"Nora Newcomer {number}"}
    person = {"username": username, "email": f"{username}@example.org", "password": PASSWORD, "full_name": who["name"]}
    bank.data_of("POST", "/api/auth/register", person)
    order = {"account_type": "checking", "initial_deposit": deposit}
    bank.data_of("POST", "/api/accounts/create", order, token=bank.log_in(who))
    log_in(page, who)
    return who


def open_account(page: Page, deposit: str) -> None:
    """A checking account with a first deposit."""
    page.goto("/accounts/new")
    page.locator("label").filter(has_text="Checking account").click()
    page.get_by_label("First deposit").fill(deposit)
    page.get_by_role("button", name="Open the account").click()
    expect(page).to_have_url(_AN_ACCOUNT)


def fill_in_transfer(page: Page, number: str, amount: str, description: str) -> None:
    """The transfer form up to its review."""
    page.goto("/transfer")
    page.get_by_label("Account number (IBAN)").fill(number)
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Description").fill(description)
    page.get_by_role("main").locator("form button[type=submit]").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Review"))


def send_button(page: Page) -> Any:
    """The button of the review that moves the money."""
    return page.locator("button[name=step][value=send]")


def account_of(bank: RunningBank, who: dict[str, str]) -> dict[str, Any]:
    """The first account of somebody, as the API has it."""
    account: dict[str, Any] = bank.data_of("GET", "/api/accounts/list", token=bank.log_in(who))[0]
    return account
