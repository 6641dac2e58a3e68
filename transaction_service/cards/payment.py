"""What a card payment takes of the account for what the shop is paid, where these are two currencies.

A payment that was authorized is converted on the terms of that moment, whenever it is collected: its holder pays what
they were shown. What nobody authorized is converted on those of the day.
"""

from typing import NamedTuple

from shared.amounts.money import Money
from transaction_service.exchange import agreement
from transaction_service.exchange.agreement import Exchange
from transaction_service.exchange.conversion import Terms
from transaction_service.ledger.decisions import Account
from transaction_service.ledger.resolution import Work


class Payment(NamedTuple):
    """`amount` leaves the account, and `original` reaches the shop; the same money where nothing is exchanged."""

    amount: Money
    original: Money
    exchange: Exchange | None = None

    @property
    def received(self) -> Money | None:
        """What reaches the shop, where that is another currency."""
        return None if self.exchange is None else self.original


def payment_of(terms: Terms | None, amount_minor: int, original: Money) -> Payment:
    """The payment that takes this much of the account. Raises Refused where that is nothing."""
    if terms is None:
        return Payment(original, original)
    exchange = agreement.on_terms(terms, amount_minor, original.minor)
    if amount_minor <= 0:
        raise agreement.too_small(original, terms.source_currency)
    return Payment(exchange.source, original, exchange)


def payment_of_day(work: Work, account: Account, original: Money, at_us: int) -> Payment:
    """The payment at the rate of an instant's day. Raises Refused where the bank has none."""
    if original.currency == account.currency:
        return Payment(original, original)
    fee_bp = work.exchange_fee_bp(account, at_us)
    terms = agreement.terms_of(work.rates_of(at_us), account.currency, original.currency, fee_bp=fee_bp)
    return payment_of(terms, terms.source_minor(original.minor), original)


def credit_of_day(work: Work, original: Money, account: Account, at_us: int) -> Payment:
    """What reaches the account of what a shop gives, at the rate of an instant's day. Raises Refused as above.

    Its product's fee is for paying in another currency: what is given to it costs none.
    """
    if original.currency == account.currency:
        return Payment(original, original)
    terms = agreement.terms_of(work.rates_of(at_us), original.currency, account.currency)
    exchange = agreement.at_rate(terms, original)
    return Payment(exchange.target, original, exchange)
