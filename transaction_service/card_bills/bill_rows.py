"""The SQL of credit lines and statements. What writes runs inside a write transaction that the caller alone commits."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, insert, or_, select, update

from shared.enums import LedgerAccountStatus
from shared.http.pagination import ListQuery, fetch_page
from shared.time.business_days import day_number
from transaction_service.card_bills.statement import CreditLine, Statement, Totals
from transaction_service.interest import rate_plans
from transaction_service.ledger.movement_rules import FEE, INTEREST_CHARGE, REVERSAL
from transaction_service.models import accounts, card_statements, credit_lines, entries, postings
from transaction_service.models.keys import key_of

_settlement, _before_it = accounts.alias("settlement"), entries.alias("before_it")
_LINE = (
    select(
        accounts.c.id,
        accounts.c.owner_id,
        _settlement.c.id,
        accounts.c.currency,
        *credit_lines.c["billing_day", "plan"],
    )
    .select_from(credit_lines)
    .join(accounts, accounts.c.key == credit_lines.c.account_key)
    .join(_settlement, _settlement.c.key == credit_lines.c.settlement_key)
)
_STATEMENT = (
    card_statements.c.id,
    accounts.c.id.label("account_id"),
    *card_statements.c[
        "until_position",
        "from_day",
        "due_day",
        "opening_minor",
        "purchases_minor",
        "payments_minor",
        "interest_minor",
        "fees_minor",
        "closing_minor",
        "minimum_minor",
        "currency",
        "attempts",
        "fee_position",
    ],
)
_STATEMENTS = select(*_STATEMENT).join(accounts, accounts.c.key == card_statements.c.account_key)


def line_of(connection: Connection, account_id: str) -> CreditLine | None:
    """How the account is billed; None where it is no credit card's."""
    row = connection.execute(_LINE.where(accounts.c.id == account_id)).first()
    if row is None:
        return None
    line = CreditLine(*row)
    versions = rate_plans.load(connection, [line.plan]).get(line.plan, ())
    return line._replace(versions=rate_plans.in_currency(versions, line.currency))


def write_line(connection: Connection, line: CreditLine, *, is_new: bool) -> None:
    """Keep how the account is billed from now on."""
    values: dict[str, Any] = {
        "settlement_key": key_of(accounts, line.settlement_id),
        "billing_day": line.billing_day,
        "plan": line.plan,
    }
    if is_new:
        connection.execute(insert(credit_lines).values(account_key=key_of(accounts, line.account_id), **values))
    else:
        is_it = credit_lines.c.account_key == key_of(accounts, line.account_id)
        connection.execute(update(credit_lines).where(is_it).values(values))


def accounts_settled_from(connection: Connection, account_key: int) -> list[str]:
    """The accounts of the credit cards that are settled from the account and not given up."""
    query = (
        select(accounts.c.id)
        .join(accounts, accounts.c.key == credit_lines.c.account_key)
        .where(credit_lines.c.settlement_key == account_key, accounts.c.status != LedgerAccountStatus.CLOSED)
    )
    return sorted(connection.execute(query).scalars())


def newest_statement(connection: Connection, account_id: str) -> Statement | None:
    """The last statement that was made; None before the first billing day."""
    newest_first = _STATEMENTS.where(accounts.c.id == account_id).order_by(card_statements.c.due_day.desc())
    row = connection.execute(newest_first.limit(1)).first()
    return None if row is None else _statement(row)


def statements_of(connection: Connection, account_id: str, query: ListQuery) -> tuple[list[Statement], str | None]:
    """A page of the account's statements, newest first, and the cursor of the next one. Raises Refused (422)."""
    rows = _STATEMENTS.where(accounts.c.id == account_id)
    found, cursor = fetch_page(connection, rows, card_statements.c.due_day, card_statements.c.id, query)
    return [_statement(row[: len(_STATEMENT)]) for row in found], cursor


def statement(connection: Connection, statement_id: str) -> Statement | None:
    """A statement by its id."""
    row = connection.execute(_STATEMENTS.where(card_statements.c.id == statement_id)).first()
    return None if row is None else _statement(row)


def add_statement(connection: Connection, made: Statement, *, at_us: int) -> None:
    """Write a new statement."""
    values = (
        made._asdict() | made.totals._asdict() | {"account_key": key_of(accounts, made.account_id), "created_at": at_us}
    )
    del values["totals"], values["account_id"]
    connection.execute(insert(card_statements).values(values))


def note_attempt(connection: Connection, tried: Statement) -> None:
    """Keep how often it was settled or tried, and the fee where it was late."""
    values = {"attempts": tried.attempts, "fee_position": tried.fee_position}
    connection.execute(update(card_statements).where(card_statements.c.id == tried.id).values(values))


def totals_since(connection: Connection, account_id: str, after: int, until: int) -> Totals:
    """What was booked on the account after one position of the journal and up to another.

    What came in within them and was taken back is neither paid nor bought.
    """
    amount, is_taken_back = postings.c.amount_minor, _takes_back(entries.c.reverses > after)
    owed = func.sum(case((is_taken_back, 0), (amount < 0, -amount), else_=0))
    paid = func.sum(case((is_taken_back, amount), (amount > 0, amount), else_=0))
    query = (
        select(entries.c.type, owed, paid)
        .join(postings, postings.c.position == entries.c.position)
        .where(
            postings.c.account_key == key_of(accounts, account_id),
            entries.c.position > after,
            entries.c.position <= until,
        )
        .group_by(entries.c.type)
    )
    totals = Totals()
    for kind, owed_minor, paid_minor in connection.execute(query):
        name = {FEE: "fees_minor", INTEREST_CHARGE: "interest_minor"}.get(kind, "purchases_minor")
        totals = totals._replace(**{name: getattr(totals, name) + int(owed_minor)})
        totals = totals._replace(payments_minor=totals.payments_minor + int(paid_minor))
    return totals


