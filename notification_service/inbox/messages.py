"""A notification in message_of: title, body and where it leads. Pure."""

from dataclasses import dataclass
from datetime import date

from notification_service.inbox.arranged_messages import WORDS_OF_ARRANGED, arranged_message
from notification_service.inbox.card_messages import card_message
from notification_service.inbox.message import Message, amount_text
from notification_service.inbox.rules import TYPES_OF_CARDS, NewNotification
from shared.enums import NotificationType, TransactionType

NOT_YOU = "If this was not you, change your password and log out everywhere in Settings."


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


def message_of(notification: NewNotification, accounts: dict[str, KnownAccount]) -> Message:
    """What to say. `accounts` are those known among the notification's own; what is not known is left unsaid."""
    account = accounts.get(notification.account_id or "")
    if notification.type in _OF_THE_BANKS_OWN:
        return _of_the_banks_own(notification, account)
    if notification.entry_id is not None:
        return _movement(notification, account, accounts.get(notification.other_account_id or ""))
    if notification.type in _HOLDS:
        return _hold(notification, account)
    if notification.type in WORDS_OF_ARRANGED or notification.type in TYPES_OF_CARDS:
        own = f"your {account}" if account else "your account"
        is_of_card = notification.type in TYPES_OF_CARDS
        return card_message(notification, own, NOT_YOU) if is_of_card else arranged_message(notification, own)
    if notification.account_id is not None:
        return _account(notification, account)
    return _of_oneself(notification)


def _of_oneself(notification: NewNotification) -> Message:
    if notification.type == NotificationType.WEBHOOK_FAILED:
        return _webhook_failed(notification)
    title, body = {
        NotificationType.NEW_DEVICE_LOGIN: (
            "Log-in from a new device",
            f"Somebody logged in with {notification.detail}.",
        ),
        NotificationType.PASSWORD_CHANGED: (
            "Your password was changed",
            "Your password was changed, and your other devices were logged out.",
        ),
        NotificationType.EMAIL_CHANGED: (
            "Your e-mail address was changed",
            f"Your e-mail address was changed {notification.detail}.",
        ),
    }[NotificationType(notification.type)]
    return Message(title, f"{body} {NOT_YOU}", "/settings")


def _webhook_failed(notification: NewNotification) -> Message:
    endpoint_id, _, name = notification.detail.partition("\n")
    body = (
        f"A message for {name} did not arrive within a day, and the bank does not try it again. Look at what was "
        "answered, and have it sent once more when the receiver is well."
    )
    return Message("A webhook does not take its messages", body, f"/webhooks/{endpoint_id}")


def _account(notification: NewNotification, account: KnownAccount | None) -> Message:
    """Of one that is not known, only that it is theirs."""
    if notification.type == NotificationType.STATEMENT_READY:
        return _statement(notification, account)
    link = f"/accounts/{notification.account_id}"
    name = f"Your {account}" if account else "Your account"
    kind = f"Your {account.account_type} account" if account else "Your account"
    why = f" Reason: {notification.detail}" if notification.detail else ""
    if notification.type == NotificationType.ACCOUNT_FROZEN:
        body = f"{name} was frozen by the bank: no money can leave or reach it until it is unfrozen.{why}"
        return Message(f"{kind} is frozen", body, link)
    if notification.type == NotificationType.ACCOUNT_UNFROZEN:
        return Message(f"{kind} is unfrozen", f"{name} can be used again.{why}", link)
    if notification.type == NotificationType.ACCOUNT_CLOSED:
        body = f"{name} was closed. Its transactions and statements stay readable.{why}"
        return Message(f"{kind} is closed", body, link)
    if account is None:
        return Message("Your new account is open", "It is ready to use.", link)
    return Message(f"{kind} is open", f"{name} is ready to use, in {account.currency}.", link)


_HOLDS = {
    NotificationType.HOLD_PLACED: (
        "{amount} is held",
        "{amount} is held on {own}. It has not left the account, and cannot be spent meanwhile.",
    ),
    NotificationType.HOLD_RAISED: ("{amount} more is held", "{amount} more is held on {own}."),
    NotificationType.HOLD_CAPTURED: ("{amount} was paid", "{amount} that was held on {own} was taken."),
    NotificationType.HOLD_RELEASED: (
        "{amount} is available again",
        "{amount} that was held on {own} was not taken.",
    ),
}


