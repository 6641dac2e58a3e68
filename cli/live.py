"""`live`: the whole bank this second."""

import time
from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, begin
from sandbank.types.live import LiveTotals

_EVERY_SECONDS = 1.0


def live(
    context: typer.Context,
    *,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Again each second, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """The whole bank this second: transactions, volume, accounts (administrators)."""
    bank = begin(context, as_json=as_json)
    while True:
        found = bank.reports.live()
        if as_json:
            output.show_json(found.body)
        elif watch:
            output.say(_line(found.data))
        else:
            _show(found.data)
        if not watch:
            return
        time.sleep(_EVERY_SECONDS)


def _show(now: LiveTotals) -> None:
    output.facts(
        [
            ("bank time", now["bank_time"]),
            ("last ten seconds", f"{now['last_ten_seconds']:,}"),
            ("transactions", f"{now['transactions']:,}"),
            ("accounts", f"{now['accounts']:,}"),
            ("users", f"{now['users']:,}"),
            ("behind the ledger", f"{now['behind']:,}"),
        ]
    )
    rows = [(row["currency"], output.money(row["amount_today"]), output.money(row["amount"])) for row in now["volume"]]
    output.table("Volume", ("currency", "today", "in all"), rows, right=("today", "in all"))


def _line(now: LiveTotals) -> str:
    moved = ", ".join(output.money(row["amount_today"], row["currency"]) for row in now["volume"])
    return (
        f"{now['at'][11:19]}  {now['last_ten_seconds']:,} in ten seconds, {now['transactions']:,} in all; "
        f"today {moved or 'nothing'}; {now['behind']:,} behind"
    )
