"""`mailbox`: the mails of a bank in development."""

from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output
from cli.client import listed
from cli.context import AsJson, begin

_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")]


def mailbox(
    context: typer.Context,
    *,
    limit: _Limit = 10,
    full: Annotated[bool, typer.Option("--full", help="With what each of them says.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the e-mails of a bank in development (administrators)."""
    body = listed(begin(context, as_json=as_json).pages("/api/notifications/mailbox", limit=limit))
    if full and not as_json:
        for mail in body["data"]:
            text = f"To: {mail['to']}\nSubject: {mail['subject']}\n\n{mail['text']}"
            output.console().print(Text(text), soft_wrap=True)
        return

    def row(it: Any) -> tuple[object, ...]:
        return it["created_at"], it["to"], it["subject"], it["delivery"] or "lies here"

    output.listing(body, "Mailbox", ("at", "to", "subject", "delivery"), row, as_json=as_json)
