"""The HTTP of analytics: parse, read, render."""

from datetime import date, timedelta

from flask_openapi3 import Tag

from reporting_service.analytics import bank_analytics, customer_analytics, recurring, recurring_queries
from reporting_service.analytics.payloads import (
    ActivityQuery,
    CashFlow,
    CashFlowQuery,
    CategoriesQuery,
    CategoryComparison,
    DaysQuery,
    HourOfWeek,
    LiquidityCurve,
    NetWorth,
    NetWorthQuery,
    RecurringPayment,
    Wealth,
)
from reporting_service.context import context
from shared.amounts import money
from shared.contract.blueprint import ServiceBlueprint
from shared.enums import Direction
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, PRIVATE, access, current_identity
from shared.time.business_days import business_day, month_name

_YEAR, _QUARTER = 365, 90

blueprint = ServiceBlueprint(
    "analytics",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Analytics", description="What dashboards draw.")],
)


@blueprint.get("/cash-flow", responses={"200": list_of(CashFlow)}, summary="Get cash flow")
@access(PRIVATE)
def get_cash_flow(query: CashFlowQuery) -> ViewReply:
    today = _today()
    with context().database.read() as connection:
        found = customer_analytics.cash_flow(connection, _who(), today, query.months)
    return success_list(found)


@blueprint.get(
    "/categories",
    responses={"200": reply_of(CategoryComparison)},
    summary="Compare categories by month",
)
@access(PRIVATE)
def compare_categories(query: CategoriesQuery) -> ViewReply:
    month = query.month or _today().replace(day=1)
    with context().database.read() as connection:
        found = customer_analytics.categories_compared(connection, _who(), month)
    before = month - timedelta(days=1)
    return success({"month": month_name(month), "previous_month": month_name(before), "currencies": found})


@blueprint.get("/net-worth", responses={"200": list_of(NetWorth)}, summary="Get net worth over time")
@access(PRIVATE)
def get_net_worth(query: NetWorthQuery) -> ViewReply:
    first, last = query.days(_today(), by_default=_YEAR)
    with context().database.read() as connection:
        ends = customer_analytics.days_between(first, last, query.step)
        found = customer_analytics.net_worth(connection, _who(), ends)
    return success_list(found)


@blueprint.get("/recurring", responses={"200": list_of(RecurringPayment)}, summary="List recurring payments")
@access(PRIVATE)
def list_recurring_payments() -> ViewReply:
    today = _today()
    with context().database.read() as connection:
        payments = recurring_queries.newest_payments(connection, _who())
    return success_list([_shown(one) for one in recurring.find(payments, today)])


@blueprint.get("/liquidity", responses={"200": list_of(LiquidityCurve)}, summary="Get liquidity by day")
@access(ADMIN)
def get_liquidity(query: DaysQuery) -> ViewReply:
    first, last = query.days(_today(), by_default=_QUARTER)
    with context().database.read() as connection:
        return success_list(bank_analytics.liquidity(connection, first, last))


@blueprint.get("/wealth", responses={"200": list_of(Wealth)}, summary="Get wealth distribution")
@access(ADMIN)
def get_wealth() -> ViewReply:
    with context().database.read() as connection:
        return success_list(bank_analytics.wealth(connection))


@blueprint.get("/activity", responses={"200": list_of(HourOfWeek)}, summary="Get activity by hour of the week")
@access(ADMIN)
def get_activity(query: ActivityQuery) -> ViewReply:
    first, last = query.days(_today(), by_default=_QUARTER)
    with context().database.read() as connection:
        return success_list(bank_analytics.hours_of_week(connection, first, last))


def _who() -> str:
    return current_identity().user_id


def _today() -> date:
    return business_day(context().bank_time.now_us())


def _shown(one: recurring.Recurring) -> dict[str, object]:
    return {
        "name": one.name,
        "account_id": one.account_id,
        "direction": Direction.OUT if one.amount_minor < 0 else Direction.IN,
        "frequency": one.rhythm,
        "amount": money.to_text(abs(one.amount_minor), one.currency),
        "currency": one.currency,
        "category": one.category,
        "count": one.times,
        "last_on": one.last_on.isoformat(),
        "next_on": one.next_on.isoformat(),
    }
