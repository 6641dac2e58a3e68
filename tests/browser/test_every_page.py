"""Every page, on a desk and on a phone: nothing for axe-core to find, nothing too wide, no error in the console, no
failed request, no request elsewhere. As whom each is answered: tests/integration/test_web_every_page.py.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from shared.identifiers import new_id
from tests.bank_processes import wait_until
from tests.browser.accessibility import COLOURS, OF_THE_WIDTH, shorten_lists, too_wide, violations
from tests.browser.conftest import NewPage
from tests.browser.observed import Observed
from tests.browser.page_list import VISITOR, Place, places
from tests.browser.steps import account_of, log_in
from tests.e2e.running_bank import RunningBank
from tests.thoroughness import IS_THOROUGH, in_soak

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 375, "height": 812}
IN_THE_DARK_TOO = ("public.index", "login.login", "dashboard.show", "money.transfer", "transactions.listing")
IN_THE_DARK_TOO += ("admin.overview", "admin_accounts.listing", "simulator.show", "proof.show")
IN_THE_DARK_TOO += (
    "cards.listing",
    "cards.details",
    "card_payments.details",
    "clock.show",
    "accounts.details",
    "holds.listing",
    "holds.capture",
)
IN_THE_DARK_TOO += ("orders.standing", "orders.details", "direct_debits.listing", "payees.listing")
IN_THE_DARK_TOO += ("direct_debits.collection", "admin_users.details", "upcoming.listing", "statements.listing")
IN_THE_DARK_TOO += ("insights.show", "insights.trends", "webhooks.details", "webhooks.new")
IN_THE_DARK_TOO += ("custom_reports.new", "custom_reports.result")

OF_STAFF = [pytest.param(role, marks=pytest.mark.thorough) for role in ("employee", "admin")]
ONCE = "public.docs"
"""Swagger UI takes longer than ten other pages, and is the same for everybody."""
OF_THE_HOLDER = ("credit_cards.pay", "payees.change")
"""Not there for anybody else: nobody who works here pays a customer's bill, or says whom a customer pays."""


@pytest.fixture(scope="package")
def all_places() -> list[Place]:
    return places()


def test_the_list_has_every_kind_of_page(all_places: list[Place]) -> None:
    endpoints = {place.rule.endpoint for place in all_places}
    assert endpoints.issuperset(IN_THE_DARK_TOO)
    assert len(endpoints) > 25
    assert {"/docs", "/docs/errors"} <= {str(place.rule.rule) for place in all_places if place.is_for(VISITOR)}


@pytest.mark.parametrize("looks", ["by axe once", in_soak("by axe each time")])
@pytest.mark.parametrize("role", [VISITOR, "customer", *OF_STAFF])
def test_every_page_is_sound(
    bank: RunningBank, new_page: NewPage, all_places: list[Place], role: str, looks: str
) -> None:
    page = new_page(reduced_motion="reduce")  # else axe sees colours on their way from light to dark
    values = ids_for(bank, role)
    if role != VISITOR:
        log_in(page, who_is(bank, role))
    problems: list[str] = []
    opened = 0
    for place in all_places:
        skipped = {ONCE: role != VISITOR, **dict.fromkeys(OF_THE_HOLDER, role != "customer")}
        is_first = role == first_to_open(place)
        if place.is_for(role) and (is_first or IS_THOROUGH) and not skipped.get(place.rule.endpoint, False):
            at_length = looks == "by axe each time"
            in_the_dark = is_first and (at_length or place.rule.endpoint in IN_THE_DARK_TOO)
            problems += problems_of(
                page,
                place.path(values),
                in_the_dark=in_the_dark,
                with_axe=at_length or (is_first and (IS_THOROUGH or place.rule.endpoint in IN_THE_DARK_TOO)),
                at_length=is_first and at_length,
            )
            opened += 1
    assert opened or role == "employee"  # who at a desk is first to open none
    assert not problems, "\n".join(problems)


