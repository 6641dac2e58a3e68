"""`users`: who has a log-in at the bank, for the people who run it."""

from typing import Annotated

import typer

from cli import output
from cli.client import listed
from cli.context import AsJson, begin
from cli.login import PasswordStdin, ask_new_password
from sandbank import Answer
from sandbank.types import User

users_app = typer.Typer(help="The bank's users (employees and administrators).", invoke_without_command=True)


@users_app.callback()
def users(
    context: typer.Context,
    *,
    search: Annotated[str | None, typer.Option("--search", "-s", help="In user name, e-mail or full name.")] = None,
    role: Annotated[str | None, typer.Option(help="customer, employee or admin.")] = None,
    status: Annotated[str | None, typer.Option(help="active, disabled or erased.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the bank's users; the commands below add and change them."""
    if context.invoked_subcommand is not None:
        return
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages("/api/auth/users", limit=limit, q=search, role=role, status=status))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            user["username"],
            user["full_name"],
            user["email"],
            user["role"],
            output.status_text(user["status"]),
            user["created_at"][:10],
            user["id"],
        )
        for user in body["data"]
    ]
    output.table("Users", ("user name", "name", "e-mail", "role", "status", "since", "id"), rows)
    if body["next_cursor"]:
        output.errors().print("[dim]There are more: raise --limit.[/dim]")


@users_app.command()
def add(
    context: typer.Context,
    username: Annotated[str, typer.Argument(help="The user name.")],
    *,
    email: Annotated[str, typer.Option(help="E-mail address.")],
    full_name: Annotated[str | None, typer.Option(help="Full name.")] = None,
    role: Annotated[str, typer.Option(help="customer, employee or admin.")] = "customer",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Add a user (administrators). The password is theirs: asked for, piped in, or from SANDBANK_PASSWORD."""
    bank = begin(context, as_json=as_json)
    password = ask_new_password(bank, from_stdin=password_stdin)
    added = bank.auth.add_user(username, email, password, full_name=full_name, role=role)
    _show_user(added, as_json=as_json)


@users_app.command("set")
def change(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(help="The user's id.")],
    *,
    role: Annotated[str | None, typer.Option(help="customer, employee or admin.")] = None,
    status: Annotated[str | None, typer.Option(help="active or disabled.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a user's role or status (administrators)."""
    bank = begin(context, as_json=as_json)
    _show_user(bank.auth.change_user(user_id, role=role, status=status), as_json=as_json)


def _show_user(answer: Answer[User], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    user = answer.data
    output.facts(
        [
            ("username", user["username"]),
            ("full name", user["full_name"]),
            ("email", user["email"]),
            ("role", user["role"]),
            ("status", user["status"]),
            ("id", user["id"]),
        ]
    )
