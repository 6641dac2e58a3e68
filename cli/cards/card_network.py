"""`card-network ...`: what shops and terminals ask of cards, for whoever stands for them in a sandbox."""

from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, Key, begin, new_key
from sandbank import Answer
from sandbank.enums import CardChannel
from sandbank.types import Transaction
from sandbank.types.cards import Authorization

card_network_app = typer.Typer(
    help="Act as a merchant: authorize, capture and refund card payments; list and dispute them.",
    no_args_is_help=True,
)


AuthorizationId = Annotated[str, typer.Argument(metavar="AUTHORIZATION_ID", help="As in `card-network list`.")]
_CardId = Annotated[str, typer.Argument(metavar="CARD_ID", help="The card's id.")]
_Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="How much, such as 12.34.")]
_Part = Annotated[str | None, typer.Argument(metavar="AMOUNT", help="How much; without it, all that is left.")]
_Name = Annotated[str, typer.Option("--merchant", help="Who asks to be paid.")]
_Category = Annotated[str, typer.Option("--mcc", help="The kind of merchant: four digits of ISO 18245.")]
_Country = Annotated[str, typer.Option("--country", help="Where the merchant is, such as DE.")]
_Currency = Annotated[str, typer.Option("--currency", help="ISO 4217.")]


@card_network_app.command()
def authorize(
    context: typer.Context,
    card_id: _CardId,
    amount: _Amount,
    *,
    merchant: _Name = "Blue Cafe",
    mcc: _Category = "5812",
    country: _Country = "DE",
    currency: _Currency = "EUR",
    channel: Annotated[
        CardChannel, typer.Option(help="chip, contactless, online, cash or recurring.")
    ] = CardChannel.CHIP,
    capture: Annotated[bool, typer.Option("--capture", help="Collect it at once.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="A part will do where there is no more.")] = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Authorize a card payment. A decline says why."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    asked = bank.card_network.authorize(
        amount,
        currency,
        {"name": merchant, "mcc": mcc, "country": country},
        card_id=card_id,
        channel=channel.value,
        capture=capture,
        partial_ok=partial,
        idempotency_key=key,
    )
    _show_authorization(asked, as_json=as_json)


@card_network_app.command()
def increment(
    context: typer.Context,
    authorization_id: AuthorizationId,
    amount: _Amount,
    *,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Increment an authorization."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    _show_authorization(bank.card_network.increment(authorization_id, amount, idempotency_key=key), as_json=as_json)


@card_network_app.command()
def capture(
    context: typer.Context,
    authorization_id: AuthorizationId,
    amount: _Part = None,
    *,
    more: Annotated[bool, typer.Option("--more", help="Keep the rest held, as more is to be captured.")] = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Capture an authorization, or part of it."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    final = False if more else None
    taken = bank.card_network.capture(authorization_id, amount=amount, final=final, idempotency_key=key)
    _show_transaction("captured", taken, as_json=as_json)


@card_network_app.command()
def reverse(
    context: typer.Context,
    authorization_id: AuthorizationId,
    amount: _Part = None,
    *,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Reverse an authorization, or part of it."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    freed = bank.card_network.reverse(authorization_id, amount=amount, idempotency_key=key)
    _show_authorization(freed, as_json=as_json)


@card_network_app.command()
def refund(
    context: typer.Context,
    transaction_id: Annotated[str, typer.Argument(metavar="TRANSACTION_ID", help="The card payment to give back.")],
    amount: _Part = None,
    *,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Refund a card payment, or part of it."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    given = bank.card_network.refund(original_id=transaction_id, amount=amount, idempotency_key=key)
    _show_transaction("refunded", given, as_json=as_json)


@card_network_app.command("refund-card")
def refund_card(
    context: typer.Context,
    card_id: _CardId,
    amount: _Amount,
    *,
    merchant: _Name = "Blue Cafe",
    mcc: _Category = "5812",
    country: _Country = "DE",
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Refund any amount to a card, in the currency of its account, without naming a payment."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    shop = {"name": merchant, "mcc": mcc, "country": country}
    given = bank.card_network.refund(card_id=card_id, amount=amount, merchant=shop, idempotency_key=key)
    _show_transaction("refunded", given, as_json=as_json)


@card_network_app.command("clear")
def clear(
    context: typer.Context,
    card_id: _CardId,
    amount: _Amount,
    *,
    merchant: _Name = "Blue Cafe",
    mcc: _Category = "5812",
    country: _Country = "DE",
    currency: _Currency = "EUR",
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Clear a card payment without an authorization: it is booked whatever the card may do."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    shop = {"name": merchant, "mcc": mcc, "country": country}
    taken = bank.card_network.clear(card_id, amount, currency, shop, idempotency_key=key)
    _show_transaction("collected", taken, as_json=as_json)


@card_network_app.command()
def show(context: typer.Context, authorization_id: AuthorizationId, *, as_json: AsJson = False) -> None:
    """Show an authorization and its history."""
    found = begin(context, as_json=as_json).card_network.authorization(authorization_id)
    _show_authorization(found, as_json=as_json)
    if as_json:
        return
    rows = [
        (one["at"].replace("T", " ")[:16], one["type"], output.money(one["amount"], found.data["currency"]))
        for one in found.data["events"]
    ]
    output.table("History", ("when", "what", "amount"), rows, right=("amount",))


@card_network_app.command("list")
def listing(
    context: typer.Context,
    card_id: Annotated[str | None, typer.Argument(metavar="CARD_ID", help="Only on this card.")] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List authorizations on my cards, newest first; on everybody's for employees."""
    found = begin(context, as_json=as_json).card_network.list_authorizations(card_id=card_id, limit=limit)
    if as_json:
        output.show_json(found.body)
        return
    rows = [
        (
            one["created_at"].replace("T", " ")[:16],
            output.status_text(one["status"]),
            one["merchant"]["name"],
            output.money(one["amount"], one["currency"]),
            output.money(one["captured_amount"], one["currency"]),
            one["decline_reason"] or "",
            one["id"],
        )
        for one in found.data
    ]
    columns = ("when", "status", "merchant", "amount", "captured", "declined", "id")
    output.table("Card payments", columns, rows, right=("amount", "captured"))


def _show_authorization(answer: Answer[Authorization], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    one = answer.data
    code, rate = one["decline_code"], one["exchange_rate"]
    original_currency = one["original_currency"]
    output.facts(
        [
            ("status", output.status_text(one["status"])),
            ("declined", f"{code} ({one['response_code']}): {one['decline_reason']}" if code else None),
            ("merchant", one["merchant"]["name"]),
            ("asked", output.money(one["original_amount"], original_currency)),
            ("rate", f"1 {one['currency']} = {rate} {original_currency}" if rate else None),
            ("approved", output.money(one["approved_amount"], one["currency"])),
            ("until", one["expires_at"]),
            ("id", one["id"]),
        ]
    )


def _show_transaction(what: str, answer: Answer[Transaction], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    done = answer.data
    output.facts(
        [
            (what, output.money(done["amount"], done["currency"])),
            ("for", done["description"]),
            ("transaction", done["id"]),
        ]
    )
