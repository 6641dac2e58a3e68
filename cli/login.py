"""`login`, `logout`, `whoami`, `register`."""

import os
import sys
from typing import Annotated

import typer
from rich.markup import escape

from cli import output
from cli.client import BankClient
from cli.context import AsJson, begin
from cli.errors import CommandError

PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def ask_password(*, from_stdin: bool, confirm: bool = False) -> str:
    """From standard input, from SANDBANK_PASSWORD, or asked for without showing it."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = os.environ.get("SANDBANK_PASSWORD") or ""
        if not password and sys.stdin.isatty():
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    if not password:
        message = "No password: type it, pipe it in with --password-stdin, or set SANDBANK_PASSWORD."
        raise CommandError(message, fields={"password": "is needed"})
    return password


def ask_new_password(bank: BankClient, *, from_stdin: bool) -> str:
    """The same for a password that is to be: at a terminal the bank's rule is told first, and it is typed twice."""
    is_typed = not from_stdin and not os.environ.get("SANDBANK_PASSWORD") and sys.stdin.isatty()
    if is_typed:
        rules = bank.auth.password_rules().data
        typer.echo(f"A password has {rules['min_length']} to {rules['max_length']} characters.", err=True)
    return ask_password(from_stdin=from_stdin, confirm=True)


def login(
    context: typer.Context,
    username: Annotated[str | None, typer.Argument(help="User name or e-mail address.", show_default=False)] = None,
    *,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Log in and stay logged in."""
    bank = begin(context, as_json=as_json)
    username = username or typer.prompt("User name", err=True)
    data = bank.log_in(username, ask_password(from_stdin=password_stdin))
    if as_json:
        output.show_json({"success": True, "data": data["user"]})
    else:
        user = data["user"]
        name = escape(user["full_name"] or user["username"])
        output.say(f"Logged in as [bold]{name}[/bold] ({user['role']}) at {bank.url}")


def logout(context: typer.Context, *, as_json: AsJson = False) -> None:
    """End this session, here and at the bank."""
    bank = begin(context, as_json=as_json)
    bank.log_out()
    if as_json:
        output.show_json({"success": True, "data": {"url": bank.url}})
    else:
        output.say("Logged out.")


def whoami(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Who is logged in, and where."""
    bank = begin(context, as_json=as_json)
    answer = bank.auth.profile()
    if as_json:
        output.show_json(answer.body)
        return
    user = answer.data
    output.facts(
        [
            ("name", user["full_name"]),
            ("user name", user["username"]),
            ("e-mail", user["email"]),
            ("role", user["role"]),
            ("user id", user["id"]),
            ("bank", bank.url),
        ]
    )


def register(
    context: typer.Context,
    username: Annotated[str, typer.Argument(help="The user name to have.")],
    *,
    email: Annotated[str, typer.Option(help="E-mail address.", prompt=True)],
    full_name: Annotated[str | None, typer.Option(help="Full name.")] = None,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Become a customer, and log in."""
    bank = begin(context, as_json=as_json)
    password = ask_new_password(bank, from_stdin=password_stdin)
    registered = bank.auth.register(username, email, password, full_name=full_name)
    bank.log_in(username, password)
    if as_json:
        output.show_json(registered.body)
    else:
        output.say("Welcome. You are logged in; open your first account with `sandbank open checking`.")
