"""Faults on demand: what goes wrong on purpose with requests to the API, in a bank in development."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.faults.forms import KINDS, FaultForm
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from sandbank.types.faults import Fault
from shared.identity.access import ADMIN, access
from shared.refusals import FORBIDDEN, NOT_FOUND, Refused

blueprint = Blueprint("faults", __name__)


@blueprint.get("/admin/faults")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """The faults there are, and a form for another; in production there are none."""
    return _page(FaultForm(None))


@blueprint.post("/admin/faults")
@access(ADMIN)
def add() -> ResponseReturnValue:
    """Let something go wrong from now on."""
    form = FaultForm()
    if form.validate():
        try:
            api().faults.add(**form.payload())
            flash("From now on it goes wrong.", "success")
            return redirect(url_for("faults.show"), 303)
        except Refused as refused:
            show_problem(form, refused, probability="percent")
    return _page(form)


@blueprint.post("/admin/faults/<fault_id>/remove")
@access(ADMIN)
def remove(fault_id: str) -> ResponseReturnValue:
    """Let it go wrong no more."""
    try:
        api().faults.remove(fault_id)
        flash("The fault is removed.", "success")
    except Refused as refused:
        if refused.refusal.status != NOT_FOUND.status:
            raise
        flash("That fault was gone already.", "info")
    return redirect(url_for("faults.show"), 303)


@blueprint.post("/admin/faults/remove-all")
@access(ADMIN)
def remove_all() -> ResponseReturnValue:
    """Let everything go as it should."""
    api().faults.clear()
    flash("Everything goes as it should again.", "success")
    return redirect(url_for("faults.show"), 303)


def _page(form: FaultForm) -> ResponseReturnValue:
    faults: list[Fault] = []
    is_there = True
    try:
        faults = api().faults.list().data
    except Refused as refused:
        if refused.refusal.status != FORBIDDEN.status:
            raise
        is_there = False
    page = render_template("admin_faults.html", form=form, faults=faults, is_there=is_there, kinds=KINDS)
    return page, 422 if form.errors else 200
