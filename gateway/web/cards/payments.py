"""What was paid, or was to be paid, with a card; and what its holder says against it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.cards.forms import DisputeForm
from gateway.web.form_errors import show_problem
from gateway.web.idempotency import form_id, key_of
from gateway.web.pagination import first_page
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, Refused

blueprint = Blueprint("card_payments", __name__)
_PAGE = 25


@blueprint.get("/cards/<card_id>/payments")
@access(PRIVATE)
def listing(card_id: str) -> ResponseReturnValue:
    """A page of what shops asked of the card, newest first."""
    card, cursor = api().cards.details(card_id).data, request.args.get("cursor")
    try:
        found = api().card_network.list_authorizations(card_id=card_id, limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("card_payments.listing", card_id=card_id)):
            return anew
        raise
    return render_template(
        "card_payments.html",
        card=card,
        payments=found.data,
        next_cursor=found.next_cursor,
        cursor=cursor,
        is_own=card["user_id"] == current_user.id,
    )


@blueprint.get("/cards/payments/<authorization_id>")
@access(PRIVATE)
def details(authorization_id: str) -> ResponseReturnValue:
    """One of them with everything that happened to it."""
    it = api().card_network.authorization(authorization_id).data
    card = api().cards.details(it["card_id"]).data if it["card_id"] else None
    booked = []
    if it["account_id"]:
        booked = api().transactions.of_account(it["account_id"], authorization_id=authorization_id).data
    return render_template("card_payment.html", it=it, card=card, booked=booked)


@blueprint.route("/transactions/<transaction_id>/dispute", methods=["GET", "POST"])
@access(PRIVATE)
def dispute(transaction_id: str) -> ResponseReturnValue:
    """Say that a card payment was not right: the money comes back until somebody here has decided."""
    it, form = api().transactions.details(transaction_id).data, DisputeForm()
    form.form_id.data = form_id(form.form_id.data)
    if it["card"] is None:  # no card payment: there is nothing to dispute here
        return redirect(url_for("transactions.details", transaction_id=transaction_id), 303)
    if request.method == "POST" and form.validate():
        reason = form.reason.data.strip()
        key = key_of(form.form_id.data, f"dispute {transaction_id}", {"reason": reason})
        try:
            api().card_network.dispute(transaction_id, reason, idempotency_key=key)
        except Refused as refused:
            if refused.refusal.status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
                form.form_errors.append("The bank did not answer in time. Send it again: it is disputed once.")
            else:
                form.form_id.data = new_id()
                show_problem(form, refused)
        else:
            flash("The payment is disputed, and the money is back on your account until it is decided.", "success")
            return redirect(url_for("transactions.details", transaction_id=transaction_id), 303)
    return render_template("card_dispute.html", it=it, form=form), 422 if form.errors else 200
