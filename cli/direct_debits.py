"""`debits ...`: mandates, and what is collected by them."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import listed
from cli.context import AsJson, Key, begin, new_key
from cli.money import Amount, Description
from sandbank import Answer

debits_app = typer.Typer(
    help="Direct debits: what may be collected from my accounts, and what I collect.", no_args_is_help=True
)
_MandateId = Annotated[str, typer.Argument(metavar="MANDATE_ID", help="The mandate's id, as in `debits mandates`.")]
_CollectionId = Annotated[
    str, typer.Argument(metavar="COLLECTION_ID", help="The collection's id, as in `debits list`.")
]
_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")]


class Kind(StrEnum):
    """Whether a mandate is for one collection or for any number of them."""

    ONCE = "once"
    RECURRING = "recurring"


@debits_app.command()
def mandates(context: typer.Context, *, limit: _Limit = 20, as_json: AsJson = False) -> None:
    """Mandates on my accounts, on either side."""
    body = listed(begin(context, as_json=as_json).pages("/api/direct-debits/mandates", limit=limit))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            one["reference"],
            output.status_text(one["status"]),
            one["creditor"]["name"],
            one["debtor"]["name"],
            one["kind"],
            one["id"],
        )
        for one in body["data"]
    ]
    output.table("Mandates", ("reference", "status", "who collects", "who pays", "kind", "id"), rows)


@debits_app.command("list")
def listing(context: typer.Context, *, limit: _Limit = 20, as_json: AsJson = False) -> None:
    """Collections on my accounts, on either side."""
    body = listed(begin(context, as_json=as_json).pages("/api/direct-debits/collections", limit=limit))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            one["due_on"],
            output.status_text(one["status"]),
            one["return_code"] or "",
            one["counterparty_name"],
            one["description"],
            output.money(one["amount"], one["currency"]),
            one["id"],
        )
        for one in body["data"]
    ]
    columns = ("on", "status", "why", "with", "for", "amount", "id")
    output.table("Direct debits", columns, rows, right=("amount",))


@debits_app.command()
def ask(
    context: typer.Context,
    account: AccountName,
    debtor: Annotated[str, typer.Argument(metavar="NUMBER", help="The account number of whoever is to pay.")],
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="The mandate's reference, one of each account.")
    ],
    *,
    kind: Annotated[Kind, typer.Option(help="For one collection, or any number.")] = Kind.RECURRING,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Ask for permission to collect into one of my accounts."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    asked = bank.direct_debits.request_mandate(account_id, debtor, reference, kind=kind.value, idempotency_key=key)
    _show_mandate(asked, as_json=as_json)


@debits_app.command()
def confirm(context: typer.Context, mandate_id: _MandateId, *, as_json: AsJson = False) -> None:
    """Agree that it may be collected from my account."""
    _show_mandate(begin(context, as_json=as_json).direct_debits.confirm(mandate_id), as_json=as_json)


@debits_app.command()
def end(context: typer.Context, mandate_id: _MandateId, *, as_json: AsJson = False) -> None:
    """Refuse a mandate, or end it."""
    _show_mandate(begin(context, as_json=as_json).direct_debits.cancel_mandate(mandate_id), as_json=as_json)


@debits_app.command()
def collect(
    context: typer.Context,
    mandate_id: _MandateId,
    amount: Amount,
    on: Annotated[str, typer.Argument(metavar="DAY", help="A day of the bank, such as 2026-12-01.")],
    *,
    description: Description = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Collect by a mandate on a day."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    asked = bank.direct_debits.collect(mandate_id, amount, due_on=on, description=description, idempotency_key=key)
    _show_collection(asked, as_json=as_json)


@debits_app.command()
def cancel(context: typer.Context, collection_id: _CollectionId, *, as_json: AsJson = False) -> None:
    """Call a collection off, or as who would pay refuse it, before its day."""
    _show_collection(begin(context, as_json=as_json).direct_debits.cancel_collection(collection_id), as_json=as_json)


@debits_app.command()
def refund(context: typer.Context, collection_id: _CollectionId, *, key: Key = None, as_json: AsJson = False) -> None:
    """Have back what was collected, within 56 days."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    _show_collection(bank.direct_debits.refund(collection_id, idempotency_key=key), as_json=as_json)


def _show_mandate(answer: Answer[Any], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    mandate = answer.data
    output.facts(
        [
            ("status", output.status_text(mandate["status"])),
            ("reference", mandate["reference"]),
            ("who collects", mandate["creditor"]["name"]),
            ("who pays", mandate["debtor"]["name"]),
            ("id", mandate["id"]),
        ]
    )


def _show_collection(answer: Answer[Any], *, as_json: bool) -> None:
    if as_json:
        output.show_json(answer.body)
        return
    if answer.is_replay:
        output.say("This was done before with the same key; nothing happened twice.")
    collection = answer.data
    output.facts(
        [
            ("status", output.status_text(collection["status"])),
            ("amount", output.money(collection["amount"], collection["currency"])),
            ("on", collection["due_on"]),
            ("for", collection["description"] or None),
            ("id", collection["id"]),
        ]
    )
