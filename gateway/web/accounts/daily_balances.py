"""An account's balance at the end of each day on which it moved, for the chart on its page. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.web.formatting import iso_day


def daily_balances(movements: Sequence[Mapping[str, Any]], until: str) -> list[dict[str, str]]:
    """Points as a report has them (`{"date", "balance"}`), over completed movements, newest first, up to a moment.

    The last point is of the day of `until`. Empty when all of it was on one day: there is nothing to draw yet.
    """
    by_day = {iso_day(it["effective_at"]): it["balance_after"] for it in reversed(movements)}
    if not by_day:
        return []
    newest = movements[0]["balance_after"]
    by_day.setdefault(max(iso_day(until), *by_day), newest)
    return [{"date": day, "balance": balance} for day, balance in by_day.items()] if len(by_day) > 1 else []
