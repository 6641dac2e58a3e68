"""`explain`: why a transaction is what it is."""

from typing import Annotated, Any

import typer

from cli import output
from cli.context import AsJson, begin


def explain(
    context: typer.Context,
    transaction_id: Annotated[str, typer.Argument(metavar="TRANSACTION_ID", help="One of mine; staff: of anybody.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Explain a transaction: the rule that decided, the figures it used, and what was posted."""
    bank = begin(context, as_json=as_json)
    answered = bank.transactions.explain(transaction_id)
    if as_json:
        output.show_json(answered.body)
        return
    found = answered.data
    rule = found["rule"]
    output.facts(
        [
            ("outcome", output.status_text(found["outcome"])),
            ("rule", rule["code"]),
            ("why", rule["sentence"]),
            ("what helps", rule["remedy"]),
            *((figure["name"].replace("_", " "), figure["value"]) for figure in found["figures"]),
            ("request", found["request_id"]),
        ]
    )
    if found["card"]:
        _say_what_the_card_may(found["card"])
    if found["postings"]:
        rows = [
            (one["side"], output.money(one["amount"], one["currency"]), one["balance_after"] or "")
            for one in found["postings"]
        ]
        output.table("Postings", ("account", "amount", "balance"), rows, right=("amount", "balance"))
    if found["log"]:
        _show_log(found["log"])


def _say_what_the_card_may(card: dict[str, Any]) -> None:
    """Its limits and switches, as they are now."""
    limits = [(f"{name.replace('_', ' ')} limit", card[name]) for name in ("per_payment", "daily", "monthly")]
    switches = [(name, "on" if card[name] else "off") for name in ("online", "contactless", "abroad", "cash")]
    blocked = ", ".join(card["blocked_categories"]) or None
    output.facts([("card", output.status_text(card["status"])), *limits, *switches, ("blocked categories", blocked)])


def _show_log(log: dict[str, Any]) -> None:
    """What the services wrote about the request; only staff hear of it."""
    rows = [(line["at"], line["service"], line["level"], _said(line)) for line in log["lines"]]
    output.table("Log", ("at", "service", "level", "line"), rows)
    for service in log["away"]:
        output.say(f"The log of {service} could not be read.")


def _said(line: dict[str, Any]) -> str:
    more = (f"{name}={value}" for name, value in line["details"].items() if value is not None)
    return " ".join((line["event"], *more))
