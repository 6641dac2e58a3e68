"""What credit cards' bills will come to: of one that was made what is left of it, of the next one what is owed by now.

A bill moves money on two accounts. The work of it stands with the card's; for whoever has them, it is told of the
account that it is settled from as well.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from shared.enums import Direction
from shared.identifiers import derived_id
from transaction_service.card_bills import bill_rows
from transaction_service.due_work import queue
from transaction_service.models import accounts, card_statements, credit_lines, due_work

_WORK = due_work.c["subject_id", "kind", "due_at", "stopped_because"]
_BILLED = (
    select(*_WORK, credit_lines.c.settlement_key)
    .join(accounts, (due_work.c.kind == queue.CARD_BILLING) & (accounts.c.id == due_work.c.subject_id))
    .join(credit_lines, credit_lines.c.account_key == accounts.c.key)
)
_SETTLED = (
    select(*_WORK, credit_lines.c.settlement_key)
    .join(card_statements, (due_work.c.kind == queue.CARD_SETTLEMENT) & (card_statements.c.id == due_work.c.subject_id))
    .join(accounts, accounts.c.key == card_statements.c.account_key)
    .join(credit_lines, credit_lines.c.account_key == accounts.c.key)
)
_WORDS = {queue.CARD_BILLING: "Credit card statement", queue.CARD_SETTLEMENT: "Credit card bill"}


def with_amounts(connection: Connection, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows of work, those of bills with what they come to."""
    told = list(rows)
    comes_to = _comes_to(connection, {(row["kind"], row["subject_id"]) for row in told})
    return [
        {**row, "amount_minor": comes_to.get((row["kind"], row["subject_id"]), row.get("amount_minor"))} for row in told
    ]


def settled_by_owner(connection: Connection, owner_id: str, *, account_id: str | None) -> list[dict[str, Any]]:
    """The bills that are settled from this person's accounts, or from one of them, as rows that stand with those.

    Each has an id of its own, as the card's account is told of it too. A bill that comes to nothing takes nothing.
    """
    payer = accounts.alias("payer")
    rows = []
    for work in (_BILLED, _SETTLED):
        query = work.add_columns(payer.c.id.label("account_id"), *payer.c["currency", "account_number"])
        query = query.join(payer, payer.c.key == credit_lines.c.settlement_key).where(payer.c.owner_id == owner_id)
        query = query if account_id is None else query.where(payer.c.id == account_id)
        rows += [row._asdict() for row in connection.execute(query)]
    return [
        {
            **row,
            "subject_id": derived_id(row["subject_id"], f"settled:{row['kind']}:{row['due_at']}"),
            "description": f"{_WORDS[row['kind']]}, paid from ··{row['account_number'][-4:]}",
            "direction": Direction.OUT,
        }
        for row in with_amounts(connection, rows)
        if row["amount_minor"]
    ]


def _comes_to(connection: Connection, work: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """What each of these bills comes to, by the kind and the subject of its work; other work is passed over."""
    billed, settled = [], []
    for kind, subject_id in work:
        if kind == queue.CARD_BILLING:
            billed.append(subject_id)
        elif kind == queue.CARD_SETTLEMENT:
            settled.append(subject_id)
    comes_to: dict[tuple[str, str], int] = {}
    for statement_id, _, left_minor in _left(connection, card_statements.c.id.in_(settled)) if settled else ():
        comes_to[queue.CARD_SETTLEMENT, statement_id] = left_minor
    if billed:
        left_before = {each: left_minor for _, each, left_minor in _left(connection, accounts.c.id.in_(billed))}
        balances = select(accounts.c.id, accounts.c.balance_minor).where(accounts.c.id.in_(billed))
        for account_id, balance_minor in connection.execute(balances):
            owed_minor = -balance_minor - left_before.get(account_id, 0)
            comes_to[queue.CARD_BILLING, account_id] = max(owed_minor, 0)
    return comes_to


def _left(connection: Connection, of_these: ColumnElement[bool]) -> Iterable[tuple[str, str, int]]:
    """The ids of statements that wait to be settled, and of their accounts, with what is left of each."""
    query = (
        select(card_statements.c.id, accounts.c.id, card_statements.c.closing_minor)
        .join(accounts, accounts.c.key == card_statements.c.account_key)
        .join(due_work, (due_work.c.kind == queue.CARD_SETTLEMENT) & (due_work.c.subject_id == card_statements.c.id))
        .where(of_these)
    )
    waiting = connection.execute(query).all()
    paid = bill_rows.paid_of(connection, [statement_id for statement_id, *_ in waiting])
    for statement_id, account_id, closing_minor in waiting:
        yield statement_id, account_id, max(closing_minor - paid.get(statement_id, 0), 0)
