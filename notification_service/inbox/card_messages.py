"""What is said of payment cards. Pure."""

from notification_service.inbox.message import Message
from notification_service.inbox.rules import NewNotification
from shared.card_enums import FrozenBy
from shared.enums import CardStatus, NotificationType

_ENDINGS: dict[str, tuple[str, str]] = {
    CardStatus.LOST: ("was reported lost", "Ask for a new one on its page."),
    CardStatus.STOLEN: ("was reported stolen", "Ask for a new one on its page."),
    CardStatus.BLOCKED: ("is blocked, as it was misused", "Ask for a new one on its page."),
    CardStatus.REPLACED: ("was replaced by a new one", "Throw the old one away."),
}


def card_message(notification: NewNotification, account: str, not_you: str) -> Message:
    """What to say; `account` is what the person calls the account it pays from, `not_you` the advice to act."""
    card_id, last4, how = (*notification.detail.split("\n"), "", "")[:3]
    link, name = (f"/cards/{card_id}", f"card ending in {last4}") if last4 else ("/cards", "card")
    if notification.type == NotificationType.CARD_ISSUED:
        return Message("Your new card is ready", f"The {name} pays from {account}.", link)
    if notification.type == NotificationType.CARD_CHANGED:
        return Message("Your card was changed", f"What the {name} may do, or its name, is another. {not_you}", link)
    if notification.type == NotificationType.CARD_UNFROZEN:
        return Message("Your card is unfrozen", f"The {name} can be used again. {not_you}", link)
    if notification.type == NotificationType.CARD_FROZEN:
        by_bank = f"The bank has frozen the {name}: nothing can be paid with it."
        by_owner = f"Nothing can be paid with the {name} until you unfreeze it."
        return Message("Your card is frozen", by_bank if how == FrozenBy.BANK else by_owner, link)
    what, advice = _ENDINGS.get(how, ("was cancelled", ""))
    body = f"The {name} {what}. Nothing can be paid with it any more. {advice}".strip()
    return Message("Your card has ended", body, link)
