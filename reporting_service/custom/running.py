"""Running a report: its movements are read, grouped and measured, within bounds of size and time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from reporting_service.context import ReportingContext
from reporting_service.custom import reading
from reporting_service.custom.grouping import (
    MOST_AMOUNTS,
    MOST_GROUPS,
    Grouping,
    TooManyAmountsError,
    TooManyGroupsError,
)
from reporting_service.custom.payloads import CustomReportRequest
from reporting_service.custom.reading import ReportQuery
from reporting_service.custom.words import Amounts, Dimension
from reporting_service.models import accounts
from reporting_service.refusals import REPORT_TOO_LARGE, REPORT_TOO_SLOW
from shared.privacy.masking import mask_account_number
from shared.refusals import UNAVAILABLE, Refused
from shared.time.business_days import day_end_us, day_start_us
from shared.time.date_ranges import DateRange

SECONDS_FOR_A_REQUEST = 15.0
SECONDS_FOR_THE_SCHEDULE = 60.0

Days = tuple[date | None, date | None]
"""The first and the last day, both included; None: no end."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a report says, as it is kept."""

    content: dict[str, Any]
    movements: int
    position: int
    generation: int


def run(context: ReportingContext, owner_id: str, asked: CustomReportRequest, days: Days, *, seconds: float) -> Result:
    """What the report says of these days. Raises Refused: 422 for what is too large or takes too long."""
    wanted = ReportQuery(owner_id, asked.scope, _span(days), asked.filters)
    amounts = amounts_of(asked.filters.direction, asked.dimensions)
    grouping = Grouping(asked.dimensions, asked.measures, is_signed=amounts is Amounts.SIGNED)
    give_up_at = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > give_up_at:
            raise Refused(REPORT_TOO_SLOW, details={"seconds": int(seconds)})

    with context.database.read() as connection:
        beginning = reading.begin(connection, wanted)
    try:
        for movement in reading.read(context.database, wanted, beginning, check):
            grouping.add(movement)
    except TooManyGroupsError:
        raise Refused(REPORT_TOO_LARGE, details={"most": MOST_GROUPS, "of": "groups"}) from None
    except TooManyAmountsError:
        raise Refused(REPORT_TOO_LARGE, details={"most": MOST_AMOUNTS, "of": "amounts"}) from None
    except reading.JournalChangedError:
        raise Refused(UNAVAILABLE, "The bank began anew meanwhile; ask again.") from None
    with context.database.read() as connection:
        named = _accounts(connection, sorted(map(str, grouping.values_of(Dimension.ACCOUNT))), owner_id)
    content = {
        "measures": list(map(str, asked.measures)),
        "dimensions": list(map(str, asked.dimensions)),
        "filters": asked.filters.model_dump(mode="json"),
        "amounts": str(amounts),
        "accounts": named,
        "currencies": grouping.shown(),
    }
    return Result(content, grouping.count, beginning.position, beginning.generation)


def amounts_of(direction: str | None, dimensions: Sequence[str]) -> Amounts:
    """Where all movements of a group go one way, how much they are of is said without a sign."""
    one_way = direction is not None or Dimension.DIRECTION in dimensions
    return Amounts.UNSIGNED if one_way else Amounts.SIGNED


def _span(days: Days) -> DateRange:
    first, last = days
    return DateRange(
        None if first is None else day_start_us(first),
        None if last is None else day_end_us(last),
    )


def _accounts(connection: Connection, account_ids: list[str], viewer_id: str) -> list[dict[str, str]]:
    """What the accounts that groups are named by are called; one that is not heard of yet goes by its id."""
    found = {}
    for row in connection.execute(select(accounts).where(accounts.c.id.in_(account_ids))):
        number = row.account_number if row.user_id == viewer_id else mask_account_number(row.account_number)
        name = row.nickname if row.user_id == viewer_id and row.nickname else row.account_type.capitalize()
        found[row.id] = {"id": row.id, "name": name, "account_number": number}
    unknown = {"name": "Account", "account_number": ""}
    return [found.get(one, {"id": one, **unknown}) for one in account_ids]
