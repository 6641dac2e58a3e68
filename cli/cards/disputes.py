"""`card-network dispute`, `disputes`, `resolve`: what holders dispute of what their cards paid."""

from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, Key, begin, new_key
from sandbank import Answer
from sandbank.enums import DisputeStatus
from sandbank.types.cards import Dispute, Initiator


def dispute(
    context: typer.Context,
    transaction_id: Annotated[str, typer.Argument(metavar="TRANSACTION_ID", help="A card payment of mine.")],
    reason: Annotated[str, typer.Argument(help="What is wrong with it.")],
    *,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Dispute one of my card payments: the money is credited until it is decided."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    _show_dispute(bank.card_network.dispute(transaction_id, reason, idempotency_key=key), as_json=as_json)


def disputes(
    context: typer.Context,
    account_id: Annotated[str | None, typer.Argument(metavar="ACCOUNT_ID", help="Only of this account.")] = None,
    *,
    status: Annotated[DisputeStatus | None, typer.Option(help="Only those that are open, won or lost.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Disputes, newest first: mine; for employees everybody's."""
    bank = begin(context, as_json=as_json)
    wanted = None if status is None else status.value
    found = bank.card_network.list_disputes(account_id=account_id, status=wanted, limit=limit)
    if as_json:
        output.show_json(found.body)
        return
    rows = [
        (
            one["created_at"].replace("T", " ")[:16],
            output.status_text(one["status"]),
            output.money(one["amount"], one["currency"]),
            one["reason"],
            one["id"],
        )
        for one in found.data
    ]
    output.table("Disputes", ("when", "status", "amount", "reason", "id"), rows, right=("amount",))


def resolve(
    context: typer.Context,
    dispute_id: Annotated[str, typer.Argument(metavar="DISPUTE_ID")],
    *,
    won: Annotated[bool, typer.Option("--won/--lost", help="For the card's holder, or for the shop.")],
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Resolve a dispute (employees)."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    _show_dispute(bank.card_network.resolve(dispute_id, won=won, idempotency_key=key), as_json=as_json)


def _show_dispute(answer: Answer[Dispute], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    one = answer.data
    output.facts(
        [
            ("status", output.status_text(one["status"])),
            ("amount", output.money(one["amount"], one["currency"])),
            ("reason", one["reason"]),
            ("opened by", _named(one["opened_by"])),
            ("decided by", _named(one["decided_by"])),
            ("taken from the shop", one["debit_transaction_id"]),
            ("id", one["id"]),
        ]
    )


def _named(initiator: Initiator | None) -> str | None:
    return None if initiator is None else initiator["name"] or initiator["kind"]
