"""`cards ...`: payment cards."""

from typing import Annotated

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import BankClient, listed
from cli.context import AsJson, Key, Yes, begin, new_key
from cli.errors import CommandError
from cli.login import PasswordStdin, ask_password
from sandbank import Answer
from sandbank.enums import CardControl, ReportReason
from sandbank.types.cards import Card, CardStatus
from shared.identifiers import is_id

cards_app = typer.Typer(help="Payment cards: mine; for employees everybody's.", no_args_is_help=True)
CardName = Annotated[str, typer.Argument(metavar="CARD", help="A card: its id, or its last four digits.")]
_STAFF = ("employee", "admin")


@cards_app.command("list")
def listing(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Only of this account.")] = None,
    *,
    everybody: Annotated[bool, typer.Option("--all", help="The whole bank's (employees).")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List my cards, newest first."""
    bank = begin(context, as_json=as_json)
    account_id = None if account is None else account_id_of(bank, account)
    path = "/api/cards/all" if everybody else "/api/cards/list"
    body = listed(bank.pages(path, limit=limit, account_id=account_id))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            output.status_text(card["status"]),
            card["nickname"] or f"{card['kind']} card",
            card["masked_number"],
            card["expires"],
            card["holder_name"],
            card["id"],
        )
        for card in body["data"]
    ]
    output.table("Cards", ("status", "name", "number", "expires", "holder", "id"), rows)


@cards_app.command()
def new(
    context: typer.Context,
    account: AccountName,
    *,
    nickname: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Issue a debit card for an account."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    show_card(bank.cards.create(account_id_of(bank, account), nickname=nickname, idempotency_key=key), as_json=as_json)


@cards_app.command()
def show(context: typer.Context, card: CardName, *, as_json: AsJson = False) -> None:
    """Show a card with its limits and controls."""
    bank = begin(context, as_json=as_json)
    show_card(bank.cards.details(card_id_of(bank, card)), as_json=as_json)


@cards_app.command("set")
def change(
    context: typer.Context,
    card: CardName,
    *,
    per_payment: Annotated[str | None, typer.Option(help="The most of one payment; `none`: no limit.")] = None,
    daily: Annotated[str | None, typer.Option(help="The most of one day; `none`: no limit.")] = None,
    monthly: Annotated[str | None, typer.Option(help="The most of one month; `none`: no limit.")] = None,
    allow: Annotated[list[CardControl] | None, typer.Option(help="online, contactless, abroad or cash.")] = None,
    forbid: Annotated[list[CardControl] | None, typer.Option(help="The same, to be refused.")] = None,
    block: Annotated[
        list[str] | None, typer.Option(help="A kind of merchant to refuse, such as 7995; replaces those before.")
    ] = None,
    nickname: Annotated[str | None, typer.Option("--name", help="What you call it.")] = None,
    credit_limit: Annotated[str | None, typer.Option(help="How much a credit card lends.")] = None,
    billing_day: Annotated[
        int | None, typer.Option(min=1, max=28, help="On which day of the month a credit card is billed.")
    ] = None,
    settled_from: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="The checking account that pays a credit card's bills.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set limits, controls, blocked merchants or the name of a card of mine; of a credit card also its terms."""
    bank = begin(context, as_json=as_json)
    asked = {"per_payment": per_payment, "daily": daily, "monthly": monthly}
    limits = {name: None if text == "none" else text for name, text in asked.items() if text is not None}
    controls = {str(name): True for name in allow or ()} | {str(name): False for name in forbid or ()}
    changed = bank.cards.update(
        card_id_of(bank, card),
        limits=limits or None,
        controls=controls or None,
        blocked_categories=block,
        nickname=nickname,
        credit_limit=credit_limit,
        billing_day=billing_day,
        settlement_account_id=None if settled_from is None else account_id_of(bank, settled_from),
    )
    show_card(changed, as_json=as_json)


@cards_app.command()
def freeze(context: typer.Context, card: CardName, *, as_json: AsJson = False) -> None:
    """Freeze a card: nothing is paid with it until it is unfrozen."""
    bank = begin(context, as_json=as_json)
    show_card(bank.cards.freeze(card_id_of(bank, card)), as_json=as_json)


@cards_app.command()
def unfreeze(context: typer.Context, card: CardName, *, as_json: AsJson = False) -> None:
    """Unfreeze a card."""
    bank = begin(context, as_json=as_json)
    show_card(bank.cards.unfreeze(card_id_of(bank, card)), as_json=as_json)


@cards_app.command()
def report(
    context: typer.Context,
    card: CardName,
    reason: Annotated[ReportReason, typer.Argument(help="lost, stolen or fraud.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Report a card lost, stolen or misused: it can never be used again."""
    bank = begin(context, as_json=as_json)
    card_id = card_id_of(bank, card)
    _confirm("It never pays again. Report it?", yes=yes)
    show_card(bank.cards.report(card_id, reason.value), as_json=as_json)


@cards_app.command()
def replace(context: typer.Context, card: CardName, *, key: Key = None, as_json: AsJson = False) -> None:
    """Replace a card: another number, the same limits and controls."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    show_card(bank.cards.replace(card_id_of(bank, card), idempotency_key=key), as_json=as_json)


@cards_app.command()
def cancel(
    context: typer.Context, card: CardName, *, yes: Yes = False, key: Key = None, as_json: AsJson = False
) -> None:
    """Cancel a card for good. A credit card's last bill is paid from the linked account."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    card_id = card_id_of(bank, card)
    _confirm("It never pays again. Cancel it?", yes=yes)
    show_card(bank.cards.cancel(card_id, idempotency_key=key), as_json=as_json)


@cards_app.command()
def reveal(
    context: typer.Context, card: CardName, *, password_stdin: PasswordStdin = False, as_json: AsJson = False
) -> None:
    """Reveal the number and security code of one of my cards; asks for the password."""
    bank = begin(context, as_json=as_json)
    card_id = card_id_of(bank, card)
    shown = bank.cards.reveal(card_id, ask_password(from_stdin=password_stdin))
    if as_json:
        output.show_json(shown.body)
        return
    printed = shown.data
    output.facts(
        [
            ("number", output.grouped_number(printed["card_number"])),
            ("expires", printed["expires"]),
            ("security code", printed["security_code"]),
        ]
    )


def card_id_of(bank: BankClient, name: str) -> str:
    """The card that is meant: one of mine that has not ended, for employees one of everybody's. Raises CommandError."""
    if is_id(name.lower()):
        return name.lower()
    last4 = name.replace(" ", "")[-4:]
    if bank.session().role in _STAFF:
        cards = [*bank.cards.list_all(last4=last4, limit=3).data] if len(last4) == 4 and last4.isdecimal() else []
    else:
        cards = [one for one in bank.cards.iterate() if one["last4"] == last4]
    living: list[CardStatus] = ["active", "frozen"]
    found = [one for one in cards if one["status"] in living] or cards
    if len(found) != 1:
        message = f"{name} is {'no card there is' if not found else 'several cards'}; `sandbank cards list` shows ids."
        raise CommandError(message, code="VALIDATION_ERROR" if found else "NOT_FOUND")
    return found[0]["id"]


def _confirm(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


def show_card(answer: Answer[Card], *, as_json: bool) -> None:
    """Print a card: as the bank's JSON, or its facts."""
    if as_json:
        output.show_json(answer.body)
        return
    if answer.is_replay:
        output.say("This was done before with the same key; nothing happened twice.")
    card = answer.data
    refused = [name for name, allowed in card["controls"].items() if not allowed]
    own = card["limits"]
    named = (("a payment", own["per_payment"]), ("a day", own["daily"]), ("a month", own["monthly"]))
    limits = [f"{output.money(amount, card['currency'])} {name}" for name, amount in named if amount]
    output.facts(
        [
            ("status", output.status_text(card["status"])),
            ("frozen by", card["frozen_by"]),
            ("name", card["nickname"]),
            ("number", card["masked_number"]),
            ("expires", card["expires"]),
            *_credit(card),
            ("limits", ", ".join(limits)),
            ("refused", ", ".join(refused)),
            ("blocked merchants", ", ".join(card["blocked_categories"])),
            ("id", card["id"]),
        ]
    )


def _credit(card: Card) -> list[tuple[str, str]]:
    """What a credit card lends."""
    if card["credit_limit"] is None or card["available_credit"] is None or card["balance"] is None:
        return []
    currency = card["currency"]
    return [
        ("balance", output.money(card["balance"], currency)),
        ("available", output.money(card["available_credit"], currency)),
        ("credit limit", output.money(card["credit_limit"], currency)),
        ("billed", f"on day {card['billing_day']} of each month"),
    ]
