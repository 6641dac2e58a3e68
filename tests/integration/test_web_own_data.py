"""The page "Your data", and the same of somebody else for administrators."""

import io
import json
import zipfile

from tests.web_bank import WebBank
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