def credits_since(connection: Connection, account_id: str, after: int) -> list[tuple[int, int]]:
    """What has come in after a position of the journal to pay what was owed there: the number of its day, and how much.

    Below zero is what was taken back of it: a payment that was reversed, what a dispute gave for the time being. What
    gives back something that was bought or charged only later pays nothing of that; what gives back here what had left
    another account is new money, and pays.
    """
    account_key = key_of(accounts, account_id)
    of_account = postings.c.account_key == account_key, postings.c.position > after
    query = _came_in(select(postings.c.effective_at, postings.c.amount_minor), account_key, after).where(*of_account)
    return [(day_number(int(at)), int(minor)) for at, minor in connection.execute(query)]


def paid_of(connection: Connection, statement_ids: Sequence[str]) -> dict[str, int]:
    """What has come in to pay each of these statements since it was made, as `credits_since` tells; nothing: absent."""
    if not statement_ids:
        return {}
    bill = card_statements.c
    of_bill = (postings.c.account_key == bill.account_key) & (postings.c.position > bill.until_position)
    query = select(bill.id, func.sum(postings.c.amount_minor)).join_from(card_statements, postings, of_bill)
    query = _came_in(query, bill.account_key, bill.until_position).where(bill.id.in_(statement_ids)).group_by(bill.id)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _came_in(query: Select[Any], account_key: Any, after: Any) -> Select[Any]:
    """Of postings on an account after a position, those by which what was owed there was paid, or owed again."""
    is_back = and_(entries.c.reverses > after, _is_on(account_key, entries.c.reverses))
    pays = and_(postings.c.amount_minor > 0, or_(entries.c.reverses.is_(None), ~is_back))
    gave_back = and_(_before_it.c.reverses > after, _is_on(account_key, _before_it.c.reverses))
    had_paid = or_(_before_it.c.reverses.is_(None), ~gave_back)
    return (
        query.join(entries, entries.c.position == postings.c.position)
        .outerjoin(_before_it, _before_it.c.position == entries.c.reverses)
        .where(or_(pays, and_(_takes_back(is_back), had_paid)))
    )


def _is_on(account_key: Any, position: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the entry at a position moved money on the account."""
    legs = postings.alias()
    return select(legs.c.position).where(legs.c.position == position, legs.c.account_key == account_key).exists()


def _takes_back(is_of_the_time: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a leg takes back what had come in; of what came in earlier, it is owed like anything else."""
    return and_(postings.c.amount_minor < 0, entries.c.type == REVERSAL, is_of_the_time)


def sides(connection: Connection, account_ids: Iterable[str]) -> dict[str, Any]:
    """Whose these accounts are, in which currency, and what is on them; those of customers alone."""
    columns = accounts.c["id", "owner_id", "currency", "status"]
    query = select(*columns).where(accounts.c.id.in_(sorted(set(account_ids))), accounts.c.owner_id.is_not(None))
    return {row.id: row for row in connection.execute(query)}


def unlike_their_entries(connection: Connection, after: int, until: int) -> list[str]:
    """The ids of statements that do not go on where the one before ended, or do not say what was booked.

    Of the accounts with keys after the first and up to the second: one query sums what was booked for each statement.
    """
    query = _BOOKED.where(_spans.c.account_key > after, _spans.c.account_key <= until)
    return [row.id for row in connection.execute(query.having(_is_unlike))]


def _before(column: ColumnElement[int]) -> ColumnElement[int]:
    """What the account's statement before this one says; nothing of the first."""
    of_account, in_order = card_statements.c.account_key, card_statements.c.due_day
    return func.coalesce(func.lag(column).over(partition_by=of_account, order_by=in_order), 0)


_KEPT = ("opening_minor", "purchases_minor", "payments_minor", "interest_minor", "fees_minor")
_spans = select(
    *card_statements.c["id", "account_key", "until_position"],
    *card_statements.c[_KEPT],
    _before(card_statements.c.until_position).label("after_position"),
    _before(card_statements.c.closing_minor).label("closed_before_minor"),
).subquery("spans")


def _booked(is_counted: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((is_counted, func.abs(postings.c.amount_minor)), else_=0))


_is_owed = postings.c.amount_minor < 0
_is_taken_back = _takes_back(entries.c.reverses > _spans.c.after_position)
_is_bought = and_(
    _is_owed,
    entries.c.type.not_in((FEE, INTEREST_CHARGE)),
    or_(entries.c.reverses.is_(None), entries.c.type != REVERSAL, entries.c.reverses <= _spans.c.after_position),
)
_is_unlike = or_(
    _spans.c.opening_minor != _spans.c.closed_before_minor,
    _spans.c.payments_minor != _booked(postings.c.amount_minor > 0) - _booked(_is_taken_back),
    _spans.c.fees_minor != _booked(_is_owed & (entries.c.type == FEE)),
    _spans.c.interest_minor != _booked(_is_owed & (entries.c.type == INTEREST_CHARGE)),
    _spans.c.purchases_minor != _booked(_is_bought),
)
_BOOKED = (
    select(_spans.c.id)
    .outerjoin(
        postings,
        and_(
            postings.c.account_key == _spans.c.account_key,
            postings.c.position > _spans.c.after_position,
            postings.c.position <= _spans.c.until_position,
        ),
    )
    .outerjoin(entries, entries.c.position == postings.c.position)
    .group_by(_spans.c.id, _spans.c.closed_before_minor, *(_spans.c[name] for name in _KEPT))
)


def _statement(row: Any) -> Statement:
    facts = tuple(row)
    in_order = (*facts[:6], Totals(*facts[6:10]), *facts[10:])
    return Statement(*in_order)
