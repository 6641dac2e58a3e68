"""A notification in message_of: title, body and where it leads. Pure."""

from dataclasses import dataclass

from notification_service.inbox.rules import (
    ACCOUNT_OPENED,
    LARGE_PAYMENT,
    MONEY_RECEIVED,
    NEW_DEVICE_LOGIN,
    PASSWORD_CHANGED,
    NewNotification,
)
from shared import money

NOT_YOU = "If this was not you, change your password and sign out everywhere in Settings."


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """What an account is called."""

    holder_name: str
    account_number: str
    account_type: str
    currency: str
    nickname: str | None

    def __str__(self) -> str:
        name = f'account "{self.nickname}"' if self.nickname else f"{self.account_type} account"
        return f"{name} ending in {self.account_number[-4:]}"


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads. `link` is a path of the web bank."""

    title: str
    body: str
    link: str


def message_of(notification: NewNotification, accounts: dict[str, KnownAccount]) -> Message:
    """What to say. `accounts` are those known among the notification's own; what is not known is left unsaid."""
    account = accounts.get(notification.account_id or "")
    if notification.type in (MONEY_RECEIVED, LARGE_PAYMENT):
        return _movement(notification, account, accounts.get(notification.other_account_id or ""))
    if notification.type == ACCOUNT_OPENED:
        link = f"/accounts/{notification.account_id}"
        if account is None:
            return Message("Your new account is open", "It is ready to use.", link)
        title = f"Your {account.account_type} account is open"
        return Message(title, f"Your {account} is ready to use, in {account.currency}.", link)
    if notification.type == NEW_DEVICE_LOGIN:
        return Message(
            "Log-in from a new device", f"Somebody logged in with {notification.detail}. {NOT_YOU}", "/settings"
        )
    if notification.type == PASSWORD_CHANGED:
        body = f"Your password was changed, and your other devices were signed out. {NOT_YOU}"
        return Message("Your password was changed", body, "/settings")
    message = f"there is no message for {notification.type}"
    raise ValueError(message)


def amount_text(amount_minor: int, currency: str) -> str:
    """`1,234.50 EUR`."""
    whole, point, fraction = money.to_text(amount_minor, currency).partition(".")
    return f"{int(whole):,}{point}{fraction} {currency}"


def _movement(notification: NewNotification, account: KnownAccount | None, other: KnownAccount | None) -> Message:
    amount = amount_text(notification.amount_minor or 0, notification.currency or "")
    own = f"your {account}" if account else "your account"
    is_receipt = notification.type == MONEY_RECEIVED
    if notification.movement == "reversal":
        title = f"{amount} came back to you" if is_receipt else f"A payment of {amount} to you was taken back"
        body = f"{amount} was returned to {own}." if is_receipt else f"{amount} was taken back out of {own}."
    elif is_receipt:
        title = f"You received {amount}"
        body = f"{other.holder_name} paid {amount} into {own}." if other else f"{amount} was paid into {own}."
    elif notification.movement == "withdrawal":
        title, body = f"Large withdrawal of {amount}", f"{amount} was taken out of {own}."
    else:
        title = f"Large payment of {amount}"
        body = f"{amount} was paid from {own}{f' to {other.holder_name}' if other else ''}."
    if notification.detail:
        body += f" Message: “{notification.detail}”"
    if not is_receipt and notification.movement != "reversal":
        body = f"{body.removesuffix('.')}. {NOT_YOU}"
    return Message(title, body, f"/transactions/{notification.entry_id}")
