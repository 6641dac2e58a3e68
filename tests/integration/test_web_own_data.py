"""The page "Your data", and the same of somebody else for administrators."""

import io
import json
import zipfile

from shared import services
from shared.privacy import erasure
from shared.services import Service
from tests.web_bank import PASSWORD, Customer, WebBank
from tests.web_people import administrator, catch_up, employee


def manifest(content: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        read: dict[str, object] = json.loads(found.read("manifest.json"))
    return read


def test_settings_lead_to_the_page_and_the_page_to_the_archive(web: WebBank) -> None:
    ada = web.customer("Ada Lovelace")
    ada.opened(nickname="Everyday")
    catch_up(web)
    assert any(given.get("href") == "/settings/data" for _, given in ada.open("/settings").tags)
    ada.open("/settings/data")
    reply = ada.send("/settings/data/archive", 200)
    assert reply.headers["Content-Disposition"].startswith(f'attachment; filename="own-data-{ada.user_id}-')
    assert manifest(reply.get_data())["person"] == {"id": ada.user_id, "username": ada.username}


def test_an_administrator_says_why_before_taking_somebodys_data(web: WebBank) -> None:
    ada, max_ = web.customer(), administrator(web)
    page = max_.open(f"/admin/users/{ada.user_id}")
    address = f"/admin/users/{ada.user_id}/data"
    assert any(given.get("href") == address for _, given in page.tags)
    max_.open(address)
    assert "Say why, for the audit trail." in max_.send(f"{address}/archive", 422, reason="").get_data(as_text=True)
    reply = max_.send(f"{address}/archive", 200, reason="Asked for by letter")
    assert manifest(reply.get_data())["asked_by"] == "an administrator"


def test_employees_have_no_such_page(web: WebBank) -> None:
    ada, eve = web.customer(), employee(web)
    assert f"/admin/users/{ada.user_id}/data" not in eve.open(f"/admin/users/{ada.user_id}").text
    eve.open(f"/admin/users/{ada.user_id}/data", 403)


def closed(web: WebBank, person: Customer, account_id: str) -> None:
    service: Service = services.ACCOUNT
    person.ask(service, "DELETE", f"/api/accounts/close/{account_id}")
    catch_up(web)


def test_whoever_has_an_account_is_shown_which_to_close_and_then_is_erased(web: WebBank) -> None:
    ada = web.customer("Ada Lovelace")
    account = ada.opened(nickname="Everyday")
    page = ada.open("/settings/data")
    assert any(given.get("href") == f"/accounts/{account['id']}/close" for _, given in page.tags)
    assert not [form for form in page.forms if form.action == "/settings/data/erase"]
    closed(web, ada, account["id"])
    ada.open("/settings/data")
    sent = {"current_password": PASSWORD}
    assert "Tick the box" in ada.send("/settings/data/erase", 422, **sent).get_data(as_text=True)
    wrong = ada.send("/settings/data/erase", 422, current_password="not this one", confirm="y")
    assert "password is wrong" in wrong.get_data(as_text=True)
    page = ada.follow(ada.send("/settings/data/erase", 303, confirm="y", **sent))
    assert "You are erased." in page.text
    ada.open("/login")
    ada.send("/login", 422, username=ada.username, password=PASSWORD)


def test_an_administrator_erases_a_customer_and_sees_that_it_is_done(web: WebBank) -> None:
    ada, max_ = web.customer("Ada Lovelace"), administrator(web, "max.eraser")
    address = f"/admin/users/{ada.user_id}/data"
    max_.open(address)
    page = max_.send(f"{address}/erase", 422, why="", confirm="y").get_data(as_text=True)
    assert "Say why, for the audit trail." in page
    page = max_.follow(max_.send(f"{address}/erase", 303, why="Asked for by letter", confirm="y"))
    assert ("They are erased." in page.text, erasure.NAME in page.text, "Ada" in page.text) == (True, True, False)
    shown = max_.open(f"/admin/users/{ada.user_id}")
    assert ("Erased" in shown.text, "Role and status" in shown.text) == (True, False)


def test_staff_are_offered_no_erasure(web: WebBank) -> None:
    eve = employee(web, "eve.stays")
    assert "Be erased" not in eve.open("/settings/data").text
    max_ = administrator(web, "max.stays")
    assert "Erase them" not in max_.open(f"/admin/users/{eve.user_id}/data").text
