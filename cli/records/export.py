"""`export`: movements as a file of any length."""

from typing import Annotated

import typer

from cli import output, saving
from cli.accounts import account_id_of
from cli.context import AsJson, begin
from cli.saving import Force, Output
from sandbank.enums import ExportFormat

_LONGEST_SECONDS = 600.0


def export(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Of this account; else of all.")] = None,
    *,
    kind: Annotated[ExportFormat, typer.Option("--format", "-f", help="What it comes as.")] = ExportFormat.CSV,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day: 2026-11-20.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, whole.")] = None,
    to: Output = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save movements, oldest first: CSV, JSON lines, Excel, Parquet, or a journal for hledger and beancount."""
    bank = begin(context, as_json=as_json)
    account_id = None if account is None else account_id_of(bank, account)
    with output.waiting("The bank writes the file"):
        file = bank.reports.export(
            kind.value, account_id=account_id, from_=since, to=until, timeout_seconds=_LONGEST_SECONDS
        ).data
    saving.save(file, to, force=force, as_json=as_json)
