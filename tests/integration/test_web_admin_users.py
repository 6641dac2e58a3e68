"""Users on the pages: found by staff, added and changed by administrators."""

import pytest

from shared import services
from tests.pages import Page
from tests.web_bank import PASSWORD, Customer, WebBank
from tests.web_people import administrator, employee, log_in


@pytest.fixture(scope="module")
def max_(web: WebBank) -> Customer:
    """An administrator."""
    return administrator(web)


def people(page: Page) -> set[str]:
    """The ids of the users on the page."""
    start = "/admin/users/"
    found = {given["href"] for tag, given in page.tags if tag == "a" and given.get("href", "").startswith(start)}
    return {link.removeprefix(start) for link in found} - {"new"}


def test_users_are_found_by_name_role_and_status(web: WebBank, max_: Customer) -> None:
    grace = web.customer("Grace Hopper")
    clerk = employee(web, "grace.clerk")
    for query, expected in {
        "q=grace": {grace.user_id, clerk.user_id},
        "q=grace&role=employee": {clerk.user_id},
        f"q={grace.username}&role=customer&status=active": {grace.user_id},
        f"q={grace.username}&status=disabled": set(),
    }.items():
        assert people(max_.open(f"/admin/users?{query}")) == expected, query
    assert "No user matches" in max_.open("/admin/users?q=nobody+is+called+this").text


def test_a_user_is_shown_with_their_accounts(web: WebBank, max_: Customer) -> None:
    person = web.customer("Grace Hopper")
    account = person.opened(nickname="Rainy days", initial_deposit="12.34")
    page = max_.open(f"/admin/users/{person.user_id}")
    assert all(text in page.text for text in ("Grace Hopper", person.username, "Rainy days", "12.34"))
    assert any(given.get("href") == f"/accounts/{account['id']}" for _, given in page.tags)


def test_a_customers_page_has_all_they_have_and_does_without_what_is_away(web: WebBank, max_: Customer) -> None:
    person, other = web.customer("Grace Hopper"), web.customer("Power and Light")
    account, into = person.opened(initial_deposit="50.00"), other.opened()
    card = person.ask(services.ACCOUNT, "POST", "/api/cards/create", {"account_id": account["id"]})
    paid = {"from_account_id": account["id"], "to_account_id": into["id"], "amount": "5.00"}
    rent = {**paid, "frequency": "monthly", "first_on": "2190-02-01"}
    order = person.ask(services.TRANSACTION, "POST", "/api/standing-orders", rent)
    payment = person.ask(services.TRANSACTION, "POST", "/api/scheduled-payments", {**paid, "execute_on": "2190-02-01"})
    sides = {"creditor_account_id": into["id"], "debtor_account_number": account["account_number"]}
    mandate = other.ask(services.TRANSACTION, "POST", "/api/direct-debits/mandates", {**sides, "reference": "P-1"})
    hold = {"account_id": account["id"], "amount": "1.00", "description": "Hotel deposit"}
    web.staff(services.TRANSACTION, "POST", "/api/transactions/holds", hold)
    page = max_.open(f"/admin/users/{person.user_id}")
    assert {
        f"/accounts/{account['id']}",
        f"/cards/{card['id']}",
        f"/standing-orders/{order['id']}",
        f"/scheduled-payments/{payment['id']}",
        f"/direct-debits/mandates/{mandate['id']}",
        f"/standing-orders?customer={person.user_id}",
    } <= {given.get("href") for _, given in page.tags}
    assert "Hotel deposit" in page.text
    quiet = max_.open(f"/admin/users/{web.customer().user_id}").text
    assert all(
        text in quiet
        for text in ("No account yet.", "No cards.", "No standing orders.", "Nothing is held.", "Nothing is due.")
    )
    web.weather.is_away = True
    try:
        away = max_.open(f"/admin/users/{web.customer().user_id}").by_id["content"]
        assert "Not available right now." in away
        assert "Nothing is due." not in away
    finally:
        web.weather.is_away = False


def test_an_unknown_user_is_a_page_that_says_so(max_: Customer) -> None:
    assert "Page not found" in max_.open("/admin/users/no-such-person", 404).text


def test_an_employee_sees_a_user_and_cannot_change_them(web: WebBank) -> None:
    person, clerk = web.customer(), employee(web, "sees.only")
    page = clerk.open(f"/admin/users/{person.user_id}")
    assert not [form for form in page.forms if form.action == f"/admin/users/{person.user_id}"]
    token = page.forms[0].fields.get("csrf_token") or clerk.open("/admin").form("/logout").fields["csrf_token"]
    sent = {"csrf_token": token, "role": "admin", "status": "active", "confirmed": "yes"}
    assert clerk.client.post(f"/admin/users/{person.user_id}", data=sent).status_code == 403


def test_a_change_is_made_in_two_steps_and_a_disabled_person_cannot_log_in(web: WebBank, max_: Customer) -> None:
    person = web.customer()
    path = f"/admin/users/{person.user_id}"
    max_.open(path)
    max_.send(path, 200, role="customer", status="disabled")
    assert "Change Ada Lovelace?" in max_.page.text
    log_in(web.browser(), person.username)
    max_.follow(max_.send(path, 303))
    assert "is now a customer, disabled" in max_.page.text
    stranger = web.browser()
    stranger.open("/login")
    stranger.send("/login", 422, username=person.username, password=PASSWORD)
    assert "has been disabled" in stranger.page.text


def test_nothing_changed_is_said(web: WebBank, max_: Customer) -> None:
    path = f"/admin/users/{web.customer().user_id}"
    max_.open(path)
    max_.send(path, 422)
    assert "Nothing has changed" in max_.page.text


def test_an_administrator_who_would_change_themself_is_warned_twice(max_: Customer) -> None:
    path = f"/admin/users/{max_.user_id}"
    assert "This is you." in max_.open(path).text
    max_.send(path, 200, status="disabled", role="admin")
    assert "You may lock yourself out." in max_.page.text


def test_a_new_user_of_any_role_can_log_in(web: WebBank, max_: Customer) -> None:
    max_.open("/admin/users/new")
    wanted = {"username": "new.teller", "email": "new.teller@example.org", "full_name": "New Teller"}
    max_.follow(max_.send("/admin/users/new", 303, password=PASSWORD, role="employee", **wanted))
    assert all(text in max_.page.text for text in (*wanted.values(), "Employee"))
    teller = web.browser()
    log_in(teller, "new.teller")
    teller.open("/admin")


def test_what_is_wrong_with_a_new_user_stands_beside_its_field_and_what_was_typed_stays(max_: Customer) -> None:
    max_.open("/admin/users/new")
    max_.send("/admin/users/new", 422, username="x", email="x@example.org", password="short", full_name="Kept Name")
    assert {"username-error", "password-error"} & set(max_.page.by_id)
    fields = max_.page.form("/admin/users/new").fields
    assert (fields["full_name"], fields["email"], fields["password"]) == ("Kept Name", "x@example.org", "")
    max_.send("/admin/users/new", 422, username="max.chief", email="other@example.org", password=PASSWORD)
    assert "already in use" in max_.page.text
