"""The shapes of statements. Money is decimal text, days are the bank's own."""

from typing import Any, Literal, TypedDict

StatementFileFormat = Literal["pdf", "csv", "xlsx", "ofx", "qfx", "camt053", "mt940"]
"""The files that a statement comes as."""
ReportFormat = Literal["pdf", "csv", "xlsx", "json"]
"""The files that a stored report comes as."""

ExportFormat = Literal["csv", "jsonl", "xlsx", "parquet", "ledger"]
"""The files that movements are exported as."""

_Span = TypedDict("_Span", {"from": str, "to": str})


class StatementMonth(_Span):
    """A month of which there is a statement."""

    month: str
    currency: str
    opening_balance: str
    closing_balance: str
    count: int
    is_final: bool


class StatementLine(TypedDict):
    """One movement, as the account sees it."""

    id: str
    type: str
    day: str
    direction: Literal["in", "out"]
    amount: str
    balance_after: str
    counterparty: dict[str, str] | None
    description: str
    category: str | None
    end_to_end_id: str | None
    exchange: dict[str, str | None] | None
    effective_at: str
    booked_at: str


class Statement(_Span):
    """The statement of an account: the balance before, what moved, the balance after."""

    reference: str
    month: str | None
    account: dict[str, Any]
    currency: str
    opening_balance: str
    incoming: str
    outgoing: str
    closing_balance: str
    count: int
    is_final: bool
    lines: list[StatementLine]
    pending: list[dict[str, str]] | None
    as_of_position: int
