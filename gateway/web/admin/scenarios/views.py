"""Scenarios on a page: what kinds there are, injecting one, and what was injected."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.scenarios.forms import ScenarioForm, words_of
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.idempotency import form_id, key_of
from gateway.web.pagination import first_page
from shared.identity.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("scenarios", __name__)
_PAGE = 20
_OF_THE_WHOLE_FORM = ("NO_WORLD", "TOO_FEW_PEOPLE")


@blueprint.get("/admin/scenarios")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """The kinds, a form, and what was injected."""
    try:
        return _page(ScenarioForm(None))
    except Refused as refused:
        if anew := first_page(refused, url_for("scenarios.show")):
            return anew
        raise


@blueprint.post("/admin/scenarios")
@access(ADMIN)
def inject() -> ResponseReturnValue:
    """Inject one, however often the form is sent; it happens as the world lives on."""
    form = ScenarioForm()
    form.offer(api().scenarios.kinds().data["kinds"])
    if form.validate():
        try:
            wanted = form.payload()
            key = key_of(form_id(form.form_id.data), "inject scenario", {name: str(wanted[name]) for name in wanted})
            (first, *others) = api().scenarios.inject(**wanted, idempotency_key=key).data["injected"]
            beside = f", and {len(others)} that look like it" if others else ""
            flash(f"{words_of(first['name'])} is injected{beside}. It happens as the world lives on.", "success")
            return redirect(url_for("scenarios.show"), 303)
        except Refused as refused:
            if refused.refusal.code in _OF_THE_WHOLE_FORM:
                form.name.errors = [*form.name.errors, refusal_message(refused)]
            else:
                show_problem(form, refused)
    return _page(form)


def _page(form: ScenarioForm) -> ResponseReturnValue:
    kinds = api().scenarios.kinds().data["kinds"]
    cursor = request.args.get("cursor")
    injected = api().scenarios.list(limit=_PAGE, cursor=cursor)
    form.offer(kinds)
    form.form_id.data = form_id(form.form_id.data)
    page = render_template(
        "admin_scenarios.html",
        form=form,
        kinds=kinds,
        injected=injected.data,
        next_cursor=injected.next_cursor,
        cursor=cursor,
        words_of=words_of,
    )
    return page, 422 if form.errors else 200
