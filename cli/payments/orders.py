"""`orders ...` and `upcoming`: standing orders and payments on a day, and what will fall due."""

from typing import Annotated, Any

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import BankClient, listed
from cli.context import AsJson, Key, begin, new_key
from cli.payments.money import Amount, Description, EndToEndId
from sandbank import Answer
from sandbank.enums import ExecutionRule, Frequency
from shared.identifiers import is_id

orders_app = typer.Typer(help="Standing orders and scheduled payments, paid on business days.", no_args_is_help=True)
_OrderId = Annotated[str, typer.Argument(metavar="ORDER_ID", help="The order's id, as in `orders list`.")]
_To = Annotated[
    str, typer.Argument(metavar="TO", help="An account number, one of my accounts, or the id of a payee or account.")
]
_Get = Annotated[bool, typer.Option("--get", help="AMOUNT is what arrives, in the currency of TO.")]
_Day = Annotated[str, typer.Argument(metavar="DAY", help="A day of the bank, such as 2026-12-01.")]
Once = Annotated[bool, typer.Option("--once", help="A scheduled payment instead of a standing order.")]
_STANDING, _SCHEDULED = "/api/standing-orders", "/api/scheduled-payments"


@orders_app.command("list")
def listing(
    context: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="Scheduled payments instead of standing orders.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List standing orders, or with --once scheduled payments: my own; everybody's for employees."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages(_SCHEDULED if once else _STANDING, limit=limit))
    columns = ("next", "status", "to", "for", "how often", "amount", "id")

    def row(order: Any) -> tuple[object, ...]:
        return (
            order["execute_on"] if once else order["next_on"],
            output.status_text(order["status"]),
            order["recipient"]["name"],
            order["description"],
            "once" if once else order["frequency"].replace("_", " "),
            output.money(order["amount"], order["currency"]),
            order["id"],
        )

    title = "Payments on a day" if once else "Standing orders"
    output.listing(body, title, columns, row, as_json=as_json, right=("amount",))


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
    get: _Get = False,
    description: Description = None,
    end_to_end_id: EndToEndId = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Create a standing order."""
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
        end_to_end_id=end_to_end_id,
        fixed="target" if get else None,
        idempotency_key=key,
        **_recipient(bank, to),
    )
    output.answer(placed, _told, as_json=as_json)


@orders_app.command()
def once(
    context: typer.Context,
    account: AccountName,
    to: _To,
    amount: Amount,
    on: _Day,
    *,
    get: _Get = False,
    description: Description = None,
    end_to_end_id: EndToEndId = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Schedule a payment for one day."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    placed = bank.scheduled_payments.schedule(
        account_id,
        amount,
        execute_on=on,
        description=description,
        end_to_end_id=end_to_end_id,
        fixed="target" if get else None,
        idempotency_key=key,
        **_recipient(bank, to),
    )
    output.answer(placed, _told, as_json=as_json)


@orders_app.command()
def change(
    context: typer.Context,
    order_id: _OrderId,
    *,
    amount: Annotated[str | None, typer.Option(help="Pay this much.")] = None,
    on: Annotated[str | None, typer.Option(help="The day of the next payment, from which later ones follow.")] = None,
    frequency: Annotated[Frequency | None, typer.Option(help="How often.")] = None,
    last_on: Annotated[str | None, typer.Option(help="The last day on which it may fall; `never` for none.")] = None,
    rule: Annotated[
        ExecutionRule | None, typer.Option(help="When to pay where banks do not settle on the day.")
    ] = None,
    description: Description = None,
    once: Once = False,
    as_json: AsJson = False,
) -> None:
    """Change a standing order, or with --once a scheduled payment."""
    asked = {"amount": amount, "on": on, "frequency": frequency, "last_on": last_on, "rule": rule}
    if once and any((frequency, last_on, rule)):
        message = "A payment on one day has no frequency, last day or rule."
        raise typer.BadParameter(message, param_hint="--once")
    if description is None and not any(asked.values()):
        message = "Say what is to change, such as --amount 675.00."
        raise typer.BadParameter(message)
    bank = begin(context, as_json=as_json)
    changed: Answer[Any]
    if once:
        changed = bank.scheduled_payments.change(order_id, amount=amount, description=description, execute_on=on)
    else:
        is_for_ever = last_on == "never"
        changed = bank.standing_orders.change(
            order_id,
            amount=amount,
            description=description,
            frequency=None if frequency is None else frequency.value,
            first_on=on,
            last_on=None if is_for_ever else last_on,
            for_ever=is_for_ever,
            execution_rule=None if rule is None else rule.value,
        )
    output.answer(changed, _told, as_json=as_json)


@orders_app.command()
def show(context: typer.Context, order_id: _OrderId, *, once: Once = False, as_json: AsJson = False) -> None:
    """List the executions of a standing order, or with --once of a scheduled payment, newest first."""
    path = f"{_SCHEDULED if once else _STANDING}/{order_id}/executions"
    body = listed(begin(context, as_json=as_json).pages(path, limit=100))
    columns = ("for", "status", "why", "amount", "transaction")

    def row(it: Any) -> tuple[object, ...]:
        return (
            it["due_on"],
            output.status_text(it["status"]),
            (it["error_code"] or "").lower().replace("_", " "),
            output.money(it["amount"], it["currency"]),
            it["transaction_id"] or "",
        )

    output.listing(body, "What came of it", columns, row, as_json=as_json, right=("amount",))


@orders_app.command()
def pause(context: typer.Context, order_id: _OrderId, *, as_json: AsJson = False) -> None:
    """Pause a standing order."""
    output.answer(begin(context, as_json=as_json).standing_orders.pause(order_id), _told, as_json=as_json)


@orders_app.command()
def resume(context: typer.Context, order_id: _OrderId, *, as_json: AsJson = False) -> None:
    """Resume a standing order from its next day."""
    output.answer(begin(context, as_json=as_json).standing_orders.resume(order_id), _told, as_json=as_json)


@orders_app.command()
def cancel(
    context: typer.Context,
    order_id: _OrderId,
    *,
    once: Once = False,
    as_json: AsJson = False,
) -> None:
    """Cancel a standing order, or with --once a scheduled payment."""
    bank = begin(context, as_json=as_json)
    ended: Answer[Any] = (bank.scheduled_payments if once else bank.standing_orders).cancel(order_id)
    output.answer(ended, _told, as_json=as_json)


_SIGNS = {"in": "+", "out": "-"}


def upcoming(
    context: typer.Context,
    *,
    until: Annotated[str | None, typer.Option(help="The last day that counts, such as 2026-12-31.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, earliest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what falls due on my accounts: orders, direct debits, expiring holds, estimated interest."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages("/api/transactions/upcoming", limit=limit, until=until))
    columns = ("when", "what", "for", "amount", "id")

    def row(it: Any) -> tuple[object, ...]:
        return (
            it["due_at"].replace("T", " ")[:16],
            it["kind"].replace("_", " "),
            it["description"],
            f"{_SIGNS.get(it['direction'] or '', '')}{output.money(it['amount'], it['currency'])}"
            if it["amount"]
            else "",
            it["id"],
        )

    output.listing(body, "What will fall due", columns, row, as_json=as_json, right=("amount",))


def _recipient(bank: BankClient, to: str) -> dict[str, str]:
    """Whom is meant: a payee or an account by its id, an account by its number, or one of mine by its name."""
    if is_id(to.lower()):
        is_payee = any(one["id"] == to.lower() for one in listed(bank.pages("/api/payees", limit=10_000))["data"])
        return {"payee_id" if is_payee else "to_account_id": to.lower()}
    if to[:2].isalpha() and to[2:4].isdigit():
        return {"to_account_number": to}
    return {"to_account_id": account_id_of(bank, to)}


def _told(order: Any) -> list[tuple[str, object]]:
    return [
        ("status", output.status_text(order["status"])),
        ("amount", output.money(order["amount"], order["currency"])),
        ("of that", "what arrives" if order["fixed"] == "target" else None),
        ("to", order["recipient"]["name"]),
        ("for", order["description"] or None),
        ("end-to-end id", order["end_to_end_id"]),
        ("next", order["execute_on"] if "execute_on" in order else order["next_on"]),
        ("id", order["id"]),
    ]
