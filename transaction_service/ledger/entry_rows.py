"""How an entry is read from its row: with the ids of what the row points at by keys."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, and_, case, func, or_, select

from transaction_service.ledger.entry import POSTS_ITS_OWN, Entry, Initiator
from transaction_service.models import accounts, entries, exchanges, floor_passings, initiators, ledger_state

payer = accounts.alias("payer")
payee = accounts.alias("payee")
_original = entries.alias("original")
_NAMED_SINCE = select(ledger_state.c.due_work_named_since).scalar_subquery()


def request_of(rows: FromClause) -> ColumnElement[str | None]:
    """The request that a row of `rows`, joined with its `initiators`, was made for.

    None of what the bank posted itself before it said of what that came: its id there names nothing.
    """
    is_said = or_(initiators.c.user_id != POSTS_ITS_OWN, rows.c.booked_at >= _NAMED_SINCE)
    return case((is_said, rows.c.request_id)).label("request_id")


ENTRY = (
    entries.c.id,
    entries.c.type,
    entries.c.currency,
    entries.c.amount_minor,
    payer.c.id.label("from_account_id"),
    payee.c.id.label("to_account_id"),
    entries.c.description,
    entries.c.category,
    _original.c.id.label("reverses_id"),
    entries.c.effective_at,
    entries.c.booked_at,
    request_of(entries),
    entries.c.end_to_end_id,
    initiators.c.user_id.label("initiator_id"),
    initiators.c.kind.label("initiator_kind"),
    initiators.c.name.label("initiator_name"),
    initiators.c.role,
    initiators.c.session_id,
    initiators.c.channel,
)
"""The columns of an entry, in the order in which `entry_of` takes them."""
_REQUEST_ID, _INITIATOR = 11, 13  # their places among them


def is_below_floor(legs: FromClause) -> ColumnElement[bool]:
    """Joins `floor_passings` with the leg of an entry that left its account below its floor."""
    return and_(
        floor_passings.c.position == legs.c.position,
        floor_passings.c.account_key == legs.c.account_key,
        legs.c.amount_minor < 0,
    )


_taken_back, _undone = entries.alias("taken_back"), entries.alias("undone")
_undoing = _taken_back.join(_undone, _undone.c.reverses == _taken_back.c.position)
REVERSED = (
    select(func.coalesce(func.sum(_taken_back.c.amount_minor), 0)).where(_taken_back.c.reverses == entries.c.position)
).scalar_subquery() - (
    select(func.coalesce(func.sum(_undone.c.amount_minor), 0))
    .select_from(_undoing)
    .where(_taken_back.c.reverses == entries.c.position)
).scalar_subquery()
"""How much of an entry is reversed: what a lost dispute took again of what it had given back is not."""


def _exchanged_by(reversals: FromClause, rows: FromClause) -> ScalarSelect[int]:
    """What entries that reverse this one, or undo that, moved of the currency that is not its own."""
    made = exchanges.alias()
    other = case((made.c.source_currency == entries.c.currency, made.c.target_minor), else_=made.c.source_minor)
    return (
        select(func.coalesce(func.sum(other), 0))
        .select_from(rows.join(made, made.c.position == reversals.c.position))
        .where(_taken_back.c.reverses == entries.c.position)
        .scalar_subquery()
    )


REVERSED_OTHER = case(
    (exchanges.c.position.is_(None), 0),
    else_=_exchanged_by(_taken_back, _taken_back) - _exchanged_by(_undone, _undoing),
)
"""The same in the other currency of an exchange, for queries that join `exchanges`."""


def with_what_it_names(rows: FromClause) -> FromClause:
    """Rows that have `entries` among them, joined with all that ENTRY and `exchange_rows.EXCHANGE` read."""
    return (
        rows.join(initiators, initiators.c.key == entries.c.initiator_key)
        .outerjoin(payer, payer.c.key == entries.c.payer_key)
        .outerjoin(payee, payee.c.key == entries.c.payee_key)
        .outerjoin(_original, _original.c.position == entries.c.reverses)
        .outerjoin(exchanges, exchanges.c.position == entries.c.position)
    )


def entry_of(row: Sequence[Any]) -> Entry:
    """The entry that a row begins with, of a query that selects ENTRY first."""
    initiator = Initiator(*row[_INITIATOR : len(ENTRY)])
    facts: Iterable[Any] = (*row[:_REQUEST_ID], initiator, *row[_REQUEST_ID:_INITIATOR])
    return Entry(*facts)
