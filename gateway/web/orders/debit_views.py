"""Direct debits: what somebody was asked for and agreed to, what was collected, and having it back."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.formatting import amount as shown
from gateway.web.pagination import first_page
from shared.access import PRIVATE, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("direct_debits", __name__)
_PAGE = 25
_MOST_MANDATES = 100


@blueprint.get("/direct-debits")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Mandates and collections, newest first."""
    cursor = request.args.get("cursor")
    try:
        page = api().direct_debits.collections(limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("direct_debits.listing")):
            return anew
        raise
    mandates = api().direct_debits.mandates(limit=_MOST_MANDATES).data
    return render_template(
        "direct_debits.html",
        mandates=[one for one in mandates if one["status"] in ("pending", "active")],
        ended=[one for one in mandates if one["status"] not in ("pending", "active")],
        collections=page.data,
        next_cursor=page.next_cursor,
        cursor=cursor,
    )


@blueprint.post("/direct-debits/mandates/<mandate_id>/confirm")
@access(PRIVATE)
def confirm(mandate_id: str) -> ResponseReturnValue:
    """Agree that it may be collected."""

    def agree() -> str:
        mandate = api().direct_debits.confirm(mandate_id).data
        return f"{mandate['creditor']['name']} may collect from your account now, and you are told before they do."

    return _done(agree)


@blueprint.post("/direct-debits/mandates/<mandate_id>/end")
@access(PRIVATE)
def end(mandate_id: str) -> ResponseReturnValue:
    """Refuse a mandate, or end it."""

    def refuse() -> str:
        mandate = api().direct_debits.cancel_mandate(mandate_id).data
        return f"The mandate {mandate['reference']} is not in force."

    return _done(refuse)


@blueprint.post("/direct-debits/collections/<collection_id>/cancel")
@access(PRIVATE)
def cancel(collection_id: str) -> ResponseReturnValue:
    """Refuse a collection before its day, or call it off."""

    def refuse() -> str:
        api().direct_debits.cancel_collection(collection_id)
        return "Nothing will be collected."

    return _done(refuse)


@blueprint.post("/direct-debits/collections/<collection_id>/refund")
@access(PRIVATE)
def refund(collection_id: str) -> ResponseReturnValue:
    """Have back what was collected. The collection is the key: however often it is sent, it comes back once."""

    def have_back() -> str:
        done = api().direct_debits.refund(collection_id, idempotency_key=f"refund-{collection_id}").data
        return f"{shown(done['amount'])} {done['currency']} came back to your account."

    return _done(have_back)


def _done(act: Callable[[], str]) -> ResponseReturnValue:
    try:
        flash(act(), "success")
    except Refused as refused:
        if refused.refusal.status >= 500 or refused.refusal.status == NOT_FOUND.status:
            raise
        flash(refusal_message(refused), "warning")
    return redirect(url_for("direct_debits.listing"), 303)
