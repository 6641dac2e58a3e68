"""Changing a standing order or a payment on a day: the form shows it as it is, and saves what differs."""

from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.money.forms import add_error
from gateway.web.orders.change_forms import ChangeOneTimeForm
from gateway.web.orders.kinds import Kind
from shared.refusals import Refused

_ENDED = "ORDER_ENDED"


def show_change(kind: Kind, order_id: str) -> ResponseReturnValue:
    """The form with the order as it is."""
    order = api().get(kind.path_of(order_id)).data
    if order["ended_at"] is not None:
        return _has_ended(kind, order_id)
    form = kind.change_form()
    form.show(order)
    return _page(kind, order, form)


def save_change(kind: Kind, order_id: str) -> ResponseReturnValue:
    """Save what differs; saved twice it is the same."""
    order, form = api().get(kind.path_of(order_id)).data, kind.change_form()
    if not form.settle(order["currency"]):
        return _page(kind, order, form)
    changes = form.changes(order)
    if not changes:
        form.form_errors.append("Nothing has changed.")
        return _page(kind, order, form)
    try:
        api().put(kind.path_of(order_id), changes)
    except Refused as refused:
        if refused.refusal.code == _ENDED:
            return _has_ended(kind, order_id)
        if refused.refusal.status >= 500:
            form.form_errors.append("The bank did not answer in time. Save it again: it is changed once.")
            return _page(kind, order, form)[0], refused.refusal.status
        if refused.refusal.code == "MOVEMENT_LIMIT_EXCEEDED":
            add_error(form.amount, refusal_message(refused))
        else:
            show_problem(form, refused, execute_on="first_on")
        return _page(kind, order, form)
    flash(f"The {kind.name} has been changed.", "success")
    return redirect(kind.url(kind.details, order_id), 303)


def _has_ended(kind: Kind, order_id: str) -> ResponseReturnValue:
    flash(f"This {kind.name} has ended and can no longer be changed.", "warning")
    return redirect(kind.url(kind.details, order_id), 303)


def _page(kind: Kind, order: dict[str, Any], form: ChangeOneTimeForm) -> tuple[str, int]:
    page = render_template("order_change.html", kind=kind, order=order, form=form)
    return page, 422 if form.errors else 200
