"""Making a quote: what the bank promises, by the rates of its own day, for a minute of this machine's time."""

from typing import Any

from sqlalchemy import Connection

from shared.amounts.money import LARGEST_MOVEMENT_MINOR, Money, details_of, parse_amount
from shared.enums import FixedSide
from shared.http.field_problems import FieldError, invalid, invalid_fields
from shared.identifiers import new_id
from shared.privacy.erased_people import check_not_erased
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import CURRENCY_MISMATCH, MOVEMENT_LIMIT_EXCEEDED
from shared.time import clock
from shared.time.business_days import day_number
from transaction_service.due_work import bank_clock
from transaction_service.exchange import agreement, exchange_rows, rates
from transaction_service.exchange.payloads import QuoteRequest
from transaction_service.interest import rate_plans
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Actor, may_act_for
from transaction_service.models import erased_people


def make_quote(connection: Connection, actor: Actor, wanted: QuoteRequest, *, now_us: int) -> dict[str, Any]:
    """The `Quote` object of the API, kept for this person.

    Raises Refused where there is no rate, or too little, for an account that is not theirs or in another currency, and
    for somebody who was erased meanwhile.
    """
    check_not_erased(connection, erased_people, actor.user_id)
    if wanted.from_currency == wanted.to_currency:
        raise invalid("to_currency", "must be another currency than from_currency", code="same_currency")
    given = wanted.from_currency if wanted.fixed is FixedSide.SOURCE else wanted.to_currency
    amount = _money(wanted, given)
    bank_day = day_number(bank_clock.read(connection, now_us=now_us).now_us)
    fee_bp = _fee_bp(connection, actor, wanted, bank_day)
    currencies = wanted.from_currency, wanted.to_currency
    terms = agreement.terms_of(rates.on(connection, bank_day), *currencies, fee_bp=fee_bp)
    exchange = agreement.at_rate(terms, amount, wanted.fixed)
    _check_can_be_paid(exchange.source)
    until_us, account_id = now_us + agreement.VALID_US, wanted.from_account_id
    quote = agreement.Quote(new_id(), actor.user_id, exchange, until_us, is_used=False, account_id=account_id)
    exchange_rows.add_quote(connection, quote, created_at=now_us)
    shown = agreement.exchange_object(exchange) or {}
    del shown["source_currency"], shown["target_currency"]
    return {
        "id": quote.id,
        "from_currency": wanted.from_currency,
        "to_currency": wanted.to_currency,
        "from_account_id": wanted.from_account_id,
        "fixed": wanted.fixed,
        **shown,
        "created_at": clock.to_wire(now_us),
        "valid_until": clock.to_wire(quote.valid_until),
    }


def _fee_bp(connection: Connection, actor: Actor, wanted: QuoteRequest, day: int) -> int:
    """What the product of the account that is to pay keeps, in hundredths of a percent; nothing where none is named."""
    if wanted.from_account_id is None:
        return 0
    account = next(iter(journal.lock_accounts(connection, [wanted.from_account_id])), None)
    if account is None or not may_act_for(actor, account):
        raise Refused(NOT_FOUND)
    if account.currency != wanted.from_currency:
        raise Refused(CURRENCY_MISMATCH, details={"currency": account.currency, "given": wanted.from_currency})
    versions = rate_plans.with_fees_of(connection, [account.key]).get(account.key, ())
    return rate_plans.exchange_fee_bp(versions, day)


def _check_can_be_paid(source: Money) -> None:
    """Raises Refused (409) for more than any account may pay at once: such a quote could not even be kept."""
    if source.minor > LARGEST_MOVEMENT_MINOR:
        details = details_of(source.currency, limit=LARGEST_MOVEMENT_MINOR, amount=source.minor)
        raise Refused(MOVEMENT_LIMIT_EXCEEDED, details=details)


def _money(wanted: QuoteRequest, currency: str) -> Money:
    """The amount, in the currency that it is given in. Raises Refused (422) where it is none of that."""
    try:
        return parse_amount(wanted.amount, currency)
    except FieldError as error:
        raise invalid_fields({"amount": error.problem}) from None
