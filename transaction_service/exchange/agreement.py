"""What a movement between two currencies takes and gives: by a quote, at the rate of its day, or back again. Pure."""

from decimal import Decimal
from typing import NamedTuple

from shared.amounts.exchange_rates import fraction_of, rate_text
from shared.amounts.money import Money, to_text
from shared.enums import FixedSide
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock
from shared.time.business_days import day_of_number
from transaction_service.exchange.conversion import DayRates, Terms, share_of
from transaction_service.exchange.refusals import (
    AMOUNT_TOO_SMALL,
    QUOTE_EXPIRED,
    QUOTE_MISMATCH,
    QUOTE_USED,
    RATE_UNAVAILABLE,
)

VALID_US = 60 * clock.MICROSECONDS


class Exchange(NamedTuple):
    """`source` leaves the payer and `target` reaches the payee. What takes an exchange back has no rate of its own.

    `day` is that of the rates.
    """

    source: Money
    target: Money
    rate: Decimal | None = None
    reference_rate: Decimal | None = None
    margin_bp: int | None = None
    day: int | None = None
    quote_id: str | None = None


class Quote(NamedTuple):
    """What the bank promised to exchange, to whom, and until when by its real time; it keeps that once.

    `account_id` is the account that was named to pay, whose product's fee is in the rate; None where none was.
    """

    id: str
    user_id: str
    exchange: Exchange
    valid_until: int
    is_used: bool
    account_id: str | None = None


def terms_of(rates: DayRates | None, source_currency: str, target_currency: str, *, fee_bp: int = 0) -> Terms:
    """On which terms the bank exchanges by these rates. Raises Refused where it has none."""
    terms = None if rates is None else rates.terms(source_currency, target_currency, fee_bp=fee_bp)
    if terms is None:
        raise Refused(RATE_UNAVAILABLE, details={"currency": source_currency, "other_currency": target_currency})
    return terms


def at_rate(terms: Terms, amount: Money, fixed: FixedSide = FixedSide.SOURCE) -> Exchange:
    """The exchange in which this amount is taken, or given. Raises Refused for too little to be anything."""
    if fixed is FixedSide.SOURCE:
        source, target = amount, Money(terms.target_minor(amount.minor), terms.target_currency)
    else:
        source, target = Money(terms.source_minor(amount.minor), terms.source_currency), amount
    _check_is_something(amount, target)
    return on_terms(terms, source.minor, target.minor)


def on_terms(terms: Terms, source_minor: int, target_minor: int) -> Exchange:
    """The exchange of so much for so much, as these terms have made of it."""
    source, target = Money(source_minor, terms.source_currency), Money(target_minor, terms.target_currency)
    return Exchange(source, target, terms.rate, terms.reference_rate, terms.margin_bp, terms.day)


class Payer(NamedTuple):
    """Who asks for an exchange, from which account, and what its product keeps of that in hundredths of a percent."""

    user_id: str
    account_id: str
    fee_bp: int


def by_quote(quote: Quote | None, payer: Payer, amount: Money, target_currency: str, now_us: int) -> Exchange:
    """What was quoted to this person, for a movement of this amount.

    Raises Refused where nothing was, the quote was for something else, was used, or is no longer valid. One for an
    account is for that; one for none is for accounts whose product keeps nothing.
    """
    if quote is None or quote.user_id != payer.user_id:
        raise Refused(NOT_FOUND, "There is no such quote.")
    exchange = quote.exchange
    is_for_account = payer.fee_bp == 0 if quote.account_id is None else quote.account_id == payer.account_id
    if not is_for_account or (exchange.source, exchange.target.currency) != (amount, target_currency):
        source, target = exchange.source, exchange.target
        details = {"currency": source.currency, "amount": to_text(source.minor, source.currency)}
        named = {"other_currency": target.currency, "from_account_id": quote.account_id}
        raise Refused(QUOTE_MISMATCH, details={**details, **named})
    if quote.is_used:
        raise Refused(QUOTE_USED)
    if now_us >= quote.valid_until:
        raise Refused(QUOTE_EXPIRED, details={"valid_until": clock.to_wire(quote.valid_until)})
    return exchange


def back(left: Exchange, amount: Money) -> Exchange:
    """What takes back this much, in either currency, of what is left of an exchange; the other side gives its share.

    However many parts it takes, all of them give back just what was got. Raises Refused for too small a part.
    """
    source, target = left.source, left.target
    if amount.currency == source.currency:
        taken, given = Money(share_of(target.minor, amount.minor, source.minor), target.currency), amount
    else:
        taken, given = amount, Money(share_of(source.minor, amount.minor, target.minor), source.currency)
    if taken.minor <= 0 or given.minor <= 0:
        raise too_small(amount, (given if amount is taken else taken).currency)
    return Exchange(taken, given)


def exchange_object(exchange: Exchange | None) -> dict[str, str | None] | None:
    """The `exchange` of a transaction in the API; nothing of a movement in one currency."""
    if exchange is None:
        return None
    source, target = exchange.source, exchange.target
    return {
        "rate": None if exchange.rate is None else rate_text(exchange.rate),
        "reference_rate": None if exchange.reference_rate is None else rate_text(exchange.reference_rate),
        "margin": None if exchange.margin_bp is None else str(fraction_of(exchange.margin_bp)),
        "rates_of": None if exchange.day is None else day_of_number(exchange.day).isoformat(),
        "source_amount": to_text(source.minor, source.currency),
        "source_currency": source.currency,
        "target_amount": to_text(target.minor, target.currency),
        "target_currency": target.currency,
    }


def _check_is_something(amount: Money, other: Money) -> None:
    if other.minor <= 0:
        raise too_small(amount, other.currency)


def too_small(amount: Money, other_currency: str) -> Refused:
    """The refusal of an amount that is worth nothing of the other currency."""
    details = {"currency": amount.currency, "amount": to_text(amount.minor, amount.currency)}
    return Refused(AMOUNT_TOO_SMALL, details={**details, "other_currency": other_currency})
