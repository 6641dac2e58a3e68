"""`payees ...`: whom I pay, and whether an account is really theirs."""

from typing import Annotated, Any

import typer

from cli import output
from cli.client import listed
from cli.context import AsJson, begin

payees_app = typer.Typer(help="Saved payees, and checking whose account a number is.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Their name.")]
_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Their account number (IBAN).")]
_RESULTS = {
    "close_match": "[yellow]The name is not quite that of the holder:[/yellow]",
    "match": "[green]The account is held by somebody of this name.[/green]",
    "no_match": "[red]The account is held by somebody else.[/red]",
    "unavailable": "[yellow]No account of this bank that could be paid has this number.[/yellow]",
}


@payees_app.command("list")
def listing(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List my payees, newest first."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages("/api/payees", limit=limit))
    columns = ("name", "account number", "reference", "id")

    def row(it: Any) -> tuple[object, ...]:
        return it["name"], output.grouped_number(it["account_number"]), it["reference"], it["id"]

    output.listing(body, "Payees", columns, row, as_json=as_json)


@payees_app.command()
def add(
    context: typer.Context,
    name: _Name,
    number: _Number,
    *,
    reference: Annotated[str | None, typer.Option(help="What standing orders to them say.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a payee."""
    added = begin(context, as_json=as_json).payees.create(name, number, reference=reference)
    output.answer(added, _facts, as_json=as_json)


@payees_app.command("set")
def change(
    context: typer.Context,
    payee_id: Annotated[str, typer.Argument(metavar="PAYEE_ID", help="The payee's id, as in `payees list`.")],
    *,
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    number: Annotated[str | None, typer.Option(help="Their account number (IBAN).")] = None,
    reference: Annotated[str | None, typer.Option(help="What standing orders to them say.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is kept of a payee; standing orders to them stay as they are."""
    bank = begin(context, as_json=as_json)
    output.answer(
        bank.payees.change(payee_id, name=name, account_number=number, reference=reference), _facts, as_json=as_json
    )


@payees_app.command()
def remove(
    context: typer.Context,
    payee_id: Annotated[str, typer.Argument(metavar="PAYEE_ID", help="The payee's id, as in `payees list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Delete a payee; standing orders to them go on."""
    removed = begin(context, as_json=as_json).payees.delete(payee_id)
    if as_json:
        output.show_json(removed.body)
    else:
        output.say("The payee is forgotten.")


@payees_app.command()
def check(context: typer.Context, name: _Name, number: _Number, *, as_json: AsJson = False) -> None:
    """Check a name against the holder of an account number."""
    checked = begin(context, as_json=as_json).payees.check(name, number)
    if as_json:
        output.show_json(checked.body)
        return
    found = checked.data
    output.say(_RESULTS[found["result"]])
    if found["name"] is not None:
        output.facts([("the holder", found["name"])])


def _facts(payee: Any) -> list[tuple[str, object]]:
    return [
        ("name", payee["name"]),
        ("number", payee["account_number"]),
        ("reference", payee["reference"]),
        ("id", payee["id"]),
    ]
