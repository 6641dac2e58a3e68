"""`orders ...` and `upcoming`: standing orders and payments on a day, and what will fall due."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import BankClient, listed
from cli.context import AsJson, Key, begin, new_key
from cli.money import Amount, Description
from sandbank import Answer
from shared.identifiers import is_id

orders_app = typer.Typer(
    help="Standing orders, and payments on a day: paid by the bank on its business days.", no_args_is_help=True
)
_OrderId = Annotated[str, typer.Argument(metavar="ORDER_ID", help="The order's id, as in `orders list`.")]
_To = Annotated[
    str, typer.Argument(metavar="TO", help="An account number, one of my accounts, or the id of a payee or account.")
]
_Day = Annotated[str, typer.Argument(metavar="DAY", help="A day of the bank, such as 2026-12-01.")]
_STANDING, _SCHEDULED = "/api/standing-orders", "/api/scheduled-payments"


class Frequency(StrEnum):
    """How often a standing order pays."""

    DAILY = "daily"
    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"
    TWO_MONTHLY = "two_monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


@orders_app.command("list")
def listing(
    context: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Payments on one day instead of standing orders.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Standing orders, or with --once payments on one day: mine, for employees everybody's."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages(_SCHEDULED if once else _STANDING, limit=limit))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            order["execute_on"] if once else order["next_on"],
            output.status_text(order["status"]),
            order["recipient"]["name"],
            order["description"],
            "once" if once else order["frequency"].replace("_", " "),
            output.money(order["amount"], order["currency"]),
            order["id"],
        )
        for order in body["data"]
    ]
    columns = ("next", "status", "to", "for", "how often", "amount", "id")
    output.table("Payments on a day" if once else "Standing orders", columns, rows, right=("amount",))


@orders_app.command()
def standing(
    context: typer.Context,
    account: AccountName,
    to: _To,
    amount: Amount,
    first_on: _Day,
    *,
    frequency: Annotated[Frequency, typer.Option(help="How often.")] = Frequency.MONTHLY,
    last_on: Annotated[str | None, typer.Option(help="The last day on which it may fall; else for ever.")] = None,
    preceding: Annotated[
        bool, typer.Option("--preceding", help="Pay before a day on which banks do not settle, not after it.")
    ] = False,
    description: Description = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Pay the same amount again and again, from a day on."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    placed = bank.standing_orders.place(
        account_id_of(bank, account),
        amount,
        frequency=frequency.value,
        first_on=first_on,
        last_on=last_on,
        execution_rule="preceding" if preceding else None,
        description=description,
        idempotency_key=key,
        **_recipient(bank, to),
    )
    _show(placed, as_json=as_json)


@orders_app.command()
def once(
    context: typer.Context,
    account: AccountName,
    to: _To,
    amount: Amount,
    on: _Day,
    *,
    description: Description = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Pay once, on a day."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    placed = bank.scheduled_payments.schedule(
        account_id, amount, execute_on=on, description=description, idempotency_key=key, **_recipient(bank, to)
    )
    _show(placed, as_json=as_json)


@orders_app.command()
def show(context: typer.Context, order_id: _OrderId, *, as_json: AsJson = False) -> None:
    """What came of a standing order, newest first."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages(f"{_STANDING}/{order_id}/executions", limit=100))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            row["due_on"],
            output.status_text(row["status"]),
            (row["error_code"] or "").lower().replace("_", " "),
            output.money(row["amount"], row["currency"]),
            row["transaction_id"] or "",
        )
        for row in body["data"]
    ]
    output.table("What came of it", ("for", "status", "why", "amount", "transaction"), rows, right=("amount",))


@orders_app.command()
def pause(context: typer.Context, order_id: _OrderId, *, as_json: AsJson = False) -> None:
    """Pay nothing by a standing order until it is resumed."""
    _show(begin(context, as_json=as_json).standing_orders.pause(order_id), as_json=as_json)


@orders_app.command()
def resume(context: typer.Context, order_id: _OrderId, *, as_json: AsJson = False) -> None:
    """Pay by it again, from its next day on."""
    _show(begin(context, as_json=as_json).standing_orders.resume(order_id), as_json=as_json)


@orders_app.command()
def cancel(
    context: typer.Context,
    order_id: _OrderId,
    *,
    once: Annotated[bool, typer.Option("--once", help="It is a payment on one day.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a standing order, or with --once call a payment on one day off."""
    bank = begin(context, as_json=as_json)
    ended: Answer[Any] = (bank.scheduled_payments if once else bank.standing_orders).cancel(order_id)
    _show(ended, as_json=as_json)


def upcoming(
    context: typer.Context,
    *,
    until: Annotated[str | None, typer.Option(help="The last day that counts, such as 2026-12-31.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, earliest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What will fall due on my accounts: orders, direct debits, holds that expire."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages("/api/transactions/upcoming", limit=limit, until=until))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            row["due_at"].replace("T", " ")[:16],
            row["kind"].replace("_", " "),
            row["description"],
            output.money(row["amount"], row["currency"]) if row["amount"] else "",
            row["id"],
        )
        for row in body["data"]
    ]
    output.table("What will fall due", ("when", "what", "for", "amount", "id"), rows, right=("amount",))


def _recipient(bank: BankClient, to: str) -> dict[str, str]:
    """Whom is meant: a payee or an account by its id, an account by its number, or one of mine by its name."""
    if is_id(to.lower()):
        is_payee = any(one["id"] == to.lower() for one in listed(bank.pages("/api/payees", limit=10_000))["data"])
        return {"payee_id" if is_payee else "to_account_id": to.lower()}
    if to[:2].isalpha() and to[2:4].isdigit():
        return {"to_account_number": to}
    return {"to_account_id": account_id_of(bank, to)}


def _show(answer: Answer[Any], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    if answer.is_replay:
        output.say("This was done before with the same key; nothing happened twice.")
    order = answer.data
    output.facts(
        [
            ("status", output.status_text(order["status"])),
            ("amount", output.money(order["amount"], order["currency"])),
            ("to", order["recipient"]["name"]),
            ("for", order["description"] or None),
            ("next", order["execute_on"] if "execute_on" in order else order["next_on"]),
            ("id", order["id"]),
        ]
    )
