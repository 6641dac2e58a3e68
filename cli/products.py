"""`products ...`: what can be opened, on which terms; changed by administrators."""

from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, begin
from sandbank import Answer
from sandbank.types.products import Product

products_app = typer.Typer(
    help="Products, their terms and versions; administrators change them.",
    no_args_is_help=True,
)
Code = Annotated[str, typer.Argument(metavar="CODE", help="A product, by its code in `products list`.")]


@products_app.command("list")
def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the products offered today."""
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
    """List the versions of a product's terms, newest first."""
    answer = begin(context, as_json=as_json).products.versions(code)
    if as_json:
        output.show_json(answer.body)
        return
    for one in answer.data:
        output.say("")
        _show(one)


def show_product(answer: Answer[Product], *, as_json: bool) -> None:
    """Print a product: as the bank's JSON, or its terms."""
    if as_json:
        output.show_json(answer.body)
    else:
        _show(answer.data)


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
