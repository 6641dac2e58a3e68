"""`explain`: why a transaction is what it is."""

from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, begin


def explain(
    context: typer.Context,
    transaction_id: Annotated[str, typer.Argument(metavar="TRANSACTION_ID", help="One of mine; staff: of anybody.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Why a transaction is what it is: the rule that decided, the figures it saw, and what was posted."""
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
    if found["postings"]:
        rows = [
            (one["side"], output.money(one["amount"], one["currency"]), one["balance_after"] or "")
            for one in found["postings"]
        ]
        output.table("Postings", ("account", "amount", "balance"), rows, right=("amount", "balance"))
