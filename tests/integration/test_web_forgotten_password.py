"""From "Forgot your password?" to a new one, on the pages."""

import re

from auth_service.passwords import password_reset
from shared import services
from shared.services import NOTIFICATION
from tests.pages import Browser
from tests.web_bank import PASSWORD, WebBank
from tests.web_people import administrator, catch_up, log_in

NEW = "rough seas on wednesdays"


def test_a_forgotten_password_is_replaced_with_the_link_of_the_mail(web: WebBank) -> None:
    ada, chief = web.customer(), administrator(web)
    (email,) = [ada.ask(services.AUTH, "GET", "/api/auth/profile")["email"]]
    visitor = Browser(web.bank.client(services.GATEWAY))
    assert "Forgot your password?" in visitor.open("/login").text
    visitor.open("/forgot_password")
    visitor.follow(visitor.send("/forgot_password", 303, email=email))
    assert "Check your e-mail" in visitor.page.text
    password_reset.work_off(web.bank.apps[services.AUTH.package].extensions["context"])
    catch_up(web)
    page = chief.open("/admin/mailbox")
    page.check_harmless()
    (link,) = {given["href"] for _, given in page.tags if "/reset_password" in (given.get("href") or "")}
    token = re.sub(".*=", "", link)
    reply = visitor.client.get(link)
    assert (reply.headers["Referrer-Policy"], reply.headers["Cache-Control"]) == ("same-origin", "no-store")
    visitor.look(reply, 200).check_harmless()
    visitor.send("/reset_password", 422, token=token, new_password="short")
    assert token not in visitor.send("/reset_password", 303, token=token, new_password=NEW).headers["Location"]
    log_in(visitor, ada.username, NEW)
    other = Browser(web.bank.client(services.GATEWAY))
    other.open("/login")
    other.send("/login", 422, username=ada.username, password=PASSWORD)
    other.open("/reset_password?token=" + token)
    other.send("/reset_password", 422, token=token, new_password=NEW + " again")
    assert "not valid any more" in other.page.text


def mailed(web: WebBank) -> int:
    """How many links were mailed."""
    password_reset.work_off(web.bank.apps[services.AUTH.package].extensions["context"])
    catch_up(web)
    with web.bank.apps[NOTIFICATION.package].extensions["context"].database.read() as connection:
        query = "SELECT count(*) FROM mails WHERE kind = 'password_reset'"
        return int(connection.exec_driver_sql(query).scalar_one())


def test_an_address_that_nobody_has_is_answered_the_same(web: WebBank) -> None:
    visitor, before = Browser(web.bank.client(services.GATEWAY)), mailed(web)
    visitor.open("/forgot_password")
    visitor.follow(visitor.send("/forgot_password", 303, email="nobody@example.org"))
    assert "Check your e-mail" in visitor.page.text
    assert mailed(web) == before
