"""A person's cards: all of them, ordering one, and one with what it may do."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.cards.forms import CardSettingsForm, OrderCardForm
from gateway.web.cards.merchant_kinds import KINDS
from gateway.web.form_errors import show_not_done, show_problem
from gateway.web.idempotency import form_id, key_of
from sandbank.types.cards import Card
from shared.identity.access import PRIVATE, access
from shared.refusals import FORBIDDEN, Refused

blueprint = Blueprint("cards", __name__)
LIVING = frozenset({"active", "frozen"})
_PAYMENTS = 5


@blueprint.get("/cards")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Every card of mine; those that have ended apart."""
    cards = list(api().cards.iterate())
    living = [one for one in cards if one["status"] in LIVING]
    ended = [one for one in cards if one["status"] not in LIVING]
    return render_template("cards.html", cards=living, ended=ended)


@blueprint.route("/cards/new", methods=["GET", "POST"])
@access(PRIVATE)
def create() -> ResponseReturnValue:
    """Order a card. However often the form is sent, it is one card."""
    form = OrderCardForm()
    form.form_id.data = form_id(form.form_id.data)
    accounts = [one for one in api().accounts.iterate() if one["status"] in ("open", "frozen")]
    accounts = [one for one in accounts if one["account_type"] != "credit"]
    form.account.offer(accounts, unchosen="Choose an account" if len(accounts) > 1 else None)
    status = 200
    if request.method == "POST" and form.validate():
        if form.account.account is None:
            form.account.errors = ["Choose one of these."]
        else:
            order = form.payload()
            try:
                key = key_of(form.form_id.data, "order card", order)
                card = api().cards.create(**order, idempotency_key=key).data
            except Refused as refused:
                status = show_not_done(form, refused)
            else:
                flash("Your card is ready.", "success")
                return redirect(url_for("cards.details", card_id=card["id"]), 303)
    elif request.method == "GET":
        form.account.data = request.args.get("account", "")
    page = render_template("card_new.html", form=form, accounts=accounts, is_unknown=status >= 500)
    return page, 422 if form.errors else status


@blueprint.get("/cards/<card_id>")
@access(PRIVATE)
def details(card_id: str) -> ResponseReturnValue:
    """One card: what it may do, what was paid with it, and what can be done with it."""
    card, form = api().cards.details(card_id).data, CardSettingsForm()
    form.show(card)
    return _page(card, form)


@blueprint.post("/cards/<card_id>")
@access(PRIVATE)
def update(card_id: str) -> ResponseReturnValue:
    """Set what the card may do."""
    card, form = api().cards.details(card_id).data, CardSettingsForm()
    if card["user_id"] != current_user.id:
        raise Refused(FORBIDDEN, "Limits and switches of a card are its holder's own to set.")
    if form.validate() & form.settle_limits(card["currency"]):
        try:
            api().cards.update(card_id, **form.payload(card))
        except Refused as refused:
            show_problem(form, refused, **{f"limits.{name}": name for name in ("per_payment", "daily", "monthly")})
        else:
            flash("Saved.", "success")
            return redirect(url_for("cards.details", card_id=card_id), 303)
    return _page(card, form)


def _page(card: Card, form: CardSettingsForm) -> ResponseReturnValue:
    payments: dict[str, Any] = {"payments": None, "has_more": False}
    try:
        found = api().card_network.list_authorizations(card_id=card["id"], limit=_PAYMENTS)
        payments = {"payments": found.data, "has_more": found.next_cursor is not None}
    except Refused as refused:  # the ledger is away: the card can be looked at without its payments
        if refused.refusal.status < 500:
            raise
    names = dict(KINDS)
    page = render_template(
        "card_details.html",
        card=card,
        account=api().accounts.details(card["account_id"]).data,
        form=form,
        is_own=card["user_id"] == current_user.id,
        is_living=card["status"] in LIVING,
        blocked=[names.get(code, code) for code in card["blocked_categories"]],
        **payments,
    )
    return page, 422 if form.errors else 200
