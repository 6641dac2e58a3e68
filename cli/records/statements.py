"""`statements ...`: the statements of an account."""

from typing import Annotated

import typer

from cli import output, saving
from cli.accounts import AccountName, account_id_of
from cli.context import AsJson, begin
from cli.saving import Force, Output
from sandbank.enums import StatementFileFormat

statements_app = typer.Typer(help="Account statements.", no_args_is_help=True)
_DAY = "Instead of a month, with the other one: 2026-11-20."
First = Annotated[str | None, typer.Option("--from", metavar="DAY", help=_DAY)]
Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help=_DAY)]
Month = Annotated[str | None, typer.Argument(metavar="MONTH", help="Such as 2026-11; without it the present.")]


@statements_app.command("list")
def listing(context: typer.Context, account: AccountName, *, as_json: AsJson = False) -> None:
    """List the months that have statements, newest first."""
    bank = begin(context, as_json=as_json)
    answered = bank.reports.statements(account_id_of(bank, account))
    output.listing(
        answered.body,
        "Statements",
        ("month", "before", "after", "movements", ""),
        lambda month: (
            month["month"],
            output.money(month["opening_balance"], month["currency"]),
            output.money(month["closing_balance"], month["currency"]),
            month["count"],
            "" if month["is_final"] else "not over yet",
        ),
        as_json=as_json,
        right=("before", "after", "movements"),
    )


@statements_app.command()
def show(
    context: typer.Context,
    account: AccountName,
    month: Month = None,
    *,
    first: First = None,
    last: Last = None,
    as_json: AsJson = False,
) -> None:
    """Show the statement of a month: opening balance, movements, closing balance."""
    bank = begin(context, as_json=as_json)
    answered = bank.reports.statement(account_id_of(bank, account), month=month, from_=first, to=last)
    if as_json:
        output.show_json(answered.body)
        return
    found, currency = answered.data, answered.data["currency"]
    output.facts(
        [
            ("days", f"{found['from']} to {found['to']}{'' if found['is_final'] else ', not over yet'}"),
            ("before", output.money(found["opening_balance"], currency)),
            ("in", output.money(found["incoming"], currency)),
            ("out", output.money(found["outgoing"], currency)),
            ("after", output.money(found["closing_balance"], currency)),
        ]
    )
    rows = [
        (
            line["day"],
            line["counterparty"]["name"] if line["counterparty"] else line["type"].replace("_", " "),
            line["description"],
            output.money(("-" if line["direction"] == "out" else "") + line["amount"]),
            output.money(line["balance_after"]),
        )
        for line in found["lines"]
    ]
    output.table("Movements", ("day", "who", "what", "amount", "balance"), rows, right=("amount", "balance"))


@statements_app.command()
def save(
    context: typer.Context,
    account: AccountName,
    month: Month = None,
    *,
    kind: Annotated[
        StatementFileFormat, typer.Option("--format", "-f", help="What it comes as.")
    ] = StatementFileFormat.PDF,
    first: First = None,
    last: Last = None,
    to: Output = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save a statement as a file: PDF, CSV, Excel, OFX, QFX, camt.053 or MT940."""
    bank = begin(context, as_json=as_json)
    file = bank.reports.statement_file(account_id_of(bank, account), kind.value, month=month, from_=first, to=last).data
    saving.save(file, to, force=force, as_json=as_json)
