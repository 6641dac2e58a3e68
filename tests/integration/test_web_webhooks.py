"""The pages of webhooks: a secret is seen once, what was sent and answered is there, and it can be sent again."""

import re
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from shared import services
from tests.pages import Browser
from tests.receivers import Receiver, receiving
from tests.web_bank import Customer, WebBank

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]+=*")


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(lambda number: 500 if number == 1 else 200, b"<script>alert(1)</script>") as opened:
        yield opened


def deliver(web: WebBank) -> None:
    """What the worker does, as no threads run here."""
    worker = web.bank.apps[services.NOTIFICATION.package].extensions["context"].deliveries
    while claims := worker.turn():
        for claim in claims:
            worker.keep(worker.attempt(claim))


def made(ada: Customer, url: str, **facts: str) -> tuple[str, str]:
    """The id and the secret of a webhook that was made on the pages."""
    ada.open("/webhooks/new")
    reply = ada.send("/webhooks/new", 200, url=url, description="Books", **facts)
    assert reply.headers["Cache-Control"] == "no-store"
    (secret,) = SECRET.findall(ada.page.text)
    (webhook,) = ada.ask(services.NOTIFICATION, "GET", "/api/webhooks")
    return webhook["id"], secret


def test_a_webhook_is_made_tried_and_sent_again(web: WebBank, ada: Customer, receiver: Receiver) -> None:
    webhook_id, secret = made(ada, receiver.url, events="transaction.completed")
    path = f"/webhooks/{webhook_id}"
    assert "Books" in ada.open("/webhooks").text
    assert secret not in ada.open(path).text
    assert "transaction.completed" in ada.page.text
    ada.follow(ada.send(f"{path}/ping", 303))
    deliver(web)
    page = ada.open(path)
    page.check_harmless()
    assert "It answered 500" in page.text
    assert "Due" in page.text
    (delivery,) = ada.ask(services.NOTIFICATION, "GET", f"/api/webhooks/{webhook_id}/deliveries")
    ada.follow(ada.send(f"/webhooks/deliveries/{delivery['id']}/redeliver", 303))
    deliver(web)
    assert "Delivered" in ada.open(f"{path}?status=delivered").text
    assert "None of these" in ada.open(f"{path}?status=failed").text
    for one in receiver.received:
        Webhook(secret).verify(one.body, one.headers)
    assert len({one.id for one in receiver.received}) == 1


def test_a_webhook_is_changed_rotated_switched_off_and_deleted(ada: Customer) -> None:
    webhook_id, secret = made(ada, "https://example.org/hook")
    path = f"/webhooks/{webhook_id}"
    assert "All events" in ada.open(path).text
    ada.open(f"{path}/change")
    assert ada.page.form(f"{path}/change").fields["url"] == "https://example.org/hook"
    ada.follow(ada.send(f"{path}/change", 303, url="", description="", events="hold.placed"))
    assert "None: events are kept, to be fetched" in ada.page.text
    ada.open(path)
    ada.follow(ada.send(f"{path}/off", 303))
    assert "Switch it on" in ada.page.text
    ada.follow(ada.send(f"{path}/on", 303))
    assert "Switch it off" in ada.page.text
    ada.send(f"{path}/rotate-secret", 200)
    (new,) = SECRET.findall(ada.page.text)
    assert new != secret
    assert "signed with the secret before as well" in ada.page.text
    ada.open(path)
    ada.follow(ada.send(f"{path}/delete", 303))
    assert "No webhooks yet" in ada.page.text
    ada.open(path, 404)


@pytest.mark.parametrize(
    ("url", "problem"),
    [("http://10.0.0.1/", "inner network"), ("nonsense", "address such as"), ("https://x/" + "a" * 2000, "2000")],
)
def test_what_is_wrong_stands_beside_its_field(ada: Customer, url: str, problem: str) -> None:
    ada.open("/webhooks/new")
    ada.send("/webhooks/new", 422, url=url)
    assert problem in ada.page.by_id["url-error"].replace(",", "")
    assert ada.page.form("/webhooks/new").fields["url"] == url


def test_somebody_elses_webhook_has_no_page(web: WebBank, ada: Customer) -> None:
    webhook_id, _ = made(ada, "https://example.org/hook")
    strangers: list[Browser] = [web.customer("Mallory"), web.employee()]
    for stranger in strangers:
        for path in (f"/webhooks/{webhook_id}", f"/webhooks/{webhook_id}/change"):
            assert "Books" not in stranger.open(path, 404).text


def test_what_goes_wrong_on_purpose_is_set_and_ended_on_the_page(
    web: WebBank, ada: Customer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id, _ = made(ada, receiver.url, events="transaction.completed")
    path = f"/webhooks/{webhook_id}"
    assert "Try your receiver" in ada.open(path).text
    ada.open(f"{path}/chaos")
    page = ada.follow(ada.send(f"{path}/chaos", 303, duplicate="y", reorder="y", delay_seconds="7"))
    assert "they come twice, in any order, late by 7 seconds" in page.text
    (webhook,) = ada.ask(services.NOTIFICATION, "GET", "/api/webhooks")
    assert webhook["chaos"] == {"duplicate": True, "delay_seconds": 7, "reorder": True, "drop_first": False}
    ada.open(f"{path}/chaos")
    ada.send(f"{path}/chaos", 422, delay_seconds="3601")
    assert "delay_seconds-error" in ada.page.by_id
    token = ada.open(f"{path}/chaos").form(f"{path}/chaos").fields["csrf_token"]
    assert ada.client.post(f"{path}/chaos", data={"csrf_token": token, "delay_seconds": "0"}).status_code == 303
    assert "Chaos" not in ada.open(path).text
    monkeypatch.setenv("BANK_ENV", "production")
    assert "Try your receiver" not in ada.open(path).text
