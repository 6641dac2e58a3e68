"""The bank's accounts: find them, freeze one, let it go again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.accounts.forms import AccountFilters, ReasonForm
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from shared.identity.access import STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin_accounts", __name__)
_PAGE = 25
_STANDINGS = {"freeze": "frozen", "unfreeze": "open"}


@blueprint.get("/admin/accounts")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of accounts, narrowed by what the address says."""
    filters = AccountFilters(request.args)
    cursor = request.args.get("cursor")
    found, next_cursor = [], None
    try:
        answer = api().accounts.list_all(limit=_PAGE, cursor=cursor, **filters.chosen)
        found, next_cursor = answer.data, answer.body["next_cursor"]
    except Refused as refused:
        show_problem(filters, refused)
    page = render_template("admin_accounts.html", filters=filters, found=found, next_cursor=next_cursor, cursor=cursor)
    return page, 422 if filters.errors else 200


@blueprint.route("/admin/accounts/<account_id>/<any(freeze, unfreeze):action>", methods=["GET", "POST"])
@access(STAFF)
def change_standing(account_id: str, action: str) -> ResponseReturnValue:
    """Freeze or unfreeze, for a reason that is kept."""
    account = api().accounts.details(account_id).data
    form = ReasonForm()
    if request.method == "POST" and form.validate():
        try:
            change = api().accounts.freeze if action == "freeze" else api().accounts.unfreeze
            change(account_id, form.reason.data.strip())
            flash(f"{account['holder_name']}'s account is now {_STANDINGS[action]}.", "success")
            return redirect(url_for("admin_accounts.listing", user_id=account["user_id"]), 303)
        except Refused as refused:
            show_problem(form, refused)
    page = render_template("admin_account_standing.html", account=account, action=action, form=form)
    return page, 422 if form.errors else 200
