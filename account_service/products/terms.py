"""From the terms that somebody asks for to a version of a product, and from that to what the API and the ledger hear.

Pure. A version is a row: rates in millionths a year, amounts in minor units of the product's currency.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from account_service.models import ProductVersion
from account_service.products.payloads import NewProductRequest, ProductTerms, TierTerms
from shared.amounts import money
from shared.amounts.money import LARGEST_MOVEMENT_MINOR
from shared.amounts.rates import fee_rate_text, parse_fee_rate, parse_rate, rate_text
from shared.enums import AccountType
from shared.http.field_problems import FieldError, Problem, invalid, invalid_fields
from shared.time.business_days import day_of_number

DEFAULTS = files("account_service.products").joinpath("products.toml")


def default_products() -> list[NewProductRequest]:
    """What a new bank offers."""
    listed = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    return [NewProductRequest.model_validate(one) for one in listed["product"]]


def columns_of(terms: ProductTerms, account_type: str, currency: str) -> dict[str, Any]:
    """What a version's row says of these terms.

    Raises Refused (422) for amounts that are none of this currency or too large, for tiers that do not rise, and for
    terms that this kind of account does not have.
    """
    tiers = [[_minor("interest.tiers", tier.above, currency), parse_rate(tier.rate)] for tier in terms.interest.tiers]
    _check_tiers(terms.interest.tiers, [above for above, _ in tiers])
    columns = {
        "name": terms.name,
        "credit_rate": parse_rate(terms.interest.credit_rate),
        "tiers": json.dumps(tiers),
        "day_count": terms.interest.day_count.value,
        "paid": terms.interest.paid.value,
        "overdraft_limit_minor": _minor("overdraft.limit", terms.overdraft.limit, currency),
        "overdraft_rate": parse_rate(terms.overdraft.rate),
        "monthly_fee_minor": _minor("fees.monthly", terms.fees.monthly, currency),
        "overdraft_fee_minor": _minor("fees.overdraft", terms.fees.overdraft, currency),
        "late_card_payment_fee_minor": _minor("fees.late_card_payment", terms.fees.late_card_payment, currency),
        "foreign_exchange_fee_bp": parse_fee_rate(terms.fees.foreign_exchange),
        "minimum_balance_minor": _minor("minimum_balance", terms.minimum_balance, currency),
        "notice_days": terms.notice_days,
    }
    _check_kind(columns, tiers, account_type)
    return columns


_OF_CREDIT_CARDS_ALONE = {"late_card_payment_fee_minor": "fees.late_card_payment"}
_OF_OTHERS_ALONE = {
    "credit_rate": "interest.credit_rate",
    "monthly_fee_minor": "fees.monthly",
    "overdraft_fee_minor": "fees.overdraft",
    "minimum_balance_minor": "minimum_balance",
}
_WITH_NOTICE = (AccountType.SAVINGS, AccountType.INVESTMENT)
"""Kinds of account that nobody pays from every day."""


def _check_kind(columns: Mapping[str, Any], tiers: Sequence[Any], account_type: str) -> None:
    is_credit = account_type == AccountType.CREDIT
    without = [
        field for name, field in (_OF_OTHERS_ALONE if is_credit else _OF_CREDIT_CARDS_ALONE).items() if columns[name]
    ]
    if is_credit and tiers:
        without.append("interest.tiers")
    if columns["notice_days"] and account_type not in _WITH_NOTICE:
        without.append("notice_days")
    if without:
        problem = Problem(
            "not_of_this_type", f"is nothing that a {account_type} account has", {"account_type": account_type}
        )
        raise invalid_fields(dict.fromkeys(without, problem))


def _minor(field: str, text: str, currency: str) -> int:
    try:
        minor = money.parse_amount(text, currency).minor
    except FieldError as error:
        raise invalid_fields({field: error.problem}) from None
    if minor > LARGEST_MOVEMENT_MINOR:
        largest = money.to_text(LARGEST_MOVEMENT_MINOR, currency)
        raise invalid_fields({field: Problem("too_large", f"must be {largest} at most", {"limit": largest})})
    return minor


def _check_tiers(tiers: Sequence[TierTerms], starts: list[int]) -> None:
    if starts != sorted(set(starts)):
        sentence = "must begin above rising amounts"
        raise invalid("interest.tiers", sentence, code="not_rising", above=[tier.above for tier in tiers])


def in_force(versions: Iterable[ProductVersion], day: int) -> ProductVersion | None:
    """The newest version whose day has come."""
    return max((row for row in versions if row.valid_from <= day), key=lambda row: row.version, default=None)


def is_shown(row: ProductVersion) -> bool:
    """Whether a version is settled: the ledger has it, or nothing can change about it any more."""
    return row.is_told or row.version == 1


def render(row: ProductVersion) -> dict[str, Any]:
    """The `Product` of the API."""

    def amount(minor: int) -> str:
        return money.to_text(minor, row.currency)

    return {
        "code": row.code,
        "version": row.version,
        "valid_from": None if row.valid_from == 0 else str(day_of_number(row.valid_from)),
        "name": row.name,
        "account_type": row.account_type,
        "currency": row.currency,
        "interest": {
            "credit_rate": rate_text(row.credit_rate),
            "tiers": [{"above": amount(above), "rate": rate_text(rate)} for above, rate in json.loads(row.tiers)],
            "day_count": row.day_count,
            "paid": row.paid,
        },
        "overdraft": {"limit": amount(row.overdraft_limit_minor), "rate": rate_text(row.overdraft_rate)},
        "fees": {
            "monthly": amount(row.monthly_fee_minor),
            "overdraft": amount(row.overdraft_fee_minor),
            "late_card_payment": amount(row.late_card_payment_fee_minor),
            "foreign_exchange": fee_rate_text(row.foreign_exchange_fee_bp),
        },
        "minimum_balance": amount(row.minimum_balance_minor),
        "notice_days": row.notice_days,
    }


def for_ledger(row: ProductVersion) -> dict[str, Any]:
    """The same as a version of a rate plan."""
    return {
        "version": row.version,
        "valid_from": row.valid_from,
        "currency": row.currency,
        "credit_rate": row.credit_rate,
        "tiers": [{"from_minor": above, "rate": rate} for above, rate in json.loads(row.tiers)],
        "day_count": row.day_count,
        "paid": row.paid,
        "debit_rate": row.overdraft_rate,
        "overdraft_limit_minor": row.overdraft_limit_minor,
        "minimum_balance_minor": row.minimum_balance_minor,
        "monthly_fee_minor": row.monthly_fee_minor,
        "overdraft_fee_minor": row.overdraft_fee_minor,
        "late_payment_fee_minor": row.late_card_payment_fee_minor,
        "exchange_fee_bp": row.foreign_exchange_fee_bp,
        "notice_days": row.notice_days,
    }
