"""The bank's cards: find them; and the disputes: decide them."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.cards.forms import CardFilters, ConfirmForm
from gateway.web.form_errors import show_problem
from gateway.web.idempotency import form_id, key_of
from gateway.web.pagination import first_page
from shared.identity.access import STAFF, access
from shared.observability.logs import cause_of
from shared.refusals import Refused

blueprint = Blueprint("admin_cards", __name__)
_PAGE = 25

logger = structlog.get_logger(__name__)


@blueprint.get("/admin/cards")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of cards, narrowed by what the address says."""
    filters, cursor = CardFilters(request.args), request.args.get("cursor")
    found, next_cursor = [], None
    try:
        answer = api().cards.list_all(limit=_PAGE, cursor=cursor, **filters.chosen)
        found, next_cursor = answer.data, answer.next_cursor
    except Refused as refused:
        show_problem(filters, refused)
    page = render_template("admin_cards.html", filters=filters, found=found, next_cursor=next_cursor, cursor=cursor)
    return page, 422 if filters.errors else 200


@blueprint.get("/admin/disputes")
@access(STAFF)
def disputes() -> ResponseReturnValue:
    """A page of disputes, newest first; those that wait for a decision alone, unless all are asked for."""
    cursor, shows_all = request.args.get("cursor"), request.args.get("status") == "any"
    try:
        found = api().card_network.list_disputes(status=None if shows_all else "open", limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("admin_cards.disputes")):
            return anew
        raise
    return render_template(
        "admin_disputes.html", found=found.data, next_cursor=found.next_cursor, cursor=cursor, shows_all=shows_all
    )


@blueprint.route("/admin/disputes/<dispute_id>", methods=["GET", "POST"])
@access(STAFF)
def resolve(dispute_id: str) -> ResponseReturnValue:
    """One dispute, to be decided for the holder or for the shop."""
    dispute, form = api().get(f"/api/card-network/disputes/{dispute_id}").data, ConfirmForm()
    form.form_id.data = form_id(form.form_id.data)
    decision = request.form.get("decision")
    if request.method == "POST" and form.validate():
        if decision not in ("won", "lost"):
            form.form_errors.append("Choose one of the two.")
        else:
            key = key_of(form.form_id.data, f"resolve {dispute_id}", {"decision": decision})
            try:
                api().card_network.resolve(dispute_id, won=decision == "won", idempotency_key=key)
            except Refused as refused:
                show_problem(form, refused)
            else:
                flash("Decided.", "success")
                return redirect(url_for("admin_cards.disputes"), 303)
    payment = api().transactions.details(dispute["transaction_id"]).data
    pays_back = _who_pays_back(payment) if dispute["status"] == "open" else None
    page = render_template("admin_dispute.html", dispute=dispute, payment=payment, form=form, pays_back=pays_back)
    return page, 422 if form.errors else 200


def _who_pays_back(payment: Mapping[str, Any]) -> str | None:
    """Whose the money is that a holder keeps: the `shop`'s while it has an account here, else the `network`'s.

    None while the account service is away: nothing is promised that is not known.
    """
    if payment["to_account_id"] is None:
        return "network"
    try:
        shop = api().accounts.details(payment["to_account_id"]).data
    except Refused as refused:
        logger.info("shop_unknown", account=payment["to_account_id"], cause=cause_of(refused))
        return None
    return "network" if shop["status"] == "closed" else "shop"
