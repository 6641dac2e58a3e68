"""Taking a transaction back, for people who work here: fill in, review, send, receipt."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.activity.forms import ReversalForm
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.idempotency import form_id, key_of
from sandbank.types import Transaction
from shared.amounts.money import parse_amount, to_text
from shared.identifiers import new_id
from shared.identity.access import STAFF, access
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, RATE_LIMITED, Refused

blueprint = Blueprint("reversals", __name__)


@blueprint.route("/transactions/<transaction_id>/reverse", methods=["GET", "POST"])
@access(STAFF)
def reverse(transaction_id: str) -> ResponseReturnValue:
    """Give the money back, all that is left of it or a part, for a reason that the customer reads."""
    it = api().transactions.details(transaction_id).data
    left = left_to_reverse(it)
    if left is None:
        flash("Nothing is left of this transaction to reverse.", "warning")
        return redirect(url_for("transactions.details", transaction_id=it["id"]), 303)
    form = ReversalForm()
    form.form_id.data = form_id(form.form_id.data)
    step = request.form.get("step")
    if step in ("review", "send"):
        is_ready = form.validate() & form.settle_amount(it["currency"])  # each says what it finds
        if is_ready and step == "send":
            return _send(it, left, form)
        if is_ready:
            return _page(it, left, form, is_review=True)
    return _page(it, left, form)


def left_to_reverse(it: Transaction) -> str | None:
    """What has not been taken back yet, as decimal text; None when nothing can be."""
    if it["status"] != "completed" or it["type"] in {"reversal", "chargeback"}:
        return None
    currency = it["currency"]
    left_minor = parse_amount(it["amount"], currency).minor - parse_amount(it["reversed_amount"], currency).minor
    return to_text(left_minor, currency) if left_minor else None


def _send(it: Transaction, left: str, form: ReversalForm) -> ResponseReturnValue:
    order, path = form.payload(), f"/api/transactions/{it['id']}/reverse"
    try:
        key = key_of(form.form_id.data, path, order)
        done = api().transactions.reverse(it["id"], **order, idempotency_key=key).data
    except Refused as refused:
        status = refused.refusal.status
        if status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
            return render_template(
                "transaction_reverse.html", it=it, left=left, form=form, is_review=True, is_unknown=True
            ), status
        if status != RATE_LIMITED.status:  # a final no: what is sent next is something new
            form.form_id.data = new_id()
        show_problem(form, refused)
        return _page(it, left, form)
    flash(f"Reversed {shown(done['amount'])} {done['currency']}.", "success")
    return redirect(url_for("transactions.details", transaction_id=done["id"]), 303)


def _page(
    it: Transaction, left: str, form: ReversalForm, status: int = 200, *, is_review: bool = False
) -> ResponseReturnValue:
    """The form, or its review; `status` of 5xx and 409: nobody knows yet whether what was sent went through."""
    page = render_template(
        "transaction_reverse.html", it=it, left=left, form=form, is_review=is_review, is_unknown=status != 200
    )
    return page, 422 if form.errors else status
