"""Emptying the bank from the dashboard."""

from cli.dashboard.forms import Done, Field, Form, NotFoundHereError, Values, required
from sandbank import Client


def _reset(bank: Client, values: Values, _key: str) -> Done:
    emptied_services = bank.simulator.reset(values["confirm"]).data["reset"]
    if not emptied_services:
        raise NotFoundHereError("confirm", "nothing was emptied")
    return Done("The bank is empty.")


RESET = Form(
    "Empty the bank: every customer, account and movement goes",
    "Empty it",
    (Field("confirm", "The bank's name", required, hint="typed out, to say that you mean it"),),
    _reset,
)
