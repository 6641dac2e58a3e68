"""Holds on an account: its list for whoever may see the account; placed, captured and given back by staff."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.account_field import Account
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.holds.forms import CaptureForm, GiveBackForm, HoldFilters, PlaceForm
from gateway.web.idempotency import form_id, key_of
from gateway.web.money.forms import add_error
from gateway.web.pagination import first_page
from sandbank.types import Hold
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, STAFF, access
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, RATE_LIMITED, Refused

blueprint = Blueprint("holds", __name__)
_PAGE = 25
_ABOUT_THE_AMOUNT = frozenset({"INSUFFICIENT_FUNDS", "MORE_THAN_HELD"})
AnyForm = PlaceForm | CaptureForm | GiveBackForm
Send = Callable[[str], str]
"""Carries the form out under an idempotency key; where to go then."""


@blueprint.get("/accounts/<account_id>/holds")
@access(PRIVATE)
def listing(account_id: str) -> ResponseReturnValue:
    """A page of the account's holds, newest first, narrowed by what the address says."""
    account, filters, cursor = (
        api().accounts.details(account_id).data,
        HoldFilters(request.args),
        request.args.get("cursor"),
    )
    holds: list[Hold] = []
    next_cursor = None
    try:
        page = api().page(
            "/api/transactions/holds", account_id=account_id, limit=_PAGE, cursor=cursor, **filters.chosen
        )
        holds, next_cursor = page.data, page.next_cursor
    except Refused as refused:
        if anew := first_page(refused, url_for("holds.listing", account_id=account_id, **filters.chosen)):
            return anew
        show_problem(filters, refused)
    rendered = render_template(
        "holds.html",
        account=account,
        is_own=account["user_id"] == current_user.id,
        filters=filters,
        holds=holds,
        next_cursor=next_cursor,
        cursor=cursor,
    )
    return rendered, 422 if filters.errors else 200


@blueprint.route("/accounts/<account_id>/holds/new", methods=["GET", "POST"])
@access(STAFF)
def place(account_id: str) -> ResponseReturnValue:
    """Hold money on the account: it stays there and is not available."""
    account, form = api().accounts.details(account_id).data, PlaceForm()

    def send(key: str) -> str:
        hold = api().holds.place(account_id, **form.payload(), idempotency_key=key).data
        flash(f"Holding {shown(hold['amount'])} {hold['currency']}.", "success")
        return url_for("accounts.details", account_id=account_id)

    return _step("place", form, account, None, send)


@blueprint.route("/holds/<hold_id>/capture", methods=["GET", "POST"])
@access(STAFF)
def capture(hold_id: str) -> ResponseReturnValue:
    """Take what is held, or a part of it."""
    form = CaptureForm()

    def send(key: str) -> str:
        done = api().holds.capture(hold_id, **form.payload(), idempotency_key=key).data
        flash(f"Captured {shown(done['amount'])} {done['currency']}.", "success")
        return url_for("transactions.details", transaction_id=done["id"])

    return _of_hold("capture", form, hold_id, send)


@blueprint.route("/holds/<hold_id>/give-back", methods=["GET", "POST"])
@access(STAFF)
def give_back(hold_id: str) -> ResponseReturnValue:
    """Give back what is held, or a part of it."""
    form = GiveBackForm()

    def send(key: str) -> str:
        hold = api().holds.void(hold_id, **form.payload(), idempotency_key=key).data
        left = f" {shown(hold['remaining_amount'])} {hold['currency']} is still held." * (hold["status"] == "pending")
        flash(f"Released.{left}", "success")
        return url_for("accounts.details", account_id=hold["account_id"])

    return _of_hold("give_back", form, hold_id, send)


def _of_hold(action: str, form: AnyForm, hold_id: str, send: Send) -> ResponseReturnValue:
    hold = api().holds.details(hold_id).data
    account = api().accounts.details(hold["account_id"]).data
    if hold["status"] != "pending" and request.form.get("step") != "send":  # sent again it may have its answer
        flash("This hold has ended: nothing is held any more.", "warning")
        return redirect(url_for("accounts.details", account_id=account["id"]), 303)
    return _step(action, form, account, hold, send)


def _step(action: str, form: AnyForm, account: Account, hold: Hold | None, send: Send) -> ResponseReturnValue:
    """The form, its review, or what came of it."""
    form.form_id.data = form_id(form.form_id.data)
    step = request.form.get("step")
    is_review = is_unknown = False
    status = 200
    if step in ("review", "send"):
        is_ready = form.validate() & form.settle_amount(account["currency"], may_be_empty=hold is not None)
        is_review = bool(is_ready) and step == "review"
        if is_ready and step == "send":
            content = {name: str(value) for name, value in form.payload().items()}
            subject = account["id"] if hold is None else hold["id"]
            try:
                return redirect(send(key_of(form.form_id.data, f"{action} {subject}", content)), 303)
            except Refused as refused:
                status = _show_refusal(form, refused)
                is_review = is_unknown = status != 200
    return _page(action, form, account, hold, is_review=is_review, is_unknown=is_unknown, status=status)


def _show_refusal(form: AnyForm, refused: Refused) -> int:
    """Put a clear no into the form, whose next sending is something new; else the status of what nobody knows yet."""
    status, code = refused.refusal.status, refused.refusal.code
    if status >= 500 or code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
        return status
    if status != RATE_LIMITED.status:
        form.form_id.data = new_id()
    if code in _ABOUT_THE_AMOUNT:
        add_error(form.amount, refusal_message(refused))
    else:
        show_problem(form, refused, expires_in="days")
    return 200


def _page(
    action: str, form: AnyForm, account: Account, hold: Hold | None, *, is_review: bool, is_unknown: bool, status: int
) -> ResponseReturnValue:
    texts: dict[str, Any] = {"action": action, "form": form, "account": account, "hold": hold}
    page = render_template("hold_form.html", **texts, is_review=is_review, is_unknown=is_unknown)
    return page, 422 if form.errors else status