def test_what_is_shown_on_a_phone_alone_is_looked_at_too(browser: Browser) -> None:
    page = browser.new_page(viewport=DESK)
    page.set_content(
        "<html lang='en'><title>Bank</title><style>@media (min-width: 600px) { .menu { display: none } }</style>"
        "<main><h1>Accounts</h1><img src='data:,' alt=''></main><nav class='menu'><img src='data:,'></nav></html>"
    )
    assert violations(page) == []
    assert violations(page, of_what_is_new=True) == []
    page.set_viewport_size(PHONE)
    (found,) = violations(page, of_what_is_new=True)
    assert "image-alt" in found
    page.close()


@pytest.mark.parametrize("query", ["?q=nothing+is+called+this", "?cursor=forged", "?from=nonsense&min_amount=x"])
def test_lists_are_sound_when_nothing_is_found_or_the_address_is_wrong(
    bank: RunningBank, new_page: NewPage, observed: Observed, query: str
) -> None:
    """At a desk axe sees an empty list and a list that says what is wrong; a cursor says it in the same words."""
    page = new_page()
    log_in(page, bank.credentials()["admin"])
    with observed.expecting(422):
        for path in ("/transactions", "/admin/users", "/admin/accounts", "/admin/transactions"):
            problems = problems_of(page, path + query, with_axe=IS_THOROUGH or "cursor" not in query)
            assert not problems, "\n".join(problems)


def first_to_open(place: Place) -> str:
    """As whom axe looks at the page from all sides, and whom alone it is opened as at a desk."""
    return next(one for one in (VISITOR, "customer", "admin", "employee") if place.is_for(one))


def problems_of(
    page: Page, path: str, *, in_the_dark: bool = False, with_axe: bool = True, at_length: bool = False
) -> list[str]:
    """What is wrong with a page. One that only leads on is looked at where it leads, in its own turn.

    Axe looks at the width of a desk, and in CI on a phone at what is shown there alone; most of these tests' time is
    axe's: outside CI it sees the pages that people are on most. `at_length`: it looks at all of it on a phone as well.
    """
    page.set_viewport_size(PHONE)
    reply = page.goto(path)
    assert reply is not None
    if "text/html" not in reply.headers.get("content-type", "") or reply.request.redirected_from:
        return []
    found = too_wide(page)
    if not with_axe:
        return found
    shorten_lists(page)
    page.set_viewport_size(DESK)
    found += violations(page)
    if in_the_dark:
        page.emulate_media(color_scheme="dark")
        found += [f"in the dark: {problem}" for problem in violations(page, COLOURS)]
        page.emulate_media(color_scheme="light")
    if at_length or IS_THOROUGH:
        page.set_viewport_size(PHONE)
        found += violations(page, of_what_is_new=not at_length)
    if IS_THOROUGH and not at_length:
        found += violations(page, OF_THE_WIDTH)
    return found


def who_is(bank: RunningBank, role: str) -> dict[str, str]:
    credentials = bank.credentials()
    who: dict[str, str] = credentials["customers"][0] if role == "customer" else credentials[role]
    return who


def ids_for(bank: RunningBank, role: str) -> dict[str, str]:
    """What stands in the addresses: things of the first demo customer; whoever works here has a report of them."""
    customer = who_is(bank, "customer")
    account = account_of(bank, customer)
    token = bank.log_in(customer if role == VISITOR else who_is(bank, role))
    own = bank.log_in(customer)
    report = bank.data_of("GET", f"/api/reports/account/{account['id']}", token=token)
    admin = bank.log_in(who_is(bank, "admin"))
    order = {"account_id": account["id"], "amount": "1.00", "description": "Hotel deposit"}
    return {
        "account_id": account["id"],
        "transaction_id": bank.data_of("GET", "/api/transactions/list?type=deposit", token=own)[0]["id"],
        "report_id": report["id"],
        **custom_report_of(bank, token),
        "user_id": account["user_id"],
        "record_id": own_act(bank, token if role == "employee" else admin),
        "job_id": bank.data_of("GET", "/api/simulator/jobs", token=admin)[0]["id"],
        **arranged_for(bank, account, token=own),
        "hold_id": bank.data_of("POST", "/api/transactions/holds", order, token=admin)["id"],
        **ids_of_cards(bank, account["id"], own, admin),
        **webhook_of(bank, token),
        "code": "checking-plus",
        "action": "freeze",
    }


