"""The page of the signing keys: what there is, and another one at the press of a button, which logs nobody out."""

from shared import services
from tests.web_bank import WebBank
from tests.web_people import administrator, employee


def test_a_key_is_changed_and_nobody_is_logged_out(web: WebBank) -> None:
    chief, ada = administrator(web), web.customer()
    page = chief.open("/admin/keys")
    assert "Signing keys" in chief.open("/admin").text
    assert "Signs soon" not in page.text
    assert "Change the key" in chief.open("/admin/keys").text
    assert chief.send("/admin/keys", 303).headers["Location"] == "/admin/keys"
    page = chief.open("/admin/keys")
    page.check_harmless()
    assert "Another key is announced" in page.text
    assert "Signs soon" in page.text
    assert "Change the key" not in page.text
    reply = web.bank.client(services.AUTH).get("/api/auth/signing_keys", headers=web.bank.headers("admin"))
    keys = reply.json["data"]["signing_keys"]
    assert [key["stage"] for key in keys] == ["signs", "announced"]
    assert all(key["id"] in page.text for key in keys)
    assert "Accounts" in ada.open("/accounts").text


def test_it_is_for_administrators_alone(web: WebBank) -> None:
    for somebody in (web.customer(), employee(web)):
        assert somebody.client.get("/admin/keys").status_code in (403, 404)
