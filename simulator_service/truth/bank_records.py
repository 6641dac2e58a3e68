"""The bank's records of a world's people, read as an administrator reads them: through the public API, page by page."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sandbank import Client
from shared.time.clock import to_wire

Row = dict[str, Any]
_DEVICES = {
    "chip": "terminal",
    "contactless": "terminal",
    "cash": "terminal",
    "online": "web_shop",
    "recurring": "merchant_file",
}


def customers(bank: Client, ids: Collection[str]) -> Iterator[Row]:
    """Those of the bank's customers that have these ids."""
    for user in bank.iterate("/api/auth/users", role="customer"):
        if user["id"] in ids:
            kept = {name: user[name] for name in ("id", "username", "full_name", "email", "status", "created_at")}
            yield {**kept, "customer_since": user["created_at_bank"]}


def accounts(bank: Client, customer_ids: Collection[str]) -> Iterator[Row]:
    """All accounts of these customers."""
    names = ("id", "account_number", "account_type", "currency", "balance", "available_balance", "status", "product")
    for account in bank.iterate("/api/accounts/all"):
        if account["user_id"] in customer_ids:
            times = {"opened_at": account["created_at_bank"], "closed_at": account["closed_at_bank"]}
            yield {"customer_id": account["user_id"], **{name: account[name] for name in names}, **times}


def cards(bank: Client, customer_ids: Collection[str]) -> Iterator[Row]:
    """All cards of these customers."""
    names = (
        "id", "account_id", "kind", "network", "last4", "expires", "status", "credit_limit", "billing_day",
        "settlement_account_id",
    )  # fmt: skip
    for card in bank.iterate("/api/cards/all"):
        if card["user_id"] in customer_ids:
            kept = {name: card[name] for name in names}
            yield {"customer_id": card["user_id"], **kept, "issued_at": card["created_at_bank"]}


def transactions(bank: Client, account_ids: Collection[str], since_us: int, until_us: int) -> list[Row]:
    """What the bank answers of all that moved on these accounts between two instants, oldest first."""
    found = bank.iterate("/api/transactions/all", from_=to_wire(since_us), to=to_wire(until_us))
    theirs = [row for row in found if row["from_account_id"] in account_ids or row["to_account_id"] in account_ids]
    return theirs[::-1]


def transaction_row(transaction: Mapping[str, Any]) -> Row:
    """A transaction as a row of the export."""
    card = transaction["card"] or {}
    names = (
        "id", "effective_at", "booked_at", "type", "status", "error_code", "amount", "currency", "from_account_id",
        "to_account_id", "description", "category", "due_work_id", "end_to_end_id", "reverses", "reversed_amount",
    )  # fmt: skip
    of_card = {name: card.get(name) for name in ("merchant", "mcc", "channel", "country", "authorization_id")}
    device = _DEVICES.get(card.get("channel", ""), transaction["initiated_by"]["kind"])
    return {**{name: transaction[name] for name in names}, **of_card, "card_id": card.get("id"), "device": device}
