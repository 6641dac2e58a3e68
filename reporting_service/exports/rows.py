"""Movements as rows of a table: the columns that every tabular export has."""

from decimal import Decimal
from typing import Any

from reporting_service.exports.movements import Movement
from shared.amounts import money
from shared.files.csv_cells import harmless
from shared.time import clock

COLUMNS = (
    "account_id", "account_number", "transaction_id", "date", "effective_at", "booked_at", "type", "amount", "currency",
    "balance", "description", "category", "counterparty", "counterparty_account", "end_to_end_id", "other_amount",
    "other_currency", "exchange_rate",
)  # fmt: skip
"""`amount` is signed as the account sees it; `balance` is what it held after; `other_*` is of another currency."""
NUMBERS = frozenset({"amount", "balance", "other_amount"})


def row_of(movement: Movement) -> dict[str, str | None]:
    """The cells, by column; None for what there is not."""
    line, account = movement.line, movement.account
    party, exchanged = line.counterparty, line.exchanged
    return {
        "account_id": account.id,
        "account_number": account.number,
        "transaction_id": line.id,
        "date": line.day.isoformat(),
        "effective_at": clock.to_wire(line.effective_at),
        "booked_at": clock.to_wire(line.booked_at),
        "type": line.type,
        "amount": money.to_text(line.amount_minor, account.currency),
        "currency": account.currency,
        "balance": money.to_text(movement.balance_minor, account.currency),
        "description": line.description,
        "category": line.category,
        "counterparty": party.name if party else None,
        "counterparty_account": party.account_number if party else None,
        "end_to_end_id": line.end_to_end_id,
        "other_amount": money.to_text(exchanged.amount_minor, exchanged.currency) if exchanged else None,
        "other_currency": exchanged.currency if exchanged else None,
        "exchange_rate": exchanged.rate if exchanged else None,
    }


def csv_row(movement: Movement) -> list[str]:
    """The cells for a spreadsheet: text made harmless, numbers as they are."""
    cells = row_of(movement)
    return [(cell or "") if name in NUMBERS else harmless(cell or "") for name, cell in cells.items()]


def typed_row(movement: Movement) -> dict[str, Any]:
    """The cells with numbers as exact decimals."""
    cells: dict[str, Any] = dict(row_of(movement))
    for name in NUMBERS:
        cells[name] = None if cells[name] is None else Decimal(cells[name])
    return cells
