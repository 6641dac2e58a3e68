"""`rates` and `exchange`."""

import sys
from typing import Annotated, Literal

import typer

from cli import output
from cli.accounts import account_id_of
from cli.context import AsJson, Key, Yes, begin, new_key
from cli.payments.money import Amount, Description, show_moved
from sandbank import Answer
from sandbank.types.rates import InterestRate, RateOfDay, RateSource

Base = Annotated[str | None, typer.Option(metavar="CURRENCY", help="What one unit of is worth; else the euro.")]
Day = Annotated[str | None, typer.Option(metavar="DAY", help="On a day such as 2026-11-20; else the newest.")]


def rates(
    context: typer.Context,
    *,
    base: Base = None,
    on: Day = None,
    interest: Annotated[bool, typer.Option("--interest", help="Published interest rates instead.")] = False,
    history: Annotated[
        str | None, typer.Option("--history", metavar="CURRENCY", help="The history of its rate instead.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Of how many days, with --history.")] = None,
    sources: Annotated[bool, typer.Option("--sources", help="The sources of rates (administrators).")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Refresh all rates now (administrators).")] = False,
    as_json: AsJson = False,
) -> None:
    """Show published exchange rates."""
    bank = begin(context, as_json=as_json)
    if sources or refresh:
        _show_sources(bank.rates.refresh() if refresh else bank.rates.sources(), as_json=as_json)
        return
    if interest:
        _show_interest(bank.rates.interest(), as_json=as_json)
        return
    if history is not None:
        _show_history(bank.rates.history(history.upper(), base=base, days=days), base or "EUR", as_json=as_json)
        return
    answer = bank.rates.exchange(base=base, on=on)
    if as_json:
        output.show_json(answer.body)
        return
    found = answer.data
    rows = [(one["currency"], one["rate"]) for one in found["rates"]]
    output.table(f"1 {found['base']} on {found['day']}", ("currency", "worth"), rows, right=("worth",))


def _show_interest(answer: Answer[list[InterestRate]], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    columns = ("rate", "% a year", "since", "source")
    rows = [(one["name"], one["rate"], one["effective_on"], one["source_title"]) for one in answer.data]
    output.table("Interest rates", columns, rows, right=("% a year",))


def _show_history(answer: Answer[list[RateOfDay]], base: str, *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    output.table(f"1 {base}", ("day", "worth"), [(one["day"], one["rate"]) for one in answer.data], right=("worth",))


def _show_sources(answer: Answer[list[RateSource]], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    columns = ("source", "status", "asked", "read", "problem")
    rows = [
        (
            one["title"],
            output.status_text(one["status"]),
            (one["asked_at"] or "").replace("T", " ")[:16],
            (one["read_at"] or "").replace("T", " ")[:16],
            one["problem"] or "",
        )
        for one in answer.data
    ]
    output.table("Sources of rates", columns, rows)


def exchange(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="One of my accounts.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another of my accounts, in another currency.")],
    amount: Amount,
    *,
    get: Annotated[bool, typer.Option("--get", help="AMOUNT is what is to arrive, in the currency of TO.")] = False,
    description: Description = None,
    yes: Yes = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Exchange money between my accounts, by a quote. At a terminal it is shown first, and asked about."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    source_id, target_id = account_id_of(bank, source), account_id_of(bank, target)
    given_in, got_in = (bank.accounts.details(one).data["currency"] for one in (source_id, target_id))
    fixed: Literal["target"] | None = "target" if get else None
    quote = bank.transactions.quote(given_in, got_in, amount, fixed=fixed, from_account_id=source_id).data
    given = output.money(quote["source_amount"], quote["from_currency"])
    got = output.money(quote["target_amount"], quote["to_currency"])
    if not as_json:
        output.say(f"{given} for {got}: 1 {quote['from_currency']} is {quote['rate']} {quote['to_currency']}.")
        if not yes and sys.stdin.isatty():
            typer.confirm("Exchange?", abort=True)
    moved = bank.transactions.transfer(
        source_id,
        quote["source_amount"],
        to_account_id=target_id,
        description=description,
        quote_id=quote["id"],
        idempotency_key=key,
    )
    show_moved(moved, as_json=as_json)
