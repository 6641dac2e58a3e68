"""Words about cards that the account service writes and others read; those of the card network are in enums.py."""

from shared.enums import Word


class FrozenBy(Word):
    """Who froze a card: what the bank froze, its owner does not unfreeze."""

    OWNER = "owner"
    BANK = "bank"


class CardEventType(Word):
    """What the same feed tells of cards."""

    CARD_ISSUED = "card_issued"
    CARD_UPDATED = "card_updated"
    CARD_FROZEN = "card_frozen"
    CARD_UNFROZEN = "card_unfrozen"
    CARD_ENDED = "card_ended"
