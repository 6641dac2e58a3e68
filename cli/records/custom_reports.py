"""`custom-reports ...`: reports that people build themselves."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import output, saving
from cli.accounts import account_id_of
from cli.client import listed
from cli.context import AsJson, begin
from cli.saving import Force, Output
from sandbank.enums import Dimension, Direction, Measure, ReportFormat
from sandbank.resource import given

custom_reports_app = typer.Typer(help="Custom reports: run now, or every month or week.", no_args_is_help=True)


class Schedule(StrEnum):
    """How often it is run by itself."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"


ReportId = Annotated[str, typer.Argument(metavar="REPORT", help="The report's id, as in `custom-reports list`.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of a result, as in `custom-reports results`.")]
_Measures = Annotated[list[Measure] | None, typer.Option("--measure", "-m", help="What is said; again for more.")]
_Dimensions = Annotated[
    list[Dimension] | None, typer.Option("--by", "-b", help="What is grouped by; again for up to three.")
]
_Way = Annotated[Direction | None, typer.Option("--direction", help="Money in or out alone.")]
_Categories = Annotated[list[str] | None, typer.Option("--category", help="Of this category; again for more.")]
_Since = Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day: 2026-11-20.")]
_Until = Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, whole.")]
_Often = Annotated[
    Schedule | None, typer.Option("--schedule", help="Run it by itself when a month or week of the bank has ended.")
]
_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="How many, newest first.")]
_WEEKDAYS = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@custom_reports_app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is called.")],
    *,
    measure: _Measures = None,
    by: _Dimensions = None,
    direction: _Way = None,
    category: _Categories = None,
    account: Annotated[list[str] | None, typer.Option("--account", help="On this account; again for more.")] = None,
    counterparty: Annotated[str | None, typer.Option(help="A part of the other side's name.")] = None,
    min_amount: Annotated[str | None, typer.Option("--min", help="Of so much or more.")] = None,
    max_amount: Annotated[str | None, typer.Option("--max", help="Of so much or less.")] = None,
    since: _Since = None,
    until: _Until = None,
    schedule: _Often = None,
    bank_wide: Annotated[bool, typer.Option("--bank", help="Of all customers (administrators).")] = False,
    as_json: AsJson = False,
) -> None:
    """Create and run a report: what is measured, how it is grouped, and over which transactions."""
    bank = begin(context, as_json=as_json)
    filters = given(
        direction=direction and direction.value,
        categories=category,
        account_ids=None if account is None else [account_id_of(bank, one) for one in account],
        counterparty=counterparty,
        min_amount=min_amount,
        max_amount=max_amount,
    )
    made = bank.custom_reports.create(
        name,
        [one.value for one in measure or [Measure.SUM, Measure.COUNT]],
        dimensions=[one.value for one in by or []],
        filters=filters,  # type: ignore[arg-type]
        from_=since,
        to=until,
        schedule=None if schedule in (None, Schedule.NEVER) else schedule.value,  # type: ignore[arg-type]
        scope="bank" if bank_wide else "own",
    )
    if as_json:
        output.show_json(made.body)
        return
    output.facts([("report", made.data["id"]), ("next by itself", (made.data["next_run_at"] or "")[:10])])
    latest = made.data["latest_run"]
    if latest is not None:
        _show_result(bank.custom_reports.result(latest["id"]).data)


@custom_reports_app.command("list")
def listing(context: typer.Context, *, limit: _Limit = 50, as_json: AsJson = False) -> None:
    """List my custom reports, newest first."""
    body = listed(begin(context, as_json=as_json).pages("/api/reports/custom", limit=limit))

    def row(it: Any) -> tuple[object, ...]:
        ran = it["latest_run"]["created_at"][:10] if it["latest_run"] else ""
        return it["name"], ", ".join(it["measures"]), ", ".join(it["dimensions"]), it["schedule"], ran, it["id"]

    columns = ("name", "measures", "by", "schedule", "last run", "id")
    output.listing(body, "Custom reports", columns, row, as_json=as_json)


@custom_reports_app.command()
def run(context: typer.Context, report: ReportId, *, as_json: AsJson = False) -> None:
    """Run a report now."""
    answered = begin(context, as_json=as_json).custom_reports.run(report)
    if as_json:
        output.show_json(answered.body)
    else:
        _show_result(answered.data)


