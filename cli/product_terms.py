"""What `products new` and `products set` understand of interest, and the products they make."""

from typing import Annotated, Any

import typer

from cli.context import AsJson, begin
from cli.errors import CommandError
from cli.products import show_product
from sandbank.enums import AccountType, DayCount, InterestPeriod

_From = Annotated[str | None, typer.Option("--from", metavar="DAY", help="A day of the bank; else today.")]
_Rate = Annotated[str | None, typer.Option(help="Interest in per cent a year, such as 2.25.")]
_Tiers = Annotated[
    list[str] | None,
    typer.Option("--tier", metavar="ABOVE:RATE", help="Another rate above an amount; replaces those before; `none`."),
]
_DayCount = Annotated[DayCount | None, typer.Option(help="How days are counted: act/365, act/360 or 30e/360.")]
_Paid = Annotated[InterestPeriod | None, typer.Option(help="When interest is posted: monthly, quarterly or yearly.")]
_Overdraft = Annotated[str | None, typer.Option(help="How far below zero, such as 500.00.")]
_OverdraftRate = Annotated[str | None, typer.Option(help="What that costs in per cent a year.")]
_MonthlyFee = Annotated[str | None, typer.Option(help="Taken on the first of each month.")]
_OverdraftFee = Annotated[str | None, typer.Option(help="Taken for a month with an overdraft.")]
_LateFee = Annotated[str | None, typer.Option(help="Taken for a credit card's bill paid late.")]
_ExchangeFee = Annotated[str | None, typer.Option(help="Per cent of what is paid in another currency.")]
_Minimum = Annotated[str | None, typer.Option(help="A day that ends with less earns nothing.")]
_Notice = Annotated[int | None, typer.Option(help="How long beforehand what leaves it is arranged.")]


def change(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="A product, by its code in `products list`.")],
    *,
    valid_from: _From = None,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    rate: _Rate = None,
    tier: _Tiers = None,
    day_count: _DayCount = None,
    paid: _Paid = None,
    overdraft: _Overdraft = None,
    overdraft_rate: _OverdraftRate = None,
    monthly_fee: _MonthlyFee = None,
    overdraft_fee: _OverdraftFee = None,
    late_card_payment_fee: _LateFee = None,
    exchange_fee: _ExchangeFee = None,
    minimum_balance: _Minimum = None,
    notice_days: _Notice = None,
    as_json: AsJson = False,
) -> None:
    """Change a product's terms from a day on (administrators). What is not named stays as it is."""
    bank = begin(context, as_json=as_json)
    newest = bank.products.versions(code).data[0]
    changed = bank.products.change(
        code,
        newest["version"],
        name or newest["name"],
        valid_from=valid_from,
        interest=_with(newest["interest"], **_interest(rate, tier, day_count, paid)),
        overdraft=_with(newest["overdraft"], limit=overdraft, rate=overdraft_rate),
        fees=_with(newest["fees"], **_fees(monthly_fee, overdraft_fee, late_card_payment_fee, exchange_fee)),
        minimum_balance=minimum_balance or newest["minimum_balance"],
        notice_days=newest["notice_days"] if notice_days is None else notice_days,
    )
    show_product(changed, as_json=as_json)


def create(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="What it is named by, such as savings-young.")],
    account_type: Annotated[
        AccountType, typer.Argument(metavar="TYPE", help="checking, savings, investment or credit.")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    *,
    currency: Annotated[
        str | None, typer.Option(help="The currency of its amounts (ISO 4217); else the bank's.")
    ] = None,
    rate: _Rate = None,
    tier: _Tiers = None,
    day_count: _DayCount = None,
    paid: _Paid = None,
    overdraft: _Overdraft = None,
    overdraft_rate: _OverdraftRate = None,
    monthly_fee: _MonthlyFee = None,
    overdraft_fee: _OverdraftFee = None,
    late_card_payment_fee: _LateFee = None,
    exchange_fee: _ExchangeFee = None,
    minimum_balance: _Minimum = None,
    notice_days: _Notice = None,
    as_json: AsJson = False,
) -> None:
    """Offer a new product (administrators). What is not named it does not have."""
    made = begin(context, as_json=as_json).products.create(
        code,
        account_type.value,
        name,
        currency=currency,
        interest=_with({}, **_interest(rate, tier, day_count, paid)) or None,
        overdraft=_with({}, limit=overdraft, rate=overdraft_rate) or None,
        fees=_with({}, **_fees(monthly_fee, overdraft_fee, late_card_payment_fee, exchange_fee)) or None,
        minimum_balance=minimum_balance,
        notice_days=notice_days,
    )
    show_product(made, as_json=as_json)


def _interest(
    rate: str | None, tiers: list[str] | None, day_count: DayCount | None, paid: InterestPeriod | None
) -> dict[str, Any]:
    return {
        "credit_rate": rate,
        "tiers": None if tiers is None else [] if tiers == ["none"] else [_tier(text) for text in tiers],
        "day_count": day_count and day_count.value,
        "paid": paid and paid.value,
    }


def _fees(
    monthly: str | None, overdraft: str | None, late_card_payment: str | None, foreign_exchange: str | None
) -> dict[str, str | None]:
    return {
        "monthly": monthly,
        "overdraft": overdraft,
        "late_card_payment": late_card_payment,
        "foreign_exchange": foreign_exchange,
    }


def _tier(text: str) -> dict[str, str]:
    """`10000.00:2.75`. Raises CommandError for anything else."""
    above, colon, rate = text.partition(":")
    if not (above and colon and rate):
        message = f"{text} is no tier: say from which amount which rate applies, such as 10000.00:2.75."
        raise CommandError(message, code="VALIDATION_ERROR")
    return {"above": above, "rate": rate}


def _with(terms: Any, **changed: Any) -> Any:
    """The terms with what was named instead. Raises CommandError for an empty text."""
    if "" in changed.values():
        message = "An option is empty; to take something away, give 0."
        raise CommandError(message, code="VALIDATION_ERROR")
    return {**terms, **{key: value for key, value in changed.items() if value is not None}}
