"""A card, and what a shop asks of it, inside one write transaction. Pure: no Flask, no SQL, no clock."""

from datetime import date
from enum import Enum
from typing import NamedTuple

from shared.card_enums import CardChannel
from shared.time.business_days import month_end_us


class CardAction(Enum):
    """What can be asked of a card."""

    AUTHORIZE = "authorize_card_payment"
    INCREMENT = "increment_authorization"
    CAPTURE = "capture_authorization"
    REVERSE = "reverse_authorization"
    CLEAR = "clear_card_payment"
    REFUND = "refund_card_payment"
    DISPUTE = "dispute_card_payment"
    RESOLVE = "resolve_dispute"


PRESENT = frozenset({CardChannel.CHIP, CardChannel.CONTACTLESS, CardChannel.CASH})
"""Channels for which the card itself was there."""


class Merchant(NamedTuple):
    """Who asks to be paid. `account_id`: their account at this bank; without it they are paid at another."""

    name: str
    category: str
    country: str
    city: str | None = None
    account_id: str | None = None


class CardRequest(NamedTuple):
    """What an order asks of a card, or of what was authorized on it.

    `card_id` is None where the number that was given is no card's. `expires` is what was read off the card, and
    `has_right_code` whether the security code was right; None where none was given. `is_whole`: no part of the amount
    will do. `captures`: it is collected at once. `is_final`: what a capture leaves is given back. `wins`: a dispute is
    decided for its holder.
    """

    action: CardAction
    card_id: str | None = None
    authorization_id: str | None = None
    expires: str | None = None
    has_right_code: bool | None = None
    merchant: Merchant | None = None
    channel: str = CardChannel.ONLINE.value
    is_whole: bool = True
    captures: bool = False
    is_final: bool = True
    dispute_id: str | None = None
    wins: bool = False


class Card(NamedTuple):
    """A card as the account service has told of it. Limits are in minor units of its account; None: none."""

    key: int
    id: str
    account_id: str
    kind: str
    last4: str
    expires: str
    status: str
    per_payment_minor: int | None
    daily_minor: int | None
    monthly_minor: int | None
    allows_online: int
    allows_contactless: int
    allows_abroad: int
    allows_cash: int
    blocked_categories: str

    @property
    def expires_at(self) -> int:
        """The first instant at which it is not good any more: the end of the month that is printed on it."""
        year, month = self.expires.split("-")
        return month_end_us(date(int(year), int(month), 1))

    @property
    def limits_sums(self) -> bool:
        """Whether it matters how much was paid with it before: on that day, or in that month."""
        return self.daily_minor is not None or self.monthly_minor is not None

    def blocks(self, category: str) -> bool:
        """Whether its holder pays no such merchant with it."""
        return category in self.blocked_categories.split(",")


class Spending(NamedTuple):
    """What a card has been used for: amounts of the bank's day and month, attempts of late, and wrong codes today."""

    today_minor: int = 0
    month_minor: int = 0
    recent_attempts: int = 0
    wrong_codes: int = 0
