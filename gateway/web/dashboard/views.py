"""A customer's home: what they have, what they spent, what happened last, and the ways on."""

import structlog
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.balance_totals import owed, together, totals
from gateway.web.dashboard.spending import Spending, spending
from gateway.web.formatting import iso_day
from gateway.web.side_by_side import side_by_side
from gateway.web.upcoming.next_payments import next_payments
from shared.identity.access import PRIVATE, access
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.settings import bank_currency

logger = structlog.get_logger(__name__)

blueprint = Blueprint("dashboard", __name__)
RECENT = 8
ENDED = frozenset({"closed", "refused"})
_PATIENCE_SECONDS = 3.0


@blueprint.get("/dashboard")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """Accounts, this month's spending by the bank's own calendar, and the newest transactions."""
    with side_by_side() as page:
        month = page.ask(_month_so_far)
        recent = page.ask(lambda: api().transactions.recent(limit=RECENT).data)
        upcoming = page.ask(next_payments)
        accounts = [one for one in api().accounts.iterate() if one["status"] not in ENDED]
        if not accounts:
            return render_template("dashboard.html", accounts=[])
        sums = totals(accounts)
        estimate = _estimate(sums)
        bank_time, spent = month.answer()
        return render_template(
            "dashboard.html",
            accounts=accounts,
            totals=sums,
            owed=owed(accounts),
            estimate=estimate,
            recent=recent.answer(),
            upcoming=upcoming.answer(),
            bank_time=bank_time,
            spending=spent,
        )


def _month_so_far() -> tuple[str, list[Spending] | None]:
    """The bank's time, and what was spent since the first of its month."""
    bank_time = api().transactions.clock().data["bank_time"]
    return bank_time, _spending_since(f"{iso_day(bank_time)[:7]}-01")


def _estimate(sums: dict[str, str]) -> dict[str, str] | None:
    """What several currencies are worth in the bank's own, by the newest rates; None where nobody can say."""
    if len(sums) < 2:
        return None
    home = bank_currency()
    try:
        found = api().rates.exchange(base=home).data
    except Refused as refused:
        logger.info("estimate_unknown", cause=cause_of(refused))
        return None
    total = together(sums, home, {one["currency"]: one["rate"] for one in found["rates"]})
    return None if total is None else {"total": total, "currency": home, "day": found["day"]}


def _spending_since(first_day: str) -> list[Spending] | None:
    """None when the reporting service cannot say: the rest of the page does without."""
    try:
        report = api().reports.transactions(from_=first_day, limit=1, timeout_seconds=_PATIENCE_SECONDS)
    except Refused as refused:
        logger.info("spending_unknown", cause=cause_of(refused))
        return None
    return spending(report.data)
