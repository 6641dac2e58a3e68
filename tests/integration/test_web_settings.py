"""Settings on the pages: the password, and the devices that are signed in."""

import pytest

from tests.pages import SCRIPT_CORPUS
from tests.web_bank import PASSWORD, Customer, WebBank
from tests.web_people import another_device, log_in

NEW = "seven green teacups on a shelf"


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


def ends(ada: Customer) -> list[str]:
    """Where the forms lead that sign one device out."""
    return [form.action for form in ada.open("/settings").forms if form.action.endswith("/end")]


def is_signed_in(customer: Customer) -> bool:
    return customer.client.get("/profile").status_code == 200


def change(ada: Customer, status: int, current: str = PASSWORD, new: str = NEW, repeated: str | None = None) -> None:
    """Fill in the form of the password, and send it."""
    ada.open("/settings")
    passwords = {"current_password": current, "new_password": new, "repeated": new if repeated is None else repeated}
    ada.send("/settings", status, **passwords)


def test_a_new_password_signs_the_other_devices_out(web: WebBank, ada: Customer) -> None:
    other = another_device(ada)
    change(ada, 303)
    page = ada.open("/settings")
    assert "Your password is changed. One device was logged out." in page.text
    assert is_signed_in(ada)
    assert not is_signed_in(other)
    log_in(web.browser(), ada.username, NEW)


def test_a_wrong_current_password_is_named_beside_its_field(web: WebBank, ada: Customer) -> None:
    change(ada, 422, current="not my password")
    assert "The current password is wrong." in ada.page.by_id["current_password-error"]
    assert "new_password-error" not in ada.page.by_id
    assert PASSWORD not in ada.page.text
    log_in(web.browser(), ada.username)


@pytest.mark.parametrize(
    ("new", "repeated", "field", "problem"),
    [
        ("short", "short", "new_password", "12"),
        ("password1234", "password1234", "new_password", "first that anybody would guess"),
        (NEW, NEW + "!", "repeated", "not the same"),
        ("", "", "new_password", "Choose a new password."),
    ],
)
def test_a_new_password_that_will_not_do_is_named(
    ada: Customer, new: str, repeated: str, field: str, problem: str
) -> None:
    change(ada, 422, new=new, repeated=repeated)
    assert problem in ada.page.by_id[f"{field}-error"]
    assert not any(NEW in given.get("value", "") for _, given in ada.page.tags), "passwords are not sent back"


def test_devices_are_listed_and_one_can_be_signed_out(ada: Customer) -> None:
    phone = another_device(ada, "Mozilla/5.0 (iPhone) Safari/604.1")
    page = ada.open("/settings")
    assert "Safari on iPhone" in page.text
    assert page.text.count("This device") == 1
    (action,) = ends(ada)
    assert "One device was logged out." in ada.follow(ada.send(action, 303)).text
    assert not is_signed_in(phone)
    assert is_signed_in(ada)
    token = ada.open("/settings").form("/settings").fields["csrf_token"]
    assert ada.client.post(action, data={"csrf_token": token}).status_code == 303, "twice is no error"


def test_all_other_devices_are_signed_out_at_once(ada: Customer) -> None:
    assert ada.client.get("/settings?cursor=forged").headers["Location"] == "/settings"
    others = [another_device(ada, f"curl/{number}") for number in range(12)]
    assert len(ends(ada)) < 12, "more than a page of them"
    ada.open("/settings")
    page = ada.follow(ada.send("/settings/devices/end_others", 303))
    assert "12 devices were logged out." in page.text
    assert not any(is_signed_in(other) for other in others)
    assert is_signed_in(ada)
    assert not [form for form in page.forms if form.action == "/settings/devices/end_others"]


def test_signing_out_everywhere_signs_this_device_out_too(ada: Customer) -> None:
    other = another_device(ada)
    ada.open("/settings")
    reply = ada.send("/settings/devices/end_all", 303)
    assert reply.headers["Location"] == "/login"
    assert not is_signed_in(other)
    assert not is_signed_in(ada)


def test_somebody_elses_device_stays_signed_in(web: WebBank, ada: Customer) -> None:
    another_device(ada)
    (action,) = ends(ada)
    mallory = web.customer("Mallory")
    token = mallory.open("/settings").form("/settings").fields["csrf_token"]
    mallory.client.post(action, data={"csrf_token": token})
    assert ends(ada) == [action]


def test_the_names_of_devices_are_only_ever_text(ada: Customer) -> None:
    """Catalogue 48."""
    for text in SCRIPT_CORPUS:
        another_device(ada, text)
        page = ada.open("/settings")
        assert text in page.text
        page.check_harmless()
