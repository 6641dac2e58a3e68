"""Movements and statements for an archive: every movement in one table, and a statement for each month with some."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from reporting_service import typesetting
from reporting_service.exports import movements
from reporting_service.exports.rows import COLUMNS, row_of
from reporting_service.own_data.tables import LeftOut, Table
from reporting_service.statements import statement_queries
from reporting_service.statements.formats import reply
from reporting_service.statements.formats.registry import FORMATS
from reporting_service.statements.statement import Statement
from shared.events.feeds import Row
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.settings import bank_name
from shared.storage.database import Database
from shared.time.business_days import month_name
from shared.time.date_ranges import DateRange

logger = structlog.get_logger(__name__)

MOST_LINES = 20_000
"""Of one statement, which is held in memory; of a longer month the movements are in the table of them all."""
PDF_MONTHS = 12
"""Of each account the newest so many months are on paper too: each takes a good part of a second to set."""
_TIMES_ASKED, _PAUSE_SECONDS = 5, 1.0

File = tuple[str, str, Callable[[], Iterable[bytes]]]


@dataclass(frozen=True, slots=True)
class StatedPerson:
    """Whose accounts they are, and up to when nothing more is booked."""

    user_id: str
    accounts: Sequence[Any]
    settled_until: int


def movements_table(database: Database, person: StatedPerson) -> tuple[Table, int]:
    """Every movement of all accounts, up to one position of the journal, and that position."""
    with database.read() as connection:
        export = movements.begin(connection, person.accounts, DateRange(), person.user_id)

    def rows() -> Iterator[Row]:
        return (dict(row_of(movement)) for movement in movements.read(database, export))

    about = "Every movement on your accounts, oldest first, with what the account held after it."
    return Table("payments/movements", about, COLUMNS, rows), export.until_position


def statements(database: Database, person: StatedPerson, left_out: list[LeftOut]) -> Iterator[File]:
    """Path, description and the pieces of each file. What is too long for one is noted in `left_out`."""
    for account in person.accounts:
        with database.read() as connection:
            months = statement_queries.months(connection, account, person.settled_until)
        moved = [month for month in months if month.count]
        for number, month in enumerate(moved):
            path = f"statements/{account.account_number}/{month_name(month.first)}"
            if month.count > MOST_LINES:
                left_out.append(LeftOut(f"{path}.*", "Too many movements for one statement; see payments/movements."))
                continue
            with database.read() as connection:
                statement = statement_queries.read_statement(
                    connection,
                    account,
                    person.user_id,
                    (month.first, month.last),
                    bank_name=bank_name(),
                    most=2 * MOST_LINES,
                    settled_until=person.settled_until,
                )
            yield from _files(path, statement, account)
            if number < PDF_MONTHS and len(statement.lines) <= typesetting.MOST_LINES:
                paper = _set(statement)
                if paper is None:
                    left_out.append(
                        LeftOut(f"{path}.pdf", "Others' documents were being set; it can be had by itself.")
                    )
                else:
                    yield f"{path}.pdf", _about(statement, account), partial(list, [paper])


def _about(statement: Statement, account: Any) -> str:
    return f"Statement of {account.account_number}, {statement.month}."


def _files(path: str, statement: Statement, account: Any) -> Iterator[File]:
    about = _about(statement, account)
    pieces = partial(reply.pieces, statement, account.status, account.user_id)
    yield f"{path}.json", about, lambda: (piece.encode() for piece in pieces())
    yield f"{path}.csv", about, lambda: [FORMATS["csv"].render(statement)]


def _set(statement: Statement) -> bytes | None:
    """The PDF, waited for while others' documents are being set; None where that takes too long."""
    for number in range(_TIMES_ASKED):
        if number:
            time.sleep(_PAUSE_SECONDS)
        try:
            return FORMATS["pdf"].render(statement)
        except Refused as refused:
            logger.info("statement_not_set", cause=cause_of(refused))
    return None
