"""A notification in words: title, body and where it leads. Pure."""

from dataclasses import dataclass

from notification_service.occasions import (
    ACCOUNT_OPENED,
    LARGE_PAYMENT,
    MONEY_RECEIVED,
    NEW_DEVICE_LOGIN,
    PASSWORD_CHANGED,
    Occasion,
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
class Words:
    """What a person reads. `link` is a path of the web bank."""

    title: str
    body: str
    link: str


def words(occasion: Occasion, accounts: dict[str, KnownAccount]) -> Words:
    """Say it. `accounts` are those known among the occasion's own; what is not known is left unsaid."""
    account = accounts.get(occasion.account_id or "")
    if occasion.type in (MONEY_RECEIVED, LARGE_PAYMENT):
        return _movement(occasion, account, accounts.get(occasion.other_account_id or ""))
    if occasion.type == ACCOUNT_OPENED:
        link = f"/accounts/{occasion.account_id}"
        if account is None:
            return Words("Your new account is open", "It is ready to use.", link)
        title = f"Your {account.account_type} account is open"
        return Words(title, f"Your {account} is ready to use, in {account.currency}.", link)
    if occasion.type == NEW_DEVICE_LOGIN:
        return Words("Log-in from a new device", f"Somebody logged in with {occasion.detail}. {NOT_YOU}", "/settings")
    if occasion.type == PASSWORD_CHANGED:
        body = f"Your password was changed, and your other devices were signed out. {NOT_YOU}"
        return Words("Your password was changed", body, "/settings")
    message = f"nobody has written words for {occasion.type}"
    raise ValueError(message)


def amount_text(amount_minor: int, currency: str) -> str:
    """`1,234.50 EUR`."""
    whole, point, fraction = money.to_text(amount_minor, currency).partition(".")
    return f"{int(whole):,}{point}{fraction} {currency}"


def _movement(occasion: Occasion, account: KnownAccount | None, other: KnownAccount | None) -> Words:
    amount = amount_text(occasion.amount_minor or 0, occasion.currency or "")
    own = f"your {account}" if account else "your account"
    is_receipt = occasion.type == MONEY_RECEIVED
    if occasion.movement == "reversal":
        title = f"{amount} came back to you" if is_receipt else f"A payment of {amount} to you was taken back"
        body = f"{amount} was returned to {own}." if is_receipt else f"{amount} was taken back out of {own}."
    elif is_receipt:
        title = f"You received {amount}"
        body = f"{other.holder_name} paid {amount} into {own}." if other else f"{amount} was paid into {own}."
    elif occasion.movement == "withdrawal":
        title, body = f"Large withdrawal of {amount}", f"{amount} was taken out of {own}."
    else:
        title = f"Large payment of {amount}"
        body = f"{amount} was paid from {own}{f' to {other.holder_name}' if other else ''}."
    if occasion.detail:
        body += f" Message: “{occasion.detail}”"
    if not is_receipt and occasion.movement != "reversal":
        body = f"{body.removesuffix('.')}. {NOT_YOU}"
    return Words(title, body, f"/transactions/{occasion.entry_id}")
