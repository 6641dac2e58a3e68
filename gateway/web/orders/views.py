"""Standing orders and payments on a day: listed, arranged, paused and ended by whose they are; staff read them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.account_field import name_of
from gateway.web.api_client import api
from gateway.web.customer_named import customer_named
from gateway.web.error_messages import history_message, refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.formatting import day
from gateway.web.idempotency import form_id, key_of
from gateway.web.money.forms import add_error
from gateway.web.orders.change_views import save_change, show_change
from gateway.web.orders.forms import OneTimeForm
from gateway.web.orders.kinds import SCHEDULED, STANDING, Kind
from gateway.web.pagination import first_page
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, NOT_FOUND, RATE_LIMITED, Refused

blueprint = Blueprint("orders", __name__)
_PAGE = 25
_MOST_PAYEES = 200


@blueprint.get("/standing-orders")
@access(PRIVATE)
def standing() -> ResponseReturnValue:
    """Standing orders, newest first."""
    return _listing(STANDING)


@blueprint.get("/scheduled-payments")
@access(PRIVATE)
def scheduled() -> ResponseReturnValue:
    """Payments on a day, newest first."""
    return _listing(SCHEDULED)


@blueprint.route("/standing-orders/new", methods=["GET", "POST"])
@access(PRIVATE)
def arrange_standing() -> ResponseReturnValue:
    """Pay the same amount again and again."""
    return _arrange(STANDING)


@blueprint.route("/scheduled-payments/new", methods=["GET", "POST"])
@access(PRIVATE)
def arrange_scheduled() -> ResponseReturnValue:
    """Pay once, on a day."""
    return _arrange(SCHEDULED)


@blueprint.get("/standing-orders/<order_id>")
@access(PRIVATE)
def details(order_id: str) -> ResponseReturnValue:
    """One standing order, and what came of it."""
    return _details(STANDING, order_id)


@blueprint.get("/scheduled-payments/<payment_id>")
@access(PRIVATE)
def scheduled_details(payment_id: str) -> ResponseReturnValue:
    """One scheduled payment, and what came of it."""
    return _details(SCHEDULED, payment_id)


@blueprint.route("/standing-orders/<order_id>/change", methods=["GET", "POST"])
@access(PRIVATE)
def change_standing(order_id: str) -> ResponseReturnValue:
    """Another amount, other days: from now on."""
    return (save_change if request.method == "POST" else show_change)(STANDING, order_id)


@blueprint.route("/scheduled-payments/<payment_id>/change", methods=["GET", "POST"])
@access(PRIVATE)
def change_scheduled(payment_id: str) -> ResponseReturnValue:
    """Another amount or another day, as long as it was not paid."""
    return (save_change if request.method == "POST" else show_change)(SCHEDULED, payment_id)


@blueprint.post("/standing-orders/<order_id>/pause")
@access(PRIVATE)
def pause(order_id: str) -> ResponseReturnValue:
    """Pay nothing for the time being."""
    return _done(STANDING, order_id, api().standing_orders.pause, "Paused. Nothing is paid until you resume it.")


@blueprint.post("/standing-orders/<order_id>/resume")
@access(PRIVATE)
def resume(order_id: str) -> ResponseReturnValue:
    """Pay again from the next day on."""
    sentence = "Resumed. Payments that were skipped are not made up for."
    return _done(STANDING, order_id, api().standing_orders.resume, sentence)


@blueprint.post("/standing-orders/<order_id>/end")
@access(PRIVATE)
def end(order_id: str) -> ResponseReturnValue:
    """Pay nothing any more."""
    return _done(STANDING, order_id, api().standing_orders.cancel, "The standing order has ended.")


@blueprint.post("/scheduled-payments/<payment_id>/cancel")
@access(PRIVATE)
def call_off(payment_id: str) -> ResponseReturnValue:
    """Do not make a payment."""
    return _done(SCHEDULED, payment_id, api().scheduled_payments.cancel, "The payment has been cancelled.")


def _done(kind: Kind, order_id: str, act: Callable[[str], object], sentence: str) -> ResponseReturnValue:
    try:
        act(order_id)
        flash(sentence, "success")
    except Refused as refused:
        _say(refused)
    return redirect(kind.url(kind.details, order_id), 303)


def _say(refused: Refused) -> None:
    """Tell a clear no on the next page. Raises it again where it is none."""
    if refused.refusal.status >= 500 or refused.refusal.status == NOT_FOUND.status:
        raise refused
    flash(refusal_message(refused), "warning")


def _listing(kind: Kind) -> ResponseReturnValue:
    """A page of orders, newest first: one's own; staff read everybody's, or one customer's."""
    cursor, of = request.args.get("cursor"), customer_named()
    try:
        page = api().page(kind.api_path, limit=_PAGE, cursor=cursor, user_id=of.id)
    except Refused as refused:
        if anew := first_page(refused, url_for(kind.listing, **of.query)):
            return anew
        raise
    return render_template(
        "orders.html", kind=kind, orders=page.data, next_cursor=page.next_cursor, cursor=cursor, customer=of
    )


