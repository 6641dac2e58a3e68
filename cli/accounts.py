"""`accounts`, `open`, `close`, and finding an account by what people call it."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.client import BankClient, listed
from cli.context import AsJson, Key, Yes, begin, new_key
from cli.errors import CommandError
from sandbank.enums import NewAccountType
from sandbank.types import Account
from shared.identifiers import is_id

AccountName = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="An account: its id, number, nickname, or the number's last digits.")
]


def account_id_of(bank: BankClient, name: str) -> str:
    """The id of one of my accounts, by id, number, nickname or the end of the number. Raises CommandError."""
    if is_id(name.lower()):
        return name.lower()
    return str(own_account(list(bank.accounts.iterate()), name)["id"])


def own_account(accounts: list[Account], name: str) -> Account:
    """The one account that is meant. Raises CommandError for none and for several."""
    wanted = name.replace(" ", "").casefold()
    numbers = {account["id"]: account["account_number"].replace(" ", "").casefold() for account in accounts}
    exact = [
        account
        for account in accounts
        if wanted in (numbers[account["id"]], (account["nickname"] or "").replace(" ", "").casefold())
    ]
    found = exact or [account for account in accounts if len(wanted) >= 3 and numbers[account["id"]].endswith(wanted)]
    if len(found) == 1:
        return found[0]
    problem = "is none of your accounts" if not found else f"could be {len(found)} of your accounts"
    message = f"{name} {problem}; `sandbank accounts` lists them."
    raise CommandError(message, code="VALIDATION_ERROR" if found else "NOT_FOUND")


def accounts(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List my accounts with their balances."""
    body = listed(begin(context, as_json=as_json).pages("/api/accounts/list"))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            account["nickname"] or account["account_type"],
            account["account_type"],
            output.grouped_number(account["account_number"]),
            output.money(account["balance"], account["currency"]),
            output.money(account["available_balance"], account["currency"]),
            output.status_text(account["status"]),
            account["id"],
        )
        for account in body["data"]
    ]
    columns = ("name", "type", "number", "balance", "available", "status", "id")
    output.table("Accounts", columns, rows, right=("balance", "available"))


def open_account(
    context: typer.Context,
    account_type: Annotated[NewAccountType, typer.Argument(metavar="TYPE", help="checking, savings or investment.")],
    *,
    currency: Annotated[str | None, typer.Option(help="ISO 4217, such as EUR; the bank's own when left out.")] = None,
    nickname: Annotated[str | None, typer.Option(help="What you call it.")] = None,
    initial_deposit: Annotated[str | None, typer.Option(help="Cash paid in as it opens, such as 100.00.")] = None,
    product: Annotated[str | None, typer.Option(help="One of this type, by its code in `products list`.")] = None,
    user_id: Annotated[str | None, typer.Option("--for", help="For this user id (employees).")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Open an account."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    opened = bank.accounts.create(
        account_type.value,
        currency=currency.upper() if currency else None,
        nickname=nickname or None,
        initial_deposit=initial_deposit or None,
        product=product or None,
        user_id=user_id or None,
        idempotency_key=key,
    )
    if as_json:
        output.show_json(opened.body)
        return
    output.say(f"Your {account_type.value} account is open.")
    show_account(opened.data)


def limits(context: typer.Context, account: AccountName, *, as_json: AsJson = False) -> None:
    """Show an account's limits, and what is left of them today."""
    bank = begin(context, as_json=as_json)
    answer = bank.transactions.limits(account_id_of(bank, account))
    if as_json:
        output.show_json(answer.body)
        return
    found = answer.data
    output.facts(
        [
            ("in one payment", output.money(found["per_payment"], found["currency"])),
            ("a day", output.money(found["daily"], found["currency"])),
            ("used today", output.money(found["used_today"], found["currency"])),
            ("left today", output.money(found["available_today"], found["currency"])),
            ("free again", found["resets_at"]),
        ]
    )


def close(context: typer.Context, account: AccountName, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Close an empty account, for good."""
    bank = begin(context, as_json=as_json)
    account_id = account_id_of(bank, account)
    if not yes and not as_json and sys.stdin.isatty():
        typer.confirm(f"Close {account} for good?", abort=True)
    closed = bank.accounts.close(account_id)
    if as_json:
        output.show_json(closed.body)
    else:
        output.say("Closed.")


def show_account(account: Account) -> None:
    """Show an account."""
    output.facts(
        [
            ("name", account["nickname"]),
            ("number", output.grouped_number(account["account_number"])),
            ("balance", output.money(account["balance"], account["currency"])),
            ("notice", f"{account['notice_days']} days" if account["notice_days"] else None),
            ("status", output.status_text(account["status"])),
            ("id", account["id"]),
        ]
    )
