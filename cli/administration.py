"""`users` and `total`: what the people who run the bank ask."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

import typer

from cli import output
from cli.invocation import AsJson, begin
from cli.signing_in import PasswordStdin, ask_password

users_app = typer.Typer(help="The bank's users (employees and administrators).", invoke_without_command=True)
_EVERY = 1_000_000_000


@users_app.callback()
def users(
    context: typer.Context,
    *,
    search: Annotated[str | None, typer.Option("--search", "-s", help="In user name, e-mail or full name.")] = None,
    role: Annotated[str | None, typer.Option(help="customer, employee or admin.")] = None,
    status: Annotated[str | None, typer.Option(help="active or disabled.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the bank's users; the commands below add and change them."""
    if context.invoked_subcommand is not None:
        return
    bank = begin(context, as_json=as_json)
    body = bank.rows("/api/auth/users", limit, q=search, role=role, status=status)
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
    payload = {"username": username, "email": email, "role": role}
    if full_name is not None:
        payload["full_name"] = full_name
    payload["password"] = ask_password(from_stdin=password_stdin, confirm=True)
    _show_user(bank.call("POST", "/api/auth/users", payload), as_json=as_json)


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
    payload = {name: value for name, value in (("role", role), ("status", status)) if value is not None}
    _show_user(bank.call("PUT", f"/api/auth/users/{user_id}", payload), as_json=as_json)


def total(context: typer.Context, *, as_json: AsJson = False) -> None:
    """All the money: of the whole bank for administrators, else of my accounts.

    The bank's total is held against its journal: exit code 1 when the two differ.
    """
    bank = begin(context, as_json=as_json)
    if bank.session().role == "admin":
        _total_of_bank(bank.get("/api/reports/balances/total"), as_json=as_json)
        return
    sums = totals(bank.rows("/api/accounts/list", _EVERY)["data"])
    if as_json:
        output.show_json({"success": True, "data": {"scope": "own", "totals": sums}})
    else:
        _show_totals("My accounts", sums)


def _total_of_bank(body: dict[str, Any], *, as_json: bool) -> None:
    found = body["data"]
    if as_json:
        output.show_json({**body, "data": {"scope": "bank", **found}})
    else:
        _show_totals("All customers' accounts", found["totals"])
        if not found["matches"]:
            output.say("[red]The ledger and its journal differ[/red]; `sandbank proof` names each record.")
    if not found["matches"]:
        raise typer.Exit(1)


def _show_totals(title: str, sums: list[dict[str, Any]]) -> None:
    rows = [(one["currency"], output.money(one["total"]), one["accounts"]) for one in sums]
    output.table(title, ("currency", "total", "accounts"), rows, right=("total", "accounts"))


def totals(accounts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The exact sum of the balances per currency, as decimal text, and how many accounts it is of."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for account in accounts:
        balance, count = sums.get(account["currency"], (Decimal(0), 0))
        sums[account["currency"]] = (balance + Decimal(account["balance"]), count + 1)
    return [
        {"currency": currency, "total": f"{balance:f}", "accounts": count}
        for currency, (balance, count) in sorted(sums.items())
    ]


def _show_user(body: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        output.show_json(body)
        return
    user = body["data"]
    names = ("username", "full_name", "email", "role", "status", "id")
    output.facts([(name.replace("_", " "), user[name]) for name in names])
