"""Looking at direct debits: those who pay see what they agreed to, those who collect what they may, staff both."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.customer_named import CustomerNamed, customer_named
from gateway.web.direct_debits.forms import RefundForm
from gateway.web.form_choices import own_accounts
from gateway.web.pagination import first_page
from sandbank.types.orders import Mandate, Side
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("direct_debits", __name__)
_PAGE = 25
MANDATES_SHOWN = 100
GOING_ON = ("pending", "active")


@blueprint.get("/direct-debits")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """What may be collected from one's accounts, and what was; staff see both sides of it."""
    side: Side | None = None if current_user.is_staff else "debtor"
    return _page("direct_debits.html", side, "direct_debits.listing", customer_named())


@blueprint.get("/direct-debits/collecting")
@access(PRIVATE)
def collecting() -> ResponseReturnValue:
    """What one may collect, and what was collected."""
    return _page("direct_debits_collecting.html", "creditor", "direct_debits.collecting", CustomerNamed())


@blueprint.get("/direct-debits/mandates/<mandate_id>")
@access(PRIVATE)
def mandate(mandate_id: str) -> ResponseReturnValue:
    """One mandate, and what was collected by it."""
    it, cursor = api().direct_debits.mandate(mandate_id).data, request.args.get("cursor")
    try:
        page = api().direct_debits.collections(mandate_id=mandate_id, limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("direct_debits.mandate", mandate_id=mandate_id)):
            return anew
        raise
    return render_template(
        "mandate.html", it=it, parts=parts_in(it), collections=page.data, next_cursor=page.next_cursor, cursor=cursor
    )


@blueprint.get("/direct-debits/collections/<collection_id>")
@access(PRIVATE)
def collection(collection_id: str) -> ResponseReturnValue:
    """One collection: when, how much, by which mandate, and what came of it."""
    it = api().direct_debits.collection(collection_id).data
    of = api().direct_debits.mandate(it["mandate_id"]).data
    form = _elsewhere(of) if it["refundable_until"] and it["side"] == "debtor" else None
    return render_template("collection.html", it=it, mandate=of, parts=parts_in(of), refund=form)


def _elsewhere(of: Mandate) -> RefundForm | None:
    """Where the payer has their money back once the account that paid is closed; None while it is not."""
    accounts = {one["id"]: one for one in own_accounts()}
    paid_from = accounts.get(of["debtor_account_id"] or "")
    if paid_from is None or paid_from["status"] != "closed":
        return None
    form = RefundForm()
    form.to_account_id.offer(
        one
        for one in accounts.values()
        if one["status"] == "open" and one["currency"] == of["currency"] and one["account_type"] != "credit"
    )
    return form


def parts_in(it: Mandate) -> dict[str, bool]:
    """On which sides of a mandate the reader acts: on their own, and staff at the counter on both."""
    return {side: it["side"] in (side, None) for side in ("debtor", "creditor")}


def _page(template: str, side: Side | None, endpoint: str, customer: CustomerNamed) -> ResponseReturnValue:
    """A page of mandates and one of collections, newest first; each with a cursor of its own."""
    cursor, mandates_cursor = request.args.get("cursor"), request.args.get("mandates")
    try:
        page = api().direct_debits.collections(side=side, user_id=customer.id, limit=_PAGE, cursor=cursor)
        found = api().direct_debits.mandates(
            side=side, user_id=customer.id, limit=MANDATES_SHOWN, cursor=mandates_cursor
        )
    except Refused as refused:
        if anew := first_page(refused, url_for(endpoint, **customer.query)):
            return anew
        raise
    mandates = list(found.data)
    return render_template(
        template,
        side=side,
        customer=customer,
        pending=[one for one in mandates if one["status"] == "pending"],
        active=[one for one in mandates if one["status"] == "active"],
        ended=[one for one in mandates if one["status"] not in GOING_ON],
        more_mandates=found.next_cursor,
        mandates_cursor=mandates_cursor,
        collections=page.data,
        next_cursor=page.next_cursor,
        cursor=cursor,
    )
