"""Insights: what one has over time, what comes in and goes out, what recurs; and the bank over time."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.date_range_form import DateRangeFilters
from gateway.web.insights.heat_map import heat_map
from gateway.web.insights.lorenz import lorenz_drawing
from gateway.web.side_by_side import side_by_side
from shared.identity.access import ADMIN, PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("insights", __name__)
MONTHS = 12
SHOWN_CATEGORIES = 10


@blueprint.get("/insights")
@access(PRIVATE)
def show() -> ResponseReturnValue:
    """One's own money over a year, by currency."""
    reports = api().reports
    with side_by_side() as page:
        asked_flows = page.ask(lambda: reports.cash_flow(months=MONTHS).data)
        asked_worth = page.ask(lambda: reports.net_worth().data)
        recurring = page.ask(lambda: reports.recurring().data)
        accounts = page.ask(lambda: {one["id"]: one for one in api().accounts.iterate()})
        compared = reports.categories().data
        flows = {one["currency"]: one["months"] for one in asked_flows.answer()}
        worth = {one["currency"]: one["points"] for one in asked_worth.answer()}
        categories = {one["currency"]: one["categories"][:SHOWN_CATEGORIES] for one in compared["currencies"]}
        return render_template(
            "insights.html",
            currencies=[
                {
                    "currency": currency,
                    "worth": [{"date": point["date"], "balance": point["net"]} for point in _moved(worth[currency])],
                    "months": flows.get(currency, []),
                    "categories": categories.get(currency, []),
                }
                for currency in worth
            ],
            compared=compared,
            recurring=recurring.answer(),
            accounts=accounts.answer(),
        )


def _moved(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points from the first on at which there was anything: before it there is nothing to draw."""
    first = next((place for place, point in enumerate(points) if point["net"].strip("-0.")), len(points) - 1)
    return points[max(first - 1, 0) :]


@blueprint.get("/admin/trends")
@access(ADMIN)
def trends() -> ResponseReturnValue:
    """The bank over time: liquidity, who holds how much, and when people pay."""
    filters, liquidity, hours = DateRangeFilters(request.args), [], []
    days = {"from_": filters.from_.data or None, "to": filters.to.data or None}
    with side_by_side() as page:
        wealth = page.ask(lambda: api().reports.wealth().data)
        asked_hours = page.ask(lambda: api().reports.activity(**days).data)
        try:
            liquidity = api().reports.liquidity(**days).data
            hours = asked_hours.answer()
        except Refused as refused:
            filters.show(refused)
        rendered = render_template(
            "admin_trends.html",
            filters=filters,
            liquidity=liquidity,
            heat=heat_map(hours),
            wealth=[{**one, "drawing": lorenz_drawing(one["lorenz"])} for one in wealth.answer()],
        )
    return rendered, 422 if filters.errors else 200
