"""How purchases are paid: at which kind of merchant, with which card, in which way, and when the merchant collects."""

from collections.abc import Mapping
from types import MappingProxyType

from simulator_service.planning.planned_event import Event

DEBIT, CREDIT = "debit", "credit"
CHIP, CONTACTLESS, ONLINE, RECURRING = "chip", "contactless", "online", "recurring"
COUNTRY = "DE"
MERCHANT_CODES: Mapping[str, str] = MappingProxyType(
    {
        "groceries": "5411",
        "restaurants": "5812",
        "coffee": "5814",
        "transport": "4111",
        "fuel": "5541",
        "shopping": "5651",
        "electronics": "5732",
        "entertainment": "7832",
        "health": "5912",
        "personal_care": "7230",
        "travel": "4722",
        "subscriptions": "5815",
    }
)
"""The merchant category code (ISO 18245) of each trade."""
ONLINE_PERCENT: Mapping[str, int] = MappingProxyType(
    {"shopping": 40, "electronics": 50, "entertainment": 30, "travel": 90}
)
"""Of the purchases of a trade, how many are made online; none of the others."""
CONTACTLESS_LIMIT = 50
"""In whole units of the currency; above it the card is put in."""
LONGEST_DELAY_DAYS = 3
"""Shops on the web collect when they send something, one to so many days later; filling stations the next day."""


def way(card: str, channel: str) -> str:
    """How a payment is made, as an event says it: `debit.contactless`."""
    return f"{card}.{channel}"


def is_collected_later(purchase: Event) -> bool:
    """Whether the merchant asks the card first, and collects by an event of its own."""
    is_online = purchase.way.endswith(ONLINE) or purchase.category == "fuel"
    return is_online and purchase.id.endswith(".purchase")
