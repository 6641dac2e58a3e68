"""What is done with one card: frozen, reported, replaced, given up, and its number looked at."""

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.cards.forms import ConfirmForm, ReportForm, RevealForm
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.idempotency import form_id, key_of
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused
from shared.service_refusals import WRONG_PASSWORD

blueprint = Blueprint("card_acts", __name__)


@blueprint.post("/cards/<card_id>/<any(freeze, unfreeze):action>")
@access(PRIVATE)
def change_standing(card_id: str, action: str) -> ResponseReturnValue:
    """Let nothing be paid with it for now, or let it pay again."""
    try:
        change = api().cards.freeze if action == "freeze" else api().cards.unfreeze
        change(card_id)
    except Refused as refused:
        if refused.refusal.status >= 500 or refused.refusal.status == 404:
            raise
        flash(refusal_message(refused), "warning")
    else:
        frozen = "The card is frozen: nothing can be paid with it."
        flash(frozen if action == "freeze" else "The card can be used again.", "success")
    return redirect(url_for("cards.details", card_id=card_id), 303)


@blueprint.route("/cards/<card_id>/report", methods=["GET", "POST"])
@access(PRIVATE)
def report(card_id: str) -> ResponseReturnValue:
    """It was lost, stolen or misused: it never pays again."""
    card, form = api().cards.details(card_id).data, ReportForm()
    if request.method == "POST" and form.validate():
        try:
            api().cards.report(card_id, form.reason.data)
        except Refused as refused:
            show_problem(form, refused)
        else:
            flash("The card is blocked for good. A new one can be ordered here.", "success")
            return redirect(url_for("cards.details", card_id=card_id), 303)
    page = render_template("card_report.html", card=card, form=form, is_own=card["user_id"] == current_user.id)
    return page, 422 if form.errors else 200


@blueprint.route("/cards/<card_id>/replace", methods=["GET", "POST"])
@access(PRIVATE)
def replace(card_id: str) -> ResponseReturnValue:
    """A new card for it. However often the form is sent, it is one card."""

    def send(form: ConfirmForm) -> str:
        key = key_of(form.form_id.data, f"replace card {card_id}", {})
        new = api().cards.replace(card_id, idempotency_key=key).data
        flash("The new card is ready.", "success")
        return url_for("cards.details", card_id=new["id"])

    return _confirmed("replace", card_id, send)


@blueprint.route("/cards/<card_id>/cancel", methods=["GET", "POST"])
@access(PRIVATE)
def cancel(card_id: str) -> ResponseReturnValue:
    """Give the card up. However often the form is sent, a last bill is paid once."""

    def send(form: ConfirmForm) -> str:
        key = key_of(form.form_id.data, f"cancel card {card_id}", {})
        api().cards.cancel(card_id, idempotency_key=key)
        flash("The card is cancelled.", "success")
        return url_for("cards.details", card_id=card_id)

    return _confirmed("cancel", card_id, send)


def _confirmed(action: str, card_id: str, send: Callable[[ConfirmForm], str]) -> ResponseReturnValue:
    """The question, or what came of the yes."""
    card, form = api().cards.details(card_id).data, ConfirmForm()
    form.form_id.data = form_id(form.form_id.data)
    status = 200
    if request.method == "POST" and form.validate():
        try:
            return redirect(send(form), 303)
        except Refused as refused:
            status = refused.refusal.status
            if status < 500:
                show_problem(form, refused)
            else:
                form.form_errors.append("The bank did not answer in time. Try again: it is done once.")
    page = render_template(
        "card_confirm.html", card=card, form=form, action=action, is_own=card["user_id"] == current_user.id
    )
    return page, status if status >= 500 else 422 if form.errors else 200


@blueprint.route("/cards/<card_id>/reveal", methods=["GET", "POST"])
@access(PRIVATE)
def reveal(card_id: str) -> ResponseReturnValue:
    """What is printed on it, for its owner, who types the password. The page is kept nowhere."""
    card, form, printed = api().cards.details(card_id).data, RevealForm(), None
    if card["user_id"] != current_user.id:
        return redirect(url_for("cards.details", card_id=card_id), 303)  # shown to its holder alone
    if request.method == "POST" and form.validate():
        try:
            printed = api().cards.reveal(card_id, form.password.data).data
        except Refused as refused:
            if refused.refusal.code == WRONG_PASSWORD.code:
                form.password.errors = ["This is not your password."]
            else:
                show_problem(form, refused)
    page = render_template("card_reveal.html", card=card, form=form, printed=printed)
    response = make_response(page, 422 if form.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
