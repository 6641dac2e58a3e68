"""Published rates: a table, a chart, what central banks pay; for administrators also where they are read."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.rates.forms import RateFilters
from sandbank.types.rates import ExchangeRates, RateOfDay
from shared.amounts.currencies import UNPUBLISHED
from shared.identity.access import ADMIN, PUBLIC, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("rates", __name__)


@blueprint.get("/rates")
@access(PUBLIC)
def show() -> ResponseReturnValue:
    """The newest rates, and how one of them went."""
    filters = RateFilters(request.args)
    rates: ExchangeRates | None = None
    history: list[RateOfDay] = []
    if filters.validate():
        base, currency = filters.base.data, filters.currency.data
        try:
            rates = api().rates.exchange(base=base).data
            if currency != base:
                history = api().rates.history(currency, base=base, days=int(filters.days.data)).data
        except Refused as refused:
            if refused.refusal.status != NOT_FOUND.status:
                raise
    is_admin = current_user.is_authenticated and current_user.is_admin
    rendered = render_template(
        "rates.html",
        filters=filters,
        rates=rates,
        history=[{"date": one["day"], "balance": one["rate"]} for one in history],
        interest=api().rates.interest().data,
        unpublished=UNPUBLISHED,
        sources=api().rates.sources().data if is_admin else None,
    )
    return rendered, 422 if filters.errors else 200


@blueprint.get("/rates/refresh")
@access(ADMIN)
def come_back() -> ResponseReturnValue:
    """Where an order is sent to is no page; whoever loads it again sees the rates."""
    return redirect(url_for("rates.show"))


@blueprint.post("/rates/refresh")
@access(ADMIN)
def refresh() -> ResponseReturnValue:
    """Have all sources read now."""
    try:
        sources = api().rates.refresh().data
    except Refused as refused:
        flash(refusal_message(refused), "danger")
        return redirect(url_for("rates.show"), 303)
    failed = [source["title"] for source in sources if source["problem"]]
    if failed:
        flash(f"Not read: {', '.join(failed)}. What was known stays.", "warning")
    else:
        flash("All sources were read.", "success")
    return redirect(url_for("rates.show"), 303)
