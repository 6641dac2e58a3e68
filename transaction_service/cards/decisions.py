"""Whether a card payment is approved: pure. A decline is an answer to the shop, not an error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from shared.amounts.money import LARGEST_MOVEMENT_MINOR
from shared.card_enums import CardChannel, DeclineCode
from shared.enums import CardStatus
from transaction_service.cards.card import Card, CardRequest, Spending
from transaction_service.ledger.decisions import Account

APPROVED, PARTLY_APPROVED = "00", "10"
RESPONSE_CODES: Mapping[str, str] = MappingProxyType(
    {
        DeclineCode.DO_NOT_HONOR: "05",
        DeclineCode.RATE_UNAVAILABLE: "12",
        DeclineCode.INVALID_CARD: "14",
        DeclineCode.LOST_CARD: "41",
        DeclineCode.STOLEN_CARD: "43",
        DeclineCode.ACCOUNT_CLOSED: "46",
        DeclineCode.INSUFFICIENT_FUNDS: "51",
        DeclineCode.CARD_EXPIRED: "54",
        DeclineCode.MERCHANT_BLOCKED: "57",
        DeclineCode.AMOUNT_LIMIT: "61",
        DeclineCode.CARD_FROZEN: "62",
        DeclineCode.CHANNEL_BLOCKED: "62",
        DeclineCode.WRONG_SECURITY_CODE: "63",
        DeclineCode.FREQUENCY_LIMIT: "65",
    }
)
"""The response code of ISO 8583 for each reason."""
REASONS: Mapping[str, str] = MappingProxyType(
    {
        DeclineCode.DO_NOT_HONOR: "The bank does not honor this payment.",
        DeclineCode.RATE_UNAVAILABLE: "The bank has no exchange rate for the currency of this payment.",
        DeclineCode.INVALID_CARD: "There is no such card.",
        DeclineCode.LOST_CARD: "The card was reported lost.",
        DeclineCode.STOLEN_CARD: "The card was reported stolen.",
        DeclineCode.ACCOUNT_CLOSED: "The card's account is closed.",
        DeclineCode.INSUFFICIENT_FUNDS: "The account has too little money available for this.",
        DeclineCode.CARD_EXPIRED: "The card has expired.",
        DeclineCode.MERCHANT_BLOCKED: "The holder has blocked merchants of this kind.",
        DeclineCode.AMOUNT_LIMIT: "This would go above one of the card's limits.",
        DeclineCode.CARD_FROZEN: "The card is frozen.",
        DeclineCode.CHANNEL_BLOCKED: "The holder has switched this way of paying off.",
        DeclineCode.WRONG_SECURITY_CODE: "The security code is wrong.",
        DeclineCode.FREQUENCY_LIMIT: "The card was used too often within a short time.",
    }
)
MOST_ATTEMPTS = 30
"""How many payments a card may be asked for within an hour."""
MOST_WRONG_CODES = 3
"""How many wrong security codes a card is given in a day; then none is looked at any more until the next."""
_OF_STATUS: Mapping[str, DeclineCode] = MappingProxyType(
    {
        CardStatus.FROZEN: DeclineCode.CARD_FROZEN,
        CardStatus.LOST: DeclineCode.LOST_CARD,
        CardStatus.STOLEN: DeclineCode.STOLEN_CARD,
        CardStatus.BLOCKED: DeclineCode.DO_NOT_HONOR,
        CardStatus.CANCELLED: DeclineCode.INVALID_CARD,
        CardStatus.REPLACED: DeclineCode.INVALID_CARD,
        CardStatus.EXPIRED: DeclineCode.CARD_EXPIRED,
    }
)


class Approval(NamedTuple):
    """How much is approved: all that was asked for, or the part that there is."""

    approved_minor: int


def decide_payment(
    request: CardRequest,
    card: Card,
    account: Account,
    amount_minor: int | None,
    spending: Spending,
    *,
    at_us: int,
    promised_minor: int = 0,
) -> Approval | DeclineCode:
    """What a shop is answered. Looks at the card first, then at what its holder allows, then at the money.

    `amount_minor` is in the account's currency, None where no rate makes it that; `promised_minor` was approved of the
    same payment before.
    """
    refused = _of_card(request, card, spending, at_us) or _of_controls(request, card, account)
    if refused is not None:
        return refused
    if spending.recent_attempts >= MOST_ATTEMPTS:
        return DeclineCode.FREQUENCY_LIMIT
    if account.status != "open":
        return DeclineCode.ACCOUNT_CLOSED if account.status == "closed" else DeclineCode.DO_NOT_HONOR
    if amount_minor is None:
        return DeclineCode.RATE_UNAVAILABLE
    if _is_above_a_limit(card, amount_minor, spending, promised_minor):
        return DeclineCode.AMOUNT_LIMIT
    return _of_money(account, amount_minor, is_whole=request.is_whole)


def response_code(decline_code: str | None, *, is_whole: bool) -> str:
    """What the network calls the answer."""
    if decline_code is not None:
        return RESPONSE_CODES[decline_code]
    return APPROVED if is_whole else PARTLY_APPROVED


def _of_card(request: CardRequest, card: Card, spending: Spending, at_us: int) -> DeclineCode | None:
    if request.expires is not None and request.expires != card.expires:
        return DeclineCode.INVALID_CARD
    of_status = _OF_STATUS.get(card.status)
    if of_status is not None:
        return of_status
    if at_us >= card.expires_at:
        return DeclineCode.CARD_EXPIRED
    if request.has_right_code is None:
        return None
    if spending.wrong_codes >= MOST_WRONG_CODES:
        return DeclineCode.FREQUENCY_LIMIT
    return None if request.has_right_code else DeclineCode.WRONG_SECURITY_CODE


def _of_controls(request: CardRequest, card: Card, account: Account) -> DeclineCode | None:
    merchant = request.merchant
    if merchant is None:
        return DeclineCode.DO_NOT_HONOR
    allowed = {
        CardChannel.ONLINE: card.allows_online,
        CardChannel.RECURRING: card.allows_online,
        CardChannel.CONTACTLESS: card.allows_contactless,
        CardChannel.CASH: card.allows_cash,
    }
    home = account.account_number[:2]
    if not allowed.get(CardChannel(request.channel), 1) or (merchant.country != home and not card.allows_abroad):
        return DeclineCode.CHANNEL_BLOCKED
    return DeclineCode.MERCHANT_BLOCKED if card.blocks(merchant.category) else None


def _of_money(account: Account, amount_minor: int, *, is_whole: bool) -> Approval | DeclineCode:
    if amount_minor <= account.available_minor:
        return Approval(amount_minor)
    if is_whole or account.available_minor <= 0:
        return DeclineCode.INSUFFICIENT_FUNDS
    return Approval(account.available_minor)


def _is_above_a_limit(card: Card, amount_minor: int, spending: Spending, promised_minor: int) -> bool:
    whole = promised_minor + amount_minor
    per_payment, daily, monthly = card.per_payment_minor, card.daily_minor, card.monthly_minor
    return (
        whole > (LARGEST_MOVEMENT_MINOR if per_payment is None else min(per_payment, LARGEST_MOVEMENT_MINOR))
        or (daily is not None and spending.today_minor + amount_minor > daily)
        or (monthly is not None and spending.month_minor + amount_minor > monthly)
    )
