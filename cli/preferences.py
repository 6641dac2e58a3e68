"""`preferences ...`: by which ways one is told of what happens."""

from typing import Annotated, Any

import typer

from cli import output
from cli.context import AsJson, begin
from shared.enums import MessageChannel

preferences_app = typer.Typer(help="Notification preferences.", no_args_is_help=True)
_Messages = Annotated[
    list[str], typer.Argument(metavar="MESSAGE...", help="Types of message, as in `preferences list`; or all.")
]
_ALL = "all"


@preferences_app.command("list")
def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List your notification preferences."""
    found = begin(context, as_json=as_json).notifications.preferences()
    _show(found, as_json=as_json)


@preferences_app.command("set")
def change(
    context: typer.Context,
    messages: _Messages,
    *,
    inbox: Annotated[bool | None, typer.Option("--inbox/--no-inbox", help="A message in the inbox.")] = None,
    email: Annotated[bool | None, typer.Option("--email/--no-email", help="An e-mail.")] = None,
    webhook: Annotated[bool | None, typer.Option("--webhook/--no-webhook", help="Your own webhooks.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change your notification preferences. Security messages always reach inbox and e-mail."""
    ways = {"inbox": inbox, "email": email, "webhook": webhook}
    wanted = {way: is_on for way, is_on in ways.items() if is_on is not None}
    bank = begin(context, as_json=as_json)
    names = [name for name in bank.notifications.preferences().data if _ALL in messages] or messages
    changed = bank.notifications.change_preferences(dict.fromkeys(names, wanted))
    _show(changed, as_json=as_json)


def _show(found: Any, *, as_json: bool) -> None:
    if as_json:
        output.show_json(found.body)
        return
    ways = [way.value for way in MessageChannel]
    rows = [(kind, *("on" if it[way] else "off" for way in ways)) for kind, it in found.data.items()]
    output.table("You are told of", ("message", *ways), rows)