def _statement(notification: NewNotification, account: KnownAccount | None) -> Message:
    month, movements, minor, currency = notification.detail.split("\n")
    said = f"{date.fromisoformat(month):%B %Y}"
    balance = f"{'-' if minor.startswith('-') else ''}{amount_text(abs(int(minor)), currency)}"
    own = f"your {account}" if account else "your account"
    count = "1 transaction" if movements == "1" else f"{movements} transactions"
    body = f"The statement of {own} for {said} is ready: {count}, and {balance} at the end of the month."
    return Message(f"Your statement for {said}", body, f"/accounts/{notification.account_id}/statements")


def _hold(notification: NewNotification, account: KnownAccount | None) -> Message:
    title, body = _HOLDS[NotificationType(notification.type)]
    words = _words_of(notification, account)
    why = f" For: “{notification.detail}”" if notification.detail else ""
    return Message(title.format(**words), f"{body.format(**words)}{why}", f"/accounts/{notification.account_id}")


def _words_of(notification: NewNotification, account: KnownAccount | None) -> dict[str, str]:
    amount = amount_text(notification.amount_minor or 0, notification.currency or "")
    return {"amount": amount, "own": f"your {account}" if account else "your account"}


_OF_THE_BANKS_OWN = {
    NotificationType.INTEREST_PAID: ("{amount} of interest", "{own} earned {amount} of interest."),
    NotificationType.INTEREST_CHARGED: ("{amount} of interest charged", "{amount} of interest was charged to {own}."),
    NotificationType.FEE_CHARGED: ("A fee of {amount}", "A fee of {amount} was charged to {own}."),
}


def _of_the_banks_own(notification: NewNotification, account: KnownAccount | None) -> Message:
    title, body = _OF_THE_BANKS_OWN[NotificationType(notification.type)]
    words = _words_of(notification, account)
    said = body.format(**words)
    is_for_something = notification.type == NotificationType.FEE_CHARGED and notification.detail
    why = f" For: “{notification.detail}”" if is_for_something else ""
    return Message(title.format(**words), f"{said[0].upper()}{said[1:]}{why}", f"/transactions/{notification.entry_id}")


_LEFT_BY_ITSELF: dict[str, tuple[str, str]] = {
    NotificationType.ORDER_PAID: (
        "A standing order paid {amount}",
        "{amount} was paid from {own}{to}, as you have arranged.",
    ),
    NotificationType.COLLECTION_PAID: (
        "A direct debit of {amount} was paid",
        "{amount} was collected from {own}{by}.",
    ),
}
_COME_BACK: dict[str | None, str] = {
    TransactionType.CARD_REFUND: "A shop gave {amount} back to {own}.",
    TransactionType.CHARGEBACK: "{amount} of the payment you disputed is back on {own} until it is decided.",
}


def _movement(notification: NewNotification, account: KnownAccount | None, other: KnownAccount | None) -> Message:
    amount = amount_text(notification.amount_minor or 0, notification.currency or "")
    own = f"your {account}" if account else "your account"
    is_receipt = notification.type == NotificationType.MONEY_RECEIVED
    to, by = (f" to {other.holder_name}", f" by {other.holder_name}") if other else ("", "")
    if notification.movement == TransactionType.REVERSAL:
        title = f"{amount} came back to you" if is_receipt else f"A payment of {amount} to you was taken back"
        body = f"{amount} was returned to {own}." if is_receipt else f"{amount} was taken back out of {own}."
    elif notification.type == NotificationType.PAYMENT_REVERSED:
        title = f"A card payment of {amount} to you was taken back"
        body = f"It was disputed, and decided against you: {amount} was taken out of {own}."
    elif notification.movement in _COME_BACK and is_receipt:
        title, body = f"{amount} came back to you", _COME_BACK[notification.movement].format(amount=amount, own=own)
    elif is_receipt:
        title = f"You received {amount}"
        body = f"{other.holder_name} paid {amount} into {own}." if other else f"{amount} was paid into {own}."
    elif notification.type in _LEFT_BY_ITSELF:
        title, body = (said.format(amount=amount, own=own, to=to, by=by) for said in _LEFT_BY_ITSELF[notification.type])
    elif notification.movement == TransactionType.WITHDRAWAL:
        title, body = f"Large withdrawal of {amount}", f"{amount} was taken out of {own}."
    else:
        title = f"Large payment of {amount}"
        body = f"{amount} was paid from {own}{to}."
    if notification.detail:
        body += f" Message: “{notification.detail}”"
    if notification.type == NotificationType.LARGE_PAYMENT:
        body = f"{body.removesuffix('.')}. {NOT_YOU}"
    return Message(title, body, f"/transactions/{notification.entry_id}")
