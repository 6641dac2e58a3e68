"""`reports ...`: reports of an account, kept by the bank."""

from typing import Annotated

import typer

from cli import output, saving
from cli.accounts import AccountName, account_id_of
from cli.client import listed
from cli.context import AsJson, begin
from cli.saving import Force, Output
from sandbank.enums import ReportFormat

reports_app = typer.Typer(help="Account reports: created on request, and saved.", no_args_is_help=True)
ReportId = Annotated[str, typer.Argument(metavar="REPORT", help="The id of a report.")]


@reports_app.command()
def new(
    context: typer.Context,
    account: AccountName,
    *,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day: 2026-11-20.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, whole.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a report on an account: income and spending by month and category."""
    bank = begin(context, as_json=as_json)
    answered = bank.reports.account(account_id_of(bank, account), from_=since, to=until)
    if as_json:
        output.show_json(answered.body)
        return
    found, currency = answered.data, answered.data["currency"]
    output.facts(
        [
            ("report", found["id"]),
            ("before", output.money(found["opening_balance"], currency)),
            ("income", output.money(found["income"], currency)),
            ("spending", output.money(found["expense"], currency)),
            ("after", output.money(found["closing_balance"], currency)),
        ]
    )
    rows = [
        (row["month"], *(output.money(row[name]) for name in ("income", "expense", "net"))) for row in found["by_month"]
    ]
    output.table("By month", ("month", "income", "spending", "left"), rows, right=("income", "spending", "left"))


@reports_app.command("list")
def listing(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List my reports, newest first."""
    bank = begin(context, as_json=as_json)
    output.listing(
        listed(bank.pages("/api/reports/list", limit=limit)),
        "Reports",
        ("made", "title", "id"),
        lambda report: (report["created_at"][:16].replace("T", " "), report["title"], report["id"]),
        as_json=as_json,
    )


@reports_app.command()
def save(
    context: typer.Context,
    report: ReportId,
    *,
    kind: Annotated[ReportFormat, typer.Option("--format", "-f", help="What it comes as.")] = ReportFormat.PDF,
    to: Output = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save a report as a file: PDF, CSV (its movements, at most the newest 1,000), Excel or JSON."""
    bank = begin(context, as_json=as_json)
    saving.save(bank.reports.download(report, kind.value).data, to, force=force, as_json=as_json)
