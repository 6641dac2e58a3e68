"""`holds ...`: money promised and not yet moved."""

from typing import Annotated

import typer

from cli import output
from cli.accounts import AccountName, account_id_of
from cli.client import BankClient, listed
from cli.context import AsJson, Key, begin, new_key
from cli.errors import CommandError
from cli.payments.money import Amount, Description
from sandbank.enums import HoldStatus
from sandbank.types import Hold
from shared.identifiers import is_id

holds_app = typer.Typer(
    help="Holds on my accounts; employees place, capture and void them.",
    no_args_is_help=True,
)
HoldId = Annotated[str, typer.Argument(metavar="HOLD_ID", help="The hold's id, as in `holds list`.")]
PartOfHold = Annotated[
    str | None, typer.Argument(metavar="AMOUNT", help="How much, such as 12.34; without it, all that is left.")
]
_STAFF = ("employee", "admin")


@holds_app.command("list")
def listing(
    context: typer.Context,
    account: Annotated[str | None, typer.Argument(metavar="ACCOUNT", help="Only on this account.")] = None,
    *,
    status: Annotated[HoldStatus | None, typer.Option(help="pending, captured, voided or expired.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    as_json: AsJson = False,
) -> None:
    """List holds, newest first: on my accounts; on everybody's for employees."""
    bank = begin(context, as_json=as_json)
    account_id = None if account is None else _account_id(bank, account)
    query = {"account_id": account_id, "status": status, "cursor": cursor}
    body = listed(bank.pages("/api/transactions/holds", limit=limit, **query))
    if as_json:
        output.show_json(body)
        return
    rows = [
        (
            _minute(hold["created_at"]),
            output.status_text(hold["status"]),
            hold["description"],
            output.money(hold["amount"], hold["currency"]),
            output.money(hold["captured_amount"], hold["currency"]),
            output.money(hold["remaining_amount"], hold["currency"]),
            _minute(hold["expires_at"]),
            hold["id"],
        )
        for hold in body["data"]
    ]
    columns = ("when", "status", "for", "amount", "captured", "held", "until", "id")
    output.table("Holds", columns, rows, right=("amount", "captured", "held"))
    if body["next_cursor"]:
        output.errors().print(f"[dim]More: --cursor {body['next_cursor']}[/dim]", soft_wrap=True)


@holds_app.command()
def place(
    context: typer.Context,
    account: AccountName,
    amount: Amount,
    *,
    description: Description = None,
    days: Annotated[int | None, typer.Option(min=0, help="Days of bank time until it expires; else seven.")] = None,
    hours: Annotated[int | None, typer.Option(min=0, help="Hours of bank time, beside the days.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Place a hold on an account (employees): the money stays there but is not available."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    account_id = _account_id(bank, account)
    placed = bank.holds.place(account_id, amount, description=description, days=days, hours=hours, idempotency_key=key)
    output.answer(placed, _told, as_json=as_json)


@holds_app.command()
def capture(
    context: typer.Context,
    hold_id: HoldId,
    amount: PartOfHold = None,
    *,
    more: Annotated[bool, typer.Option("--more", help="Keep the rest held, as more is to be captured.")] = False,
    over: Annotated[bool, typer.Option("--over", help="It may be more than is held, where more is available.")] = False,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ACCOUNT", help="Whom to pay; else somebody at another bank.")
    ] = None,
    description: Description = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Capture a hold, or part of it (employees); the rest is released."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    payee_id = None if to is None else _account_id(bank, to)
    taken = bank.holds.capture(
        hold_id,
        amount=amount,
        final=False if more else None,
        over_capture=True if over else None,
        to_account_id=payee_id,
        description=description,
        idempotency_key=key,
    )
    output.answer(
        taken,
        lambda done: [
            ("captured", output.money(done["amount"], done["currency"])),
            ("for", done["description"]),
            ("reference", done["reference"]),
            ("transaction", done["id"]),
        ],
        as_json=as_json,
    )


@holds_app.command()
def void(
    context: typer.Context, hold_id: HoldId, amount: PartOfHold = None, *, key: Key = None, as_json: AsJson = False
) -> None:
    """Void a hold, or release part of it (employees)."""
    key = new_key(key)
    bank = begin(context, as_json=as_json, key=key)
    output.answer(bank.holds.void(hold_id, amount=amount, idempotency_key=key), _told, as_json=as_json)


def _account_id(bank: BankClient, name: str) -> str:
    """The account that is meant: one of mine, for employees one of the whole bank's. Raises CommandError."""
    if is_id(name.lower()) or bank.session().role not in _STAFF:
        return account_id_of(bank, name)
    found = bank.accounts.list_all(q=name.replace(" ", "") if name[-1:].isdigit() else name, limit=2).data
    if len(found) != 1:
        problem = "No account matches" if not found else "Several accounts match"
        message = f"{problem} {name}; give its number or its id."
        raise CommandError(message, code="VALIDATION_ERROR" if found else "NOT_FOUND")
    return found[0]["id"]


def _told(hold: Hold) -> list[tuple[str, object]]:
    captured, currency = hold["captured_amount"], hold["currency"]
    return [
        ("status", output.status_text(hold["status"])),
        ("held", output.money(hold["remaining_amount"], currency)),
        ("captured", output.money(captured, currency) if captured.strip("0.") else None),
        ("for", hold["description"]),
        ("until", hold["expires_at"]),
        ("id", hold["id"]),
    ]


def _minute(wire: str) -> str:
    return wire.replace("T", " ")[:16]
