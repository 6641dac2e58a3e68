"""`clock`: the bank's time, and an administrator's word that its machine's is right."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, begin


def clock(
    context: typer.Context,
    *,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="The bank's machine jumped ahead, and its clock is right (administrators)."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The bank's time."""
    money = begin(context, as_json=as_json).transactions
    answer = money.confirm_clock(datetime.now(UTC).isoformat().replace("+00:00", "Z")) if confirm else money.clock()
    if as_json:
        output.show_json(answer.body)
        return
    note = "runs with the world's" if answer.data["real"] else "was moved ahead of the world's"
    output.facts([("bank time", answer.data["bank_time"]), ("clock", note)])
