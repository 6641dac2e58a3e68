"""The requests and replies about preferences; OpenAPI shows these models.

Each message that there is has a field of its own here, which a test compares with `NotificationType`.
"""

from notification_service.preferences.choices import Switches
from shared.enums import MessageChannel
from shared.http.payloads import RequestModel, ResponseModel


class SwitchesChange(RequestModel):
    """By which ways to be told from now on; what is left out stays."""

    inbox: bool | None = None
    email: bool | None = None
    webhook: bool | None = None

    def on(self, before: Switches) -> Switches:
        """What holds once this is done to what held before."""
        return before._replace(**self.model_dump(exclude_none=True))

    def asked(self) -> dict[MessageChannel, bool]:
        """What was said of which way."""
        return {MessageChannel(name): is_on for name, is_on in self.model_dump(exclude_none=True).items()}


class PreferencesChange(RequestModel):
    """By which ways to be told of what from now on; messages that are left out stay as they are."""

    account_opened: SwitchesChange | None = None
    account_frozen: SwitchesChange | None = None
    account_unfrozen: SwitchesChange | None = None
    account_closed: SwitchesChange | None = None
    money_received: SwitchesChange | None = None
    large_payment: SwitchesChange | None = None
    payment_reversed: SwitchesChange | None = None
    interest_paid: SwitchesChange | None = None
    interest_charged: SwitchesChange | None = None
    fee_charged: SwitchesChange | None = None
    hold_placed: SwitchesChange | None = None
    hold_raised: SwitchesChange | None = None
    hold_captured: SwitchesChange | None = None
    hold_released: SwitchesChange | None = None
    order_placed: SwitchesChange | None = None
    order_changed: SwitchesChange | None = None
    order_paid: SwitchesChange | None = None
    order_failed: SwitchesChange | None = None
    mandate_requested: SwitchesChange | None = None
    mandate_changed: SwitchesChange | None = None
    collection_announced: SwitchesChange | None = None
    collection_paid: SwitchesChange | None = None
    collection_returned: SwitchesChange | None = None
    collection_refunded: SwitchesChange | None = None
    card_payment_declined: SwitchesChange | None = None
    card_statement_made: SwitchesChange | None = None
    card_bill_paid: SwitchesChange | None = None
    card_bill_unpaid: SwitchesChange | None = None
    dispute_resolved: SwitchesChange | None = None
    floor_passed: SwitchesChange | None = None
    product_changed: SwitchesChange | None = None
    statement_ready: SwitchesChange | None = None
    card_issued: SwitchesChange | None = None
    card_changed: SwitchesChange | None = None
    card_frozen: SwitchesChange | None = None
    card_unfrozen: SwitchesChange | None = None
    card_ended: SwitchesChange | None = None
    new_device_login: SwitchesChange | None = None
    password_changed: SwitchesChange | None = None
    email_changed: SwitchesChange | None = None
    webhook_failed: SwitchesChange | None = None

    def wanted(self) -> dict[str, SwitchesChange]:
        """What was said of which message."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: change for name, change in given.items() if change is not None}


class MessageSwitches(ResponseModel):
    """By which ways somebody is told of one thing; `webhook`: by their own webhooks, where they have any."""

    inbox: bool
    email: bool
    webhook: bool


class Preferences(ResponseModel):
    """By which ways somebody is told of what."""

    account_opened: MessageSwitches
    account_frozen: MessageSwitches
    account_unfrozen: MessageSwitches
    account_closed: MessageSwitches
    money_received: MessageSwitches
    large_payment: MessageSwitches
    payment_reversed: MessageSwitches
    interest_paid: MessageSwitches
    interest_charged: MessageSwitches
    fee_charged: MessageSwitches
    hold_placed: MessageSwitches
    hold_raised: MessageSwitches
    hold_captured: MessageSwitches
    hold_released: MessageSwitches
    order_placed: MessageSwitches
    order_changed: MessageSwitches
    order_paid: MessageSwitches
    order_failed: MessageSwitches
    mandate_requested: MessageSwitches
    mandate_changed: MessageSwitches
    collection_announced: MessageSwitches
    collection_paid: MessageSwitches
    collection_returned: MessageSwitches
    collection_refunded: MessageSwitches
    card_payment_declined: MessageSwitches
    card_statement_made: MessageSwitches
    card_bill_paid: MessageSwitches
    card_bill_unpaid: MessageSwitches
    dispute_resolved: MessageSwitches
    floor_passed: MessageSwitches
    product_changed: MessageSwitches
    statement_ready: MessageSwitches
    card_issued: MessageSwitches
    card_changed: MessageSwitches
    card_frozen: MessageSwitches
    card_unfrozen: MessageSwitches
    card_ended: MessageSwitches
    new_device_login: MessageSwitches
    password_changed: MessageSwitches
    email_changed: MessageSwitches
    webhook_failed: MessageSwitches
