"""`products ...`: what can be opened, on which terms; changed by administrators."""

from typing import Annotated, Any

import typer

from cli import output
from cli.context import AsJson, begin
from cli.errors import CommandError
from sandbank.product_types import Product

products_app = typer.Typer(
    help="What can be opened, on which terms, which versions those have; changed by administrators.",
    no_args_is_help=True,
)
Code = Annotated[str, typer.Argument(metavar="CODE", help="A product, by its code in `products list`.")]


@products_app.command("list")
def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """What the bank offers today."""
    answer = begin(context, as_json=as_json).products.list()
    if as_json:
        output.show_json(answer.body)
        return
    columns = ("name", "type", "interest", "overdraft", "at", "a month", "code")
    rows = [
        (
            one["name"],
            one["account_type"],
            _interest(one),
            output.money(one["overdraft"]["limit"], one["currency"]),
            f"{one['overdraft']['rate']} %",
            output.money(one["fees"]["monthly"], one["currency"]),
            one["code"],
        )
        for one in answer.data
    ]
    output.table("Products", columns, rows, right=("interest", "overdraft", "at", "a month"))


@products_app.command()
def show(context: typer.Context, code: Code, *, as_json: AsJson = False) -> None:
    """The terms of a product, as they were, are and will be: newest first."""
    answer = begin(context, as_json=as_json).products.versions(code)
    if as_json:
        output.show_json(answer.body)
        return
    for one in answer.data:
        output.say("")
        _show(one)


@products_app.command("set")
def change(
    context: typer.Context,
    code: Code,
    *,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="A day of the bank; else today.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    rate: Annotated[str | None, typer.Option(help="Interest in per cent a year, such as 2.25.")] = None,
    overdraft: Annotated[str | None, typer.Option(help="How far below zero, such as 500.00.")] = None,
    overdraft_rate: Annotated[str | None, typer.Option(help="What that costs in per cent a year.")] = None,
    monthly_fee: Annotated[str | None, typer.Option(help="Taken on the first of each month.")] = None,
    overdraft_fee: Annotated[str | None, typer.Option(help="Taken for a month with an overdraft.")] = None,
    late_card_payment_fee: Annotated[str | None, typer.Option(help="Taken for a credit card's bill paid late.")] = None,
    exchange_fee: Annotated[str | None, typer.Option(help="Per cent of what is paid in another currency.")] = None,
    minimum_balance: Annotated[str | None, typer.Option(help="A day that ends with less earns nothing.")] = None,
    notice_days: Annotated[int | None, typer.Option(help="How long beforehand what leaves it is arranged.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a product other terms from a day on (administrators). What is not named stays as it is."""
    bank = begin(context, as_json=as_json)
    newest = bank.products.versions(code).data[0]
    changed = bank.products.change(
        code,
        newest["version"],
        name or newest["name"],
        valid_from=valid_from,
        interest=_with(newest["interest"], credit_rate=rate),
        overdraft=_with(newest["overdraft"], limit=overdraft, rate=overdraft_rate),
        fees=_with(
            newest["fees"],
            monthly=monthly_fee,
            overdraft=overdraft_fee,
            late_card_payment=late_card_payment_fee,
            foreign_exchange=exchange_fee,
        ),
        minimum_balance=minimum_balance or newest["minimum_balance"],
        notice_days=newest["notice_days"] if notice_days is None else notice_days,
    )
    if as_json:
        output.show_json(changed.body)
        return
    _show(changed.data)


def _with(terms: Any, **changed: str | None) -> Any:
    """The terms with what was named instead. Raises CommandError for an empty text."""
    if "" in changed.values():
        message = "An option is empty; to take something away, give 0."
        raise CommandError(message, code="VALIDATION_ERROR")
    return {**terms, **{key: value for key, value in changed.items() if value is not None}}


def _show(one: Product) -> None:
    currency = one["currency"]
    terms = [
        (f"above {output.money(tier['above'], currency)}", f"{tier['rate']} %") for tier in one["interest"]["tiers"]
    ]
    output.facts(
        [
            ("name", one["name"]),
            ("version", one["version"]),
            ("from", one["valid_from"] or "the beginning"),
            ("interest", f"{one['interest']['credit_rate']} % a year, {one['interest']['day_count']}"),
            *terms,
            ("posted", one["interest"]["paid"]),
            ("least balance that earns", _amount(one["minimum_balance"], currency)),
            ("overdraft", _amount(one["overdraft"]["limit"], currency)),
            ("at", f"{one['overdraft']['rate']} %"),
            ("a month", _amount(one["fees"]["monthly"], currency)),
            ("a month with an overdraft", _amount(one["fees"]["overdraft"], currency)),
            ("a bill paid late", _amount(one["fees"]["late_card_payment"], currency)),
            ("paid in another currency", _part(one["fees"]["foreign_exchange"])),
            ("notice", f"{one['notice_days']} days" if one["notice_days"] else None),
            ("code", one["code"]),
        ]
    )


def _interest(one: Product) -> str:
    rates = [one["interest"]["credit_rate"], *(tier["rate"] for tier in one["interest"]["tiers"])]
    return f"{' to '.join((rates[0], rates[-1]) if len(rates) > 1 else rates)} %"


def _part(text: str) -> str | None:
    return f"{text} %" if text.strip("0.") else None


def _amount(text: str, currency: str) -> str | None:
    return output.money(text, currency) if text.strip("0.") else None