def webhook_of(bank: RunningBank, token: str) -> dict[str, str]:
    """A webhook of whoever this is, to an address that nobody listens at, with a message on its way."""
    known = bank.data_of("GET", "/api/webhooks", token=token)
    asked = {"url": "http://127.0.0.1:9/hook", "events": ["transaction.completed"], "description": "Bookkeeping"}
    webhook = known[0] if known else bank.data_of("POST", "/api/webhooks", asked, token=token)
    ping = bank.data_of("POST", f"/api/webhooks/{webhook['id']}/ping", {}, token=token)
    return {"webhook_id": webhook["id"], "delivery_id": ping["id"]}


def custom_report_of(bank: RunningBank, token: str) -> dict[str, str]:
    """A report of whoever this is; administrators' of the whole bank has something in it."""
    known = bank.data_of("GET", "/api/reports/custom", token=token)
    asked = {"name": "By month", "measures": ["sum", "p90", "count"], "dimensions": ["month", "direction"]}
    report = known[0] if known else bank.data_of("POST", "/api/reports/custom", asked, token=token)
    return {"custom_report_id": report["id"], "run_id": report["latest_run"]["id"]}


def own_act(bank: RunningBank, token: str) -> str:
    """Something in the audit trail that whoever has this token did: they logged in."""
    found: list[dict[str, str]] = []

    def is_there() -> bool:
        found[:] = bank.data_of("GET", "/api/audit?action=logged_in", token=token)
        return bool(found)

    wait_until(is_there, 60)
    return found[0]["id"]


def ids_of_cards(bank: RunningBank, account_id: str, own: str, admin: str) -> dict[str, str]:
    """A card of the account, something paid with it, and that disputed."""
    card = bank.data_of("POST", "/api/cards/create", {"account_id": account_id}, token=own)
    merchant = {"name": "Blue Cafe", "mcc": "5812", "country": "DE"}
    asked = {"card_id": card["id"], "amount": "1.00", "currency": "EUR", "merchant": merchant, "channel": "chip"}
    path = "/api/card-network/authorizations"
    payment = bank.data_of("POST", path, {**asked, "capture": True}, token=admin)
    (bought,) = bank.data_of("GET", "/api/transactions/list?type=card_purchase&limit=1", token=own)
    claim = {"transaction_id": bought["id"], "reason": "I was never there"}
    dispute = bank.data_of("POST", "/api/card-network/disputes", claim, token=own)
    order = {"kind": "credit", "settlement_account_id": account_id, "credit_limit": "100.00"}
    credit_card = bank.data_of("POST", "/api/cards/create", order, token=own)
    return {
        "card_id": card["id"],
        "credit_card_id": credit_card["id"],
        "statement_id": "open",
        "authorization_id": payment["id"],
        "dispute_id": dispute["id"],
    }


def arranged_for(bank: RunningBank, account: dict[str, Any], *, token: str) -> dict[str, str]:
    """A payee, a standing order and a mandate of the customer's, with another customer."""
    neighbour = bank.credentials()["customers"][1]
    other, theirs = account_of(bank, neighbour), bank.log_in(neighbour)
    sides = {"from_account_id": account["id"], "to_account_id": other["id"], "amount": "50.00", "description": "Rent"}
    far = "2090-01-02"
    asked = {
        "creditor_account_id": other["id"],
        "debtor_account_number": account["account_number"],
        "reference": f"POWER-{new_id()[-12:]}",
    }

    def made(path: str, payload: dict[str, str], who: str = token) -> str:
        return str(bank.data_of("POST", path, payload, token=who)["id"])

    known = bank.data_of("GET", "/api/payees", token=token)
    payee = {"name": "My landlord", "account_number": other["account_number"], "reference": "Flat 7"}
    mandate_id = made("/api/direct-debits/mandates", asked, theirs)
    made(f"/api/direct-debits/mandates/{mandate_id}/confirm", {})
    collection = {"mandate_id": mandate_id, "amount": "48.20", "due_on": far, "description": "Electricity"}
    return {
        "order_id": made("/api/standing-orders", {**sides, "frequency": "monthly", "first_on": far}),
        "payment_id": made("/api/scheduled-payments", {**sides, "execute_on": far}),
        "payee_id": known[0]["id"] if known else made("/api/payees", payee),
        "mandate_id": mandate_id,
        "collection_id": made("/api/direct-debits/collections", collection, theirs),
    }
