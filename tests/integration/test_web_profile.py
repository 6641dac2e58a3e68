"""The profile on the pages: who one is to the bank, and what of it can be changed."""

import pytest

from shared import services
from tests.pages import SCRIPT_CORPUS
from tests.web_bank import PASSWORD, Customer, WebBank
from tests.web_people import log_in


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


def test_a_new_name_is_kept_and_stands_on_every_page_at_once(ada: Customer) -> None:
    page = ada.open("/profile")
    assert "Member since" in page.text
    assert page.form("/profile").fields["full_name"] == "Ada Lovelace"
    page = ada.follow(ada.send("/profile", 303, full_name="  Ada King  "))
    assert "Your profile is saved." in page.text
    assert "Menu of Ada King" in page.text
    assert ada.ask(services.AUTH, "GET", "/api/auth/profile")["full_name"] == "Ada King"


def test_a_new_address_is_one_to_log_in_with(web: WebBank, ada: Customer) -> None:
    ada.open("/profile")
    address = f"new.{ada.username}@example.org"
    ada.send("/profile", 422, email=address)
    assert "e-mail address" in ada.page.by_id["current_password-error"]
    ada.send("/profile", 422, email=address, current_password="not the password I use")
    assert "wrong" in ada.page.text
    ada.send("/profile", 303, email=address, current_password=PASSWORD)
    log_in(web.browser(), address, PASSWORD)


def test_nothing_is_sent_where_nothing_changed(ada: Customer) -> None:
    ada.open("/profile")
    assert "There was nothing to change." in ada.follow(ada.send("/profile", 303)).text


@pytest.mark.parametrize(
    ("filled", "field", "problem"),
    [
        ({"full_name": " "}, "full_name", "not taken away"),
        ({"full_name": "x" * 101}, "full_name", "100"),
        ({"email": "nobody"}, "email", "ada@example.org"),
        ({"email": ""}, "email", "ada@example.org"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(ada: Customer, filled: dict[str, str], field: str, problem: str) -> None:
    ada.open("/profile")
    ada.send("/profile", 422, **filled)
    assert problem in ada.page.by_id[f"{field}-error"]
    assert ada.page.form("/profile").fields[field].strip() == filled[field].strip(), "what was typed stays"


def test_an_address_that_somebody_has_is_refused(web: WebBank, ada: Customer) -> None:
    other = web.customer("Grace Hopper")
    ada.open("/profile")
    ada.send("/profile", 422, email=f"{other.username}@example.org", current_password=PASSWORD)
    assert "already in use" in ada.page.text


def test_a_name_is_only_ever_text(ada: Customer) -> None:
    """Catalogue 48."""
    for text in SCRIPT_CORPUS:
        ada.open("/profile")
        page = ada.follow(ada.send("/profile", 303, full_name=text))
        assert text in page.text
        assert page.form("/profile").fields["full_name"] == text
        page.check_harmless()
