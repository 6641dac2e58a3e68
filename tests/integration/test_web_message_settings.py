"""The table of switches: what it shows, what a tick changes, and what it never lets anybody switch off."""

from gateway.web.message_settings.message_names import GROUPS
from shared import services
from shared.enums import NotificationType
from tests.web_bank import Customer, WebBank

PAGE = "/settings/messages"
PREFERENCES = "/api/notifications/preferences"


def ticked(customer: Customer) -> list[str]:
    """The boxes that are ticked as the page is opened."""
    return [
        given["value"] or ""
        for tag, given in customer.open(PAGE).tags
        if tag == "input" and given.get("name") == "on" and "checked" in given
    ]


def save(customer: Customer, boxes: list[str], status: int) -> None:
    """Send the form with these boxes ticked."""
    token = customer.open(PAGE).form(PAGE).fields["csrf_token"]
    reply = customer.client.post(PAGE, data={"csrf_token": token, "on": boxes})
    assert reply.status_code == status, reply.text


def test_each_message_is_on_the_page_once() -> None:
    shown = [kind for _, kinds in GROUPS for kind, _ in kinds]
    assert sorted(shown) == sorted(NotificationType)


def test_a_box_unticked_is_a_way_by_which_one_is_not_told(web: WebBank) -> None:
    ada = web.customer()
    boxes = ticked(ada)
    assert "money_received.email" in boxes
    assert "fee_charged.email" not in boxes
    assert not [box for box in boxes if box.startswith("password_changed") and not box.endswith(".webhook")]
    save(ada, [*(set(boxes) - {"money_received.email"}), "fee_charged.email"], 303)
    assert set(ticked(ada)) == (set(boxes) - {"money_received.email"}) | {"fee_charged.email"}
    assert "Saved." in ada.client.get(PAGE).text or "Saved." in ada.page.text
    now = ada.ask(services.NOTIFICATION, "GET", PREFERENCES)
    assert now["money_received"] == {"inbox": True, "email": False, "webhook": True}
    assert now["password_changed"] == {"inbox": True, "email": True, "webhook": True}


def test_none_ticked_leaves_what_cannot_be_switched_off(web: WebBank) -> None:
    ada = web.customer()
    save(ada, [], 303)
    now = ada.ask(services.NOTIFICATION, "GET", PREFERENCES)
    on = {(kind, way) for kind, switches in now.items() for way, is_on in switches.items() if is_on}
    security = ("new_device_login", "password_changed", "email_changed")
    assert on == {(kind, way) for kind in security for way in ("inbox", "email")}


def test_a_box_that_the_page_does_not_have_is_refused(web: WebBank) -> None:
    ada = web.customer()
    save(ada, ["password_changed.inbox"], 422)
    save(ada, ["<script>alert(1)</script>"], 422)
    assert ada.ask(services.NOTIFICATION, "GET", PREFERENCES)["money_received"]["inbox"]
