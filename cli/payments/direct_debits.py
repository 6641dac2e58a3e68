"""`debits ...`: mandates, and what is collected by them."""

from typing import Annotated, Any

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import listed
from cli.context import AsJson, Key, begin, new_key
from cli.payments.money import Amount, Description, EndToEndId
from sandbank.enums import MandateKind

debits_app = typer.Typer(
    help="Direct debits: what may be collected from my accounts, and what I collect.", no_args_is_help=True
)
_MandateId = Annotated[str, typer.Argument(metavar="MANDATE_ID", help="The mandate's id, as in `debits mandates`.")]
_CollectionId = Annotated[
    str, typer.Argument(metavar="COLLECTION_ID", help="The collection's id, as in `debits list`.")
]
_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")]


@debits_app.command()
def mandates(context: typer.Context, *, limit: _Limit = 20, as_json: AsJson = False) -> None:
    """List mandates on my accounts, on either side."""
    body = listed(begin(context, as_json=as_json).pages("/api/direct-debits/mandates", limit=limit))
    columns = ("reference", "status", "who collects", "who pays", "kind", "id")

    def row(it: Any) -> tuple[object, ...]:
        status = output.status_text(it["status"])
        return it["reference"], status, it["creditor"]["name"], it["debtor"]["name"], it["kind"], it["id"]

    output.listing(body, "Mandates", columns, row, as_json=as_json)


@debits_app.command("list")
def listing(context: typer.Context, *, limit: _Limit = 20, as_json: AsJson = False) -> None:
    """List collections on my accounts, on either side."""
    body = listed(begin(context, as_json=as_json).pages("/api/direct-debits/collections", limit=limit))
    columns = ("on", "status", "why", "with", "for", "amount", "id")

    def row(it: Any) -> tuple[object, ...]:
        return (
            it["due_on"],
            output.status_text(it["status"]),
            it["return_code"] or "",
            it["counterparty_name"],
            it["description"],
            output.money(it["amount"], it["currency"]),
            it["id"],
        )

    output.listing(body, "Direct debits", columns, row, as_json=as_json, right=("amount",))


@debits_app.command()
def ask(
    context: typer.Context,
    account: AccountName,
    debtor: Annotated[str, typer.Argument(metavar="NUMBER", help="The account number of whoever is to pay.")],
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="The mandate's reference, one of each account.")
    ],
    *,
    kind: Annotated[MandateKind, typer.Option(help="For one collection, or any number.")] = MandateKind.RECURRING,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Request a mandate to collect into one of my accounts."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = account_id_of(bank, account)
    asked = bank.direct_debits.request_mandate(account_id, debtor, reference, kind=kind.value, idempotency_key=key)
    output.answer(asked, _mandate_told, as_json=as_json)


@debits_app.command()
def confirm(context: typer.Context, mandate_id: _MandateId, *, as_json: AsJson = False) -> None:
    """Confirm a mandate on my account."""
    output.answer(begin(context, as_json=as_json).direct_debits.confirm(mandate_id), _mandate_told, as_json=as_json)


@debits_app.command()
def end(context: typer.Context, mandate_id: _MandateId, *, as_json: AsJson = False) -> None:
    """Refuse or cancel a mandate."""
    output.answer(
        begin(context, as_json=as_json).direct_debits.cancel_mandate(mandate_id), _mandate_told, as_json=as_json
    )


@debits_app.command()
def collect(
    context: typer.Context,
    mandate_id: _MandateId,
    amount: Amount,
    on: Annotated[str, typer.Argument(metavar="DAY", help="A day of the bank, such as 2026-12-01.")],
    *,
    description: Description = None,
    end_to_end_id: EndToEndId = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Create a collection under a mandate."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    asked = bank.direct_debits.collect(
        mandate_id, amount, due_on=on, description=description, end_to_end_id=end_to_end_id, idempotency_key=key
    )
    output.answer(asked, _collection_told, as_json=as_json)


@debits_app.command()
def cancel(context: typer.Context, collection_id: _CollectionId, *, as_json: AsJson = False) -> None:
    """Cancel a collection, or refuse it as the payer, before its day."""
    output.answer(
        begin(context, as_json=as_json).direct_debits.cancel_collection(collection_id),
        _collection_told,
        as_json=as_json,
    )


@debits_app.command()
def refund(
    context: typer.Context,
    collection_id: _CollectionId,
    *,
    to: Annotated[
        str | None, typer.Option(help="Another account of mine, no credit card's, once the one that paid is closed.")
    ] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Refund a collection, within 56 days."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    to_account_id = None if to is None else account_id_of(bank, to)
    given_back = bank.direct_debits.refund(collection_id, to_account_id=to_account_id, idempotency_key=key)
    output.answer(given_back, _collection_told, as_json=as_json)


def _mandate_told(mandate: Any) -> list[tuple[str, object]]:
    return [
        ("status", output.status_text(mandate["status"])),
        ("reference", mandate["reference"]),
        ("who collects", mandate["creditor"]["name"]),
        ("who pays", mandate["debtor"]["name"]),
        ("id", mandate["id"]),
    ]


def _collection_told(collection: Any) -> list[tuple[str, object]]:
    return [
        ("status", output.status_text(collection["status"])),
        ("amount", output.money(collection["amount"], collection["currency"])),
        ("on", collection["due_on"]),
        ("for", collection["description"] or None),
        ("end-to-end id", collection["end_to_end_id"]),
        ("id", collection["id"]),
    ]
