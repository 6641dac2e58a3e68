"""`deposit`, `withdraw`, `transfer`, `history`."""

import re
import sys
from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import BankClient, listed
from cli.context import AsJson, Key, Yes, begin, new_key
from sandbank import Answer, RefusedError
from sandbank.types import Transaction
from shared.identifiers import is_id

Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="How much, such as 12.34, in the account's currency.")]
Description = Annotated[str | None, typer.Option("--description", "-d", help="What it is for.")]
Category = Annotated[str | None, typer.Option(help="For instance groceries.")]
EndToEndId = Annotated[str | None, typer.Option("--end-to-end-id", help="What I call it; the recipient reads it too.")]
_ACCOUNT_NUMBER = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", re.ASCII)


def deposit(
    context: typer.Context,
    account: AccountName,
    amount: Amount,
    *,
    description: Description = None,
    category: Category = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Deposit cash."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    show_moved(
        bank.transactions.deposit(account_id, amount, description=description, category=category, idempotency_key=key),
        as_json=as_json,
    )


def withdraw(
    context: typer.Context,
    account: AccountName,
    amount: Amount,
    *,
    description: Description = None,
    category: Category = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw cash."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    show_moved(
        bank.transactions.withdraw(account_id, amount, description=description, category=category, idempotency_key=key),
        as_json=as_json,
    )


def transfer(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="One of my accounts, as in `accounts`.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An account number, an id, or another of my accounts.")],
    amount: Amount,
    *,
    description: Description = None,
    category: Category = None,
    end_to_end_id: EndToEndId = None,
    yes: Yes = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Transfer money to another account. At a terminal the recipient is shown first."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    source_id = account_id_of(bank, source)
    number: str | None = target.replace(" ", "").upper()
    target_id = None
    if number is not None and not is_id(target.lower()) and _ACCOUNT_NUMBER.fullmatch(number):
        if not yes and not as_json and sys.stdin.isatty():
            _confirm_recipient(bank, number, amount)
    else:
        target_id, number = account_id_of(bank, target), None
    paid = bank.transactions.transfer(
        source_id,
        amount,
        to_account_id=target_id,
        to_account_number=number,
        description=description,
        category=category,
        end_to_end_id=end_to_end_id,
        idempotency_key=key,
    )
    show_moved(paid, as_json=as_json)


def history(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Only this account.")] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    after: Annotated[str | None, typer.Option(help="What came later than this transaction, oldest first.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From this day on, such as 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before this day.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="deposit, withdrawal, transfer, payroll, ...")] = None,
    status: Annotated[str | None, typer.Option(help="completed or refused.")] = None,
    direction: Annotated[str | None, typer.Option(help="in or out.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    min_amount: Annotated[str | None, typer.Option("--min", help="At least this much.")] = None,
    max_amount: Annotated[str | None, typer.Option("--max", help="At most this much.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-s", help="Text to look for.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Of the whole bank (employees).")] = False,
    as_json: AsJson = False,
) -> None:
    """List transactions, newest first, or with --after later ones, oldest first."""
    bank = begin(context, as_json=as_json)
    path = "/api/transactions/all" if everyone else "/api/transactions/list"
    if account is not None:
        path = f"/api/transactions/account/{account_id_of(bank, account)}"
    query = {
        "from": since, "to": until, "type": kind, "status": status, "direction": direction, "category": category,
        "min_amount": min_amount, "max_amount": max_amount, "q": search, "cursor": cursor, "after": after,
    }  # fmt: skip
    body = listed(bank.pages(path, limit=limit, **query))
    if as_json:
        output.show_json(body)
        return
    columns = ("when", "type", "what", "amount", "balance", "id")
    output.table("Transactions", columns, map(_history_row, body["data"]), right=("amount", "balance"))
    if body["next_cursor"]:
        output.errors().print(f"[dim]More: --cursor {body['next_cursor']}[/dim]", soft_wrap=True)


def _confirm_recipient(bank: BankClient, number: str, amount: str) -> None:
    try:
        found = bank.accounts.lookup(number).data
    except RefusedError:
        return  # the transfer itself says better why not
    typer.confirm(f"Pay {amount} {found['currency']} to {found['holder_name']}, {number}?", abort=True)


def show_moved(moved: Answer[Transaction], *, as_json: bool) -> None:
    """What was moved, for people or as the bank said it."""
    if as_json:
        output.show_json(moved.body)
        return
    if moved.is_replay:
        output.say("This was done before with the same key; nothing happened twice.")
    done = moved.data
    balance = done["balance_after"]
    output.facts(
        [
            (done["type"], output.money(done["amount"], done["currency"])),
            ("to" if done["direction"] == "out" else "from", _counterparty(done)),
            ("balance now", output.money(balance, done["currency"]) if balance is not None else None),
            ("end-to-end id", done["end_to_end_id"]),
            ("reference", done["reference"]),
            ("id", done["id"]),
        ]
    )


def _counterparty(done: Transaction) -> str:
    other = done["counterparty"]
    return f"{other['name']} {other['account_number'] or ''}".strip() if other else ""


def _history_row(done: Transaction) -> tuple[object, ...]:
    sign = {"in": "+", "out": "-"}.get(done["direction"] or "", "")
    is_refused = done["status"] == "refused"
    style = "dim strike" if is_refused else "green" if sign == "+" else ""
    balance = done["balance_after"]
    other = done["counterparty"]
    what = " · ".join(part for part in (done["description"], other["name"] if other else "") if part)
    return (
        done["effective_at"].replace("T", " ")[:16],
        done["type"],
        Text(f"refused, {done.get('error_code')} {what}", style="red") if is_refused else what,
        Text(f"{sign}{output.money(done['amount'], done['currency'])}", style=style),
        "" if balance is None else output.money(balance, done["currency"]),
        done["id"],
    )
