"""A statement as CSV (RFC 4180): its balance before, a row for each movement, its balance after.

Amounts are signed numbers; text that a spreadsheet would take for a formula is made harmless.
"""

from collections.abc import Iterator

from reporting_service.statements.statement import Line, Statement
from shared.files.csv_cells import harmless, rows_as_csv
from shared.time import clock

COLUMNS = (
    "date",
    "type",
    "description",
    "counterparty",
    "counterparty_account",
    "category",
    "amount",
    "balance",
    "currency",
    "end_to_end_id",
    "effective_at",
    "booked_at",
    "transaction_id",
)
OPENING, CLOSING = "opening_balance", "closing_balance"
"""What stands for the type in the first and the last row, which have a balance and no amount."""


def render(statement: Statement) -> bytes:
    """The file."""
    return rows_as_csv([COLUMNS, *_rows(statement)]).encode()


def _rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    yield _balance(statement, OPENING)
    for line, balance_minor in zip(statement.lines, statement.balances_minor, strict=True):
        yield movement(line, statement.text_of(line.amount_minor), statement.text_of(balance_minor), statement.currency)
    yield _balance(statement, CLOSING)


def movement(line: Line, amount: str, balance: str, currency: str) -> tuple[str, ...]:
    """The row of one movement."""
    party = line.counterparty
    return (
        line.day.isoformat(),
        line.type,
        harmless(line.description),
        harmless(party.name) if party else "",
        party.account_number if party else "",
        harmless(line.category or ""),
        amount,
        balance,
        currency,
        harmless(line.end_to_end_id or ""),
        clock.to_wire(line.effective_at),
        clock.to_wire(line.booked_at),
        line.id,
    )


def _balance(statement: Statement, kind: str) -> tuple[str, ...]:
    is_opening = kind == OPENING
    day = statement.first if is_opening else statement.last
    balance_minor = statement.opening_minor if is_opening else statement.closing_minor
    named = {"date": day.isoformat(), "type": kind, "balance": statement.text_of(balance_minor)}
    return tuple({**named, "currency": statement.currency}.get(column, "") for column in COLUMNS)