def _details(kind: Kind, order_id: str) -> ResponseReturnValue:
    order, cursor = api().get(kind.path_of(order_id)).data, request.args.get("cursor")
    try:
        came_of = api().page(f"{kind.path_of(order_id)}/executions", limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, kind.url(kind.details, order_id)):
            return anew
        raise
    account = api().accounts.details(order["from_account_id"]).data
    return render_template(
        "order.html",
        kind=kind,
        order=order,
        account=account,
        is_own=account["user_id"] == current_user.id,
        executions=[
            {**row, "why": history_message(row["error_code"]) if row["error_code"] else ""} for row in came_of.data
        ],
        next_cursor=came_of.next_cursor,
        cursor=cursor,
    )


def _arrange(kind: Kind) -> ResponseReturnValue:
    """The form, its review, or what came of it."""
    form = kind.form()
    form.form_id.data = form_id(form.form_id.data)
    accounts = [one for one in api().accounts.iterate() if one["status"] == "open"]
    form.offer(accounts, api().payees.list(limit=_MOST_PAYEES).data)
    step = request.form.get("step")
    if request.method == "GET":
        form.prefill(request.args)
    elif step in ("review", "send"):
        of_arriving = _recipient(form) if form.is_of_what_arrives and form.number else None
        if form.is_of_what_arrives and form.number and of_arriving is None:
            return _page(kind, form, accounts)
        if not form.settle(None if of_arriving is None else of_arriving["currency"]):
            return _page(kind, form, accounts)
        if step == "send":
            return _send(kind, form, accounts)
        recipient = of_arriving or _recipient(form)
        if recipient is not None:
            return _page(kind, form, accounts, recipient=recipient)
    return _page(kind, form, accounts)


def _send(kind: Kind, form: OneTimeForm, accounts: list[Any]) -> ResponseReturnValue:
    order = form.payload()
    key = key_of(form.form_id.data, kind.api_path, order)
    try:
        made = api().move_money(kind.api_path, order, idempotency_key=key).data
    except Refused as refused:
        status = refused.refusal.status
        if status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
            return _page(kind, form, accounts, is_unknown=True)[0], status
        if status != RATE_LIMITED.status:
            form.form_id.data = new_id()
        _show_refusal(form, refused)
        return _page(kind, form, accounts)[0], 422
    sum_ = f"{shown(made['amount'])} {made['currency']} to {made['recipient']['name']}"
    first = made["next_on"] if kind.is_repeated else made["execute_on"]
    when = f", {'first ' if kind.is_repeated else ''}on {day(first)}" if first else ""
    flash(f"Set up: {sum_}{when}.", "success")
    return redirect(kind.url(kind.details, made["id"]), 303)


def _recipient(form: OneTimeForm) -> dict[str, str] | None:
    """Who would be paid, as the bank knows them; None when that is nobody, which then stands beside the field."""
    own = form.from_account_id.numbered(form.number)
    if own is not None:
        return {"name": name_of(own), "account_number": form.number, "currency": own["currency"], "check": ""}
    try:
        found = api().accounts.lookup(form.number).data
        check = api().payees.check(form.payee["name"], form.number).data["result"] if form.payee else ""
    except Refused as refused:
        _show_refusal(form, refused)
        return None
    name = form.payee["name"] if form.payee else found["holder_name"]
    return {"name": name, "account_number": form.number, "currency": found["currency"], "check": check}


def _show_refusal(form: OneTimeForm, refused: Refused) -> None:
    code = refused.refusal.code
    if code == NOT_FOUND.code:
        add_error(form.to_account_number, "No account of this bank has this number.")
    elif code in ("SAME_ACCOUNT", "CURRENCY_MISMATCH"):
        add_error(form.to_account_number, refusal_message(refused))
    elif code == "MOVEMENT_LIMIT_EXCEEDED":
        add_error(form.amount, refusal_message(refused))
    else:
        show_problem(form, refused, execute_on="first_on", account_number="to_account_number")


def _page(
    kind: Kind,
    form: OneTimeForm,
    accounts: list[Any],
    *,
    recipient: dict[str, str] | None = None,
    is_unknown: bool = False,
) -> tuple[str, int]:
    page = render_template(
        "order_form.html", kind=kind, form=form, accounts=accounts, recipient=recipient, is_unknown=is_unknown
    )
    return page, 422 if form.errors else 200
