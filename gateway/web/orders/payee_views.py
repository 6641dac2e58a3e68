"""A person's payees: kept, with a check of the name, changed, and forgotten."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.orders.forms import PayeeForm
from gateway.web.pagination import first_page
from sandbank.types.orders import SavedPayee
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("payees", __name__)
_PAGE = 25
_SAID_OF_NAMES = {
    "match": ("The name is that of the account's holder.", "success"),
    "close_match": ("Check the name: the account's holder is {name}.", "warning"),
    "no_match": ("Check the name: the account is held by somebody else.", "warning"),
    "unavailable": ("No account at this bank that can be paid has this number right now.", "warning"),
}


@blueprint.route("/payees", methods=["GET", "POST"])
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """All payees, newest first, and a form for one more."""
    form, cursor = PayeeForm(), request.args.get("cursor")
    if request.method == "POST" and form.validate():
        name, number = form.name.data or "", form.account_number.data or ""
        try:
            _say_of_name("Added", api().payees.create(name, number, reference=form.reference.data or None).data)
            return redirect(url_for("payees.listing"), 303)
        except Refused as refused:
            show_problem(form, refused)
    try:
        page = api().payees.list(limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("payees.listing")):
            return anew
        raise
    rendered = render_template("payees.html", form=form, payees=page.data, next_cursor=page.next_cursor, cursor=cursor)
    return rendered, 422 if form.errors else 200


@blueprint.route("/payees/<payee_id>/change", methods=["GET", "POST"])
@access(PRIVATE)
def change(payee_id: str) -> ResponseReturnValue:
    """Another name, number or reference; what was arranged to pay them stays as it is."""
    payee, form = api().payees.details(payee_id).data, PayeeForm()
    if request.method == "GET":
        form.process(data=payee)
    elif form.validate():
        said = {"name": form.name.data, "account_number": form.account_number.data}
        try:
            changed = api().payees.change(payee_id, **said, reference=(form.reference.data or "").strip()).data
            _say_of_name("Saved", changed)
            return redirect(url_for("payees.listing"), 303)
        except Refused as refused:
            show_problem(form, refused)
    return render_template("payee_change.html", form=form, payee=payee), 422 if form.errors else 200


@blueprint.post("/payees/<payee_id>/forget")
@access(PRIVATE)
def forget(payee_id: str) -> ResponseReturnValue:
    """Forget a payee; what was arranged to pay them goes on."""
    payee = api().payees.delete(payee_id).data
    flash(f"{payee['name']} was removed from your payees. Standing orders to them go on.", "success")
    return redirect(url_for("payees.listing"), 303)


def _say_of_name(done: str, payee: SavedPayee) -> None:
    """Tell on the next page that it was done, and whether the name is that of the account's holder, if that is told."""
    try:
        checked = api().payees.check(payee["name"], payee["account_number"]).data
    except Refused:
        flash(f"{done} {payee['name']}. The name could not be checked right now.", "warning")
        return
    sentence, look = _SAID_OF_NAMES[checked["result"]]
    flash(f"{done} {payee['name']}. {sentence.format(name=checked['name'])}", look)
