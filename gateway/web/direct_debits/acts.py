"""What both sides do: agree, refuse, end, have money back; ask for a mandate, and collect by it."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.direct_debits.forms import CollectForm, MandateForm
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_not_done
from gateway.web.formatting import amount as shown
from gateway.web.formatting import day
from gateway.web.idempotency import form_id, key_of
from gateway.web.money.forms import add_error
from shared.identity.access import PRIVATE, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("direct_debit_acts", __name__)
_ABOUT_THE_DEBTOR = frozenset({"SAME_ACCOUNT", "CURRENCY_MISMATCH", NOT_FOUND.code})


@blueprint.post("/direct-debits/mandates/<mandate_id>/confirm")
@access(PRIVATE)
def confirm(mandate_id: str) -> ResponseReturnValue:
    """Agree that it may be collected."""

    def agree() -> str:
        name = api().direct_debits.confirm(mandate_id).data["creditor"]["name"]
        return f"{name} may now collect. The payer is told before each collection."

    return _done(agree, url_for("direct_debits.mandate", mandate_id=mandate_id))


@blueprint.post("/direct-debits/mandates/<mandate_id>/end")
@access(PRIVATE)
def end(mandate_id: str) -> ResponseReturnValue:
    """Refuse a mandate, or end it."""

    def refuse() -> str:
        mandate = api().direct_debits.cancel_mandate(mandate_id).data
        return f"Nothing can be collected under the mandate {mandate['reference']} any more."

    return _done(refuse, url_for("direct_debits.mandate", mandate_id=mandate_id))


@blueprint.post("/direct-debits/collections/<collection_id>/cancel")
@access(PRIVATE)
def cancel(collection_id: str) -> ResponseReturnValue:
    """Refuse a collection before its day, or call it off."""

    def refuse() -> str:
        api().direct_debits.cancel_collection(collection_id)
        return "Nothing will be collected."

    return _done(refuse, url_for("direct_debits.collection", collection_id=collection_id))


@blueprint.post("/direct-debits/collections/<collection_id>/refund")
@access(PRIVATE)
def refund(collection_id: str) -> ResponseReturnValue:
    """Have back what was collected. The collection is the key: however often it is sent, it comes back once.

    To another account than the one that paid it comes where the page has asked for one.
    """
    to_account_id = request.form.get("to_account_id") or None
    key = f"refund-{collection_id}" + ("" if to_account_id is None else f"-{to_account_id}")

    def have_back() -> str:
        done = api().direct_debits.refund(collection_id, to_account_id=to_account_id, idempotency_key=key).data
        amount = done.get("refunded_amount") or done["amount"]  # without it: the reply to a request of before
        return f"{shown(amount)} {done['currency']} came back to the account."

    return _done(have_back, url_for("direct_debits.collection", collection_id=collection_id))


@blueprint.route("/direct-debits/mandates/new", methods=["GET", "POST"])
@access(PRIVATE)
def request_mandate() -> ResponseReturnValue:
    """Ask somebody for permission to collect. However often the form is sent, they are asked once."""
    form, status = MandateForm(), 200
    form.form_id.data = form_id(form.form_id.data)
    accounts = [one for one in api().accounts.iterate() if one["status"] == "open"]
    form.creditor_account_id.offer(accounts)
    if request.method == "POST" and form.validate():
        asked = form.payload()
        key = key_of(form.form_id.data, "request mandate", asked)
        try:
            mandate = api().direct_debits.request_mandate(**asked, idempotency_key=key).data
        except Refused as refused:
            if refused.refusal.code in _ABOUT_THE_DEBTOR:
                add_error(form.debtor_account_number, _about_the_debtor(refused))
            else:
                status = show_not_done(form, refused)
        else:
            flash(f"{mandate['debtor']['name']} has been asked to agree.", "success")
            return redirect(url_for("direct_debits.mandate", mandate_id=mandate["id"]), 303)
    page = render_template("mandate_new.html", form=form, accounts=accounts, is_unknown=status >= 500)
    return page, 422 if form.errors else status


@blueprint.route("/direct-debits/mandates/<mandate_id>/collect", methods=["GET", "POST"])
@access(PRIVATE)
def collect(mandate_id: str) -> ResponseReturnValue:
    """Collect on a day: filled in, reviewed, sent; however often it is sent, once."""
    mandate, form = api().direct_debits.mandate(mandate_id).data, CollectForm()
    form.form_id.data = form_id(form.form_id.data)
    step, status = request.form.get("step"), 200
    is_ready = step in ("review", "send") and form.settle(mandate["currency"])
    if is_ready and step == "send":
        order = form.payload()
        key = key_of(form.form_id.data, f"collect {mandate_id}", order)
        try:
            made = api().direct_debits.collect(mandate_id, **order, idempotency_key=key).data
        except Refused as refused:
            status = show_not_done(form, refused)
        else:
            flash(f"{shown(made['amount'])} {made['currency']} will be collected on {day(made['due_on'])}.", "success")
            return redirect(url_for("direct_debits.collection", collection_id=made["id"]), 303)
    is_unknown = status >= 500
    page = render_template(
        "collect.html",
        mandate=mandate,
        form=form,
        is_review=is_unknown or (is_ready and step == "review"),
        is_unknown=is_unknown,
    )
    return page, 422 if form.errors else status


def _about_the_debtor(refused: Refused) -> str:
    if refused.refusal.code == NOT_FOUND.code:
        return "No account at this bank has this number."
    if refused.refusal.code == "SAME_ACCOUNT":
        return "This is the account you collect into. Type another number."
    return refusal_message(refused)


def _done(act: Callable[[], str], then: str) -> ResponseReturnValue:
    try:
        flash(act(), "success")
    except Refused as refused:
        if refused.refusal.status >= 500 or refused.refusal.status == NOT_FOUND.status:
            raise
        flash(refusal_message(refused), "warning")
    return redirect(then, 303)
