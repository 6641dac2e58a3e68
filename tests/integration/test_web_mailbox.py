"""The page of the development mailbox: what lies there as text, and where its links lead."""

from shared import services
from tests.web_bank import WebBank
from tests.web_people import administrator, catch_up, employee


def test_what_was_mailed_lies_there_as_text_with_its_link(web: WebBank) -> None:
    chief = administrator(web)
    assert "No mail yet" in chief.open("/admin/mailbox").text
    ada = web.customer("Ada <b>Lovelace</b>")
    order = {"account_type": "checking", "nickname": "<script>alert(1)</script>"}
    account = ada.ask(services.ACCOUNT, "POST", "/api/accounts/create", order)
    catch_up(web)
    page = chief.open("/admin/mailbox")
    page.check_harmless()
    assert "Your checking account is open" in page.text
    assert "<script>alert(1)</script>" in page.text
    assert [given["href"] for tag, given in page.tags if given.get("href") == f"/accounts/{account['id']}"]
    assert "Mailbox" in chief.open("/admin").text


def test_it_is_for_administrators_alone(web: WebBank) -> None:
    for somebody in (web.customer(), employee(web)):
        assert somebody.client.get("/admin/mailbox").status_code in (403, 404)