@custom_reports_app.command()
def results(context: typer.Context, report: ReportId, *, limit: _Limit = 50, as_json: AsJson = False) -> None:
    """List a report's results, newest first."""
    body = listed(begin(context, as_json=as_json).pages(f"/api/reports/custom/{report}/runs", limit=limit))

    def row(it: Any) -> tuple[object, ...]:
        of = it["period"] or " to ".join(day or "…" for day in (it["from"], it["to"]))
        return it["created_at"][:16].replace("T", " "), of, it["movements"], output.status_text(it["status"]), it["id"]

    columns = ("made", "of", "transactions", "state", "id")
    output.listing(body, "Results", columns, row, as_json=as_json, right=("transactions",))


@custom_reports_app.command()
def show(context: typer.Context, run: RunId, *, as_json: AsJson = False) -> None:
    """Show a result."""
    answered = begin(context, as_json=as_json).custom_reports.result(run)
    if as_json:
        output.show_json(answered.body)
    else:
        _show_result(answered.data)


@custom_reports_app.command()
def save(
    context: typer.Context,
    run: RunId,
    *,
    kind: Annotated[ReportFormat, typer.Option("--format", "-f", help="What it comes as.")] = ReportFormat.PDF,
    to: Output = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save a result as a file: PDF, CSV, Excel or JSON."""
    bank = begin(context, as_json=as_json)
    saving.save(bank.custom_reports.download(run, kind.value).data, to, force=force, as_json=as_json)


@custom_reports_app.command("set")
def change(
    context: typer.Context,
    report: ReportId,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    measure: _Measures = None,
    by: _Dimensions = None,
    direction: _Way = None,
    category: _Categories = None,
    since: _Since = None,
    until: _Until = None,
    schedule: _Often = None,
    as_json: AsJson = False,
) -> None:
    """Change what a report measures from now on; what is not named stays."""
    bank = begin(context, as_json=as_json)
    known: Any = bank.custom_reports.details(report).data
    kept = ("name", "measures", "dimensions", "filters", "from", "to", "schedule", "scope")
    changed = given(name=name, to=until, **{"from": since})
    changed |= given(
        measures=None if measure is None else [one.value for one in measure],
        dimensions=None if by is None else [one.value for one in by],
    )
    filters = given(direction=direction and direction.value, categories=category)
    if schedule is not None:
        changed["schedule"] = None if schedule is Schedule.NEVER else schedule.value
    asked = {**{field: known[field] for field in kept}, **changed, "filters": {**known["filters"], **filters}}
    output.answer(bank.custom_reports.replace(report, asked), _facts, as_json=as_json)


@custom_reports_app.command()
def remove(context: typer.Context, report: ReportId, *, as_json: AsJson = False) -> None:
    """Delete a report and its results."""
    removed = begin(context, as_json=as_json).custom_reports.delete(report)
    if as_json:
        output.show_json(removed.body)
    else:
        output.say("The report and its results are deleted.")


def _facts(it: Any) -> list[tuple[str, object]]:
    return [
        ("name", it["name"]),
        ("measures", ", ".join(it["measures"])),
        ("by", ", ".join(it["dimensions"])),
        ("schedule", it["schedule"]),
        ("next by itself", (it["next_run_at"] or "")[:10]),
        ("id", it["id"]),
    ]


def _show_result(found: Any) -> None:
    """A table for each currency; the largest first, or by time, as the bank has it."""
    if found["error"] is not None:
        output.say(f"[red]{found['error']['message']}[/red]")
        return
    output.facts([("result", found["id"]), ("period", found["period"]), ("transactions", found["movements"])])
    if found["skipped_periods"]:
        output.say(f"{found['skipped_periods']} before it were passed over: the bank's clock went over them at once.")
    accounts = {one["id"]: f"{one['name']} {one['account_number'][-4:]}" for one in found["accounts"]}
    by = [name for name in found["dimensions"] if name != "currency"]
    for part in found["currencies"]:
        rows = [
            [
                *(_label(name, group["dimensions"][name], accounts) for name in by),
                *(output.money(str(group["measures"][name])) for name in found["measures"]),
            ]
            for group in part["groups"]
        ]
        output.table(f"{found['name']}, {part['currency']}", [*by, *found["measures"]], rows, right=found["measures"])
    if not found["currencies"]:
        output.say("Nothing moved that it counts.")


def _label(dimension: str, value: Any, accounts: dict[str, str]) -> str:
    if dimension == "account":
        return accounts[value]
    if dimension == "weekday":
        return _WEEKDAYS[value]
    if dimension == "hour":
        return f"{value:02d}:00"
    if dimension == "month":
        return f"{date.fromisoformat(value + '-01'):%b %Y}"
    return str(value) or "the bank"
