"""The words of cards and of card payments, as those of shared/enums.py; what a card is stands there."""

from shared.enums import TextEnum


class FrozenBy(TextEnum):
    """Who froze a card: what the bank froze, its owner does not unfreeze."""

    OWNER = "owner"
    BANK = "bank"


class CardEventType(TextEnum):
    """What the same feed tells of cards."""

    CARD_ISSUED = "card_issued"
    CARD_UPDATED = "card_updated"
    CARD_FROZEN = "card_frozen"
    CARD_UNFROZEN = "card_unfrozen"
    CARD_ENDED = "card_ended"


class CardChannel(TextEnum):
    """How a card was used."""

    CHIP = "chip"
    CONTACTLESS = "contactless"
    ONLINE = "online"
    CASH = "cash"
    RECURRING = "recurring"


class AuthorizationStatus(TextEnum):
    """How far a card payment that a shop asked for has come."""

    APPROVED = "approved"
    DECLINED = "declined"
    PARTLY_CAPTURED = "partly_captured"
    CAPTURED = "captured"
    REVERSED = "reversed"
    EXPIRED = "expired"


class AuthorizationEventType(TextEnum):
    """What can happen to an authorization."""

    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    DECLINED = "declined"
    INCREMENTED = "incremented"
    INCREMENT_DECLINED = "increment_declined"
    CAPTURED = "captured"
    REVERSED = "reversed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class DeclineCode(TextEnum):
    """Why a card payment is declined."""

    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    CARD_EXPIRED = "CARD_EXPIRED"
    INVALID_CARD = "INVALID_CARD"
    LOST_CARD = "LOST_CARD"
    STOLEN_CARD = "STOLEN_CARD"
    CARD_FROZEN = "CARD_FROZEN"
    CHANNEL_BLOCKED = "CHANNEL_BLOCKED"
    MERCHANT_BLOCKED = "MERCHANT_BLOCKED"
    AMOUNT_LIMIT = "AMOUNT_LIMIT"
    FREQUENCY_LIMIT = "FREQUENCY_LIMIT"
    WRONG_SECURITY_CODE = "WRONG_SECURITY_CODE"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    RATE_UNAVAILABLE = "RATE_UNAVAILABLE"
    DO_NOT_HONOR = "DO_NOT_HONOR"


class CardStatementStatus(TextEnum):
    """How far a credit card's statement is paid; `open` is what the next one will say."""

    OPEN = "open"
    DUE = "due"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    LATE = "late"


DISPUTE_DAYS = 120
"""For how many days of the bank after the one on which it was posted a card payment may be disputed."""


class DisputeStatus(TextEnum):
    """Whether a disputed card payment is decided: for its holder, or against."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
