"""`cards new-credit`, `cards bills`, `cards pay`: what credit cards have beyond other cards."""

from typing import Annotated

import typer

from cli import output
from cli.accounts import account_id_of
from cli.cards.cards import CardName, card_id_of, show_card
from cli.context import AsJson, Key, begin, new_key

Amount = Annotated[str | None, typer.Argument(metavar="AMOUNT", help="How much; all that is owed when left out.")]


def new_credit(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The checking account that pays its bills.")],
    *,
    limit: Annotated[str | None, typer.Option(help="How much it lends; else all that the bank grants.")] = None,
    billing_day: Annotated[int | None, typer.Option(min=1, max=28, help="On which day of the month.")] = None,
    nickname: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Issue a credit card, which comes with an account of its own."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    show_card(
        bank.cards.create_credit(
            account_id, credit_limit=limit, billing_day=billing_day, nickname=nickname, idempotency_key=key
        ),
        as_json=as_json,
    )


def bills(
    context: typer.Context,
    card: CardName,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many, newest first.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a credit card's bills, newest first; before them, while it is in use, the next one so far."""
    bank = begin(context, as_json=as_json)
    answer = bank.cards.statements(card_id_of(bank, card), limit=limit, cursor=cursor)
    if as_json:
        output.show_json(answer.body)
        return
    columns = ("status", "due on", "purchases", "payments", "owed", "minimum", "left")
    rows = [
        (
            output.status_text(one["status"]),
            one["due_on"],
            *(output.money(one[name], one["currency"]) for name in ("purchases", "payments", "closing")),
            *(output.money(one[name], one["currency"]) for name in ("minimum_payment", "left")),
        )
        for one in answer.data
    ]
    output.table("Bills", columns, rows, right=columns[2:])
    if answer.next_cursor:
        output.errors().print(f"[dim]More: --cursor {answer.next_cursor}[/dim]", soft_wrap=True)


def pay(
    context: typer.Context,
    card: CardName,
    amount: Amount = None,
    *,
    account: Annotated[str | None, typer.Option("--from", help="An account of mine; else the linked one.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Pay what is owed on a credit card of mine now, or a part of it, never more."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    paid = bank.cards.pay(
        card_id_of(bank, card),
        amount=amount,
        from_account_id=None if account is None else account_id_of(bank, account),
        idempotency_key=key,
    )
    if as_json:
        output.show_json(paid.body)
        return
    output.facts(
        [
            ("paid", output.money(paid.data["amount"], paid.data["currency"])),
            ("transaction", paid.data["transaction_id"]),
        ]
    )
