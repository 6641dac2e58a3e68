"""The bank at a glance, for the people who work in it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from gateway.web.side_by_side import side_by_side
from sandbank.answers import Answer
from shared.identity.access import STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin", __name__)
T = TypeVar("T")


@blueprint.get("/admin")
@access(STAFF)
def overview() -> ResponseReturnValue:
    """The bank in figures for administrators; for everybody who works here its health, its time and the ways on."""
    is_admin = current_user.is_admin
    with side_by_side() as page:
        report = page.ask(lambda: _if_well(api().reports.system) if is_admin else None)
        is_live = page.ask(lambda: is_admin and _is_live())
        clock = page.ask(lambda: _if_well(api().transactions.clock))
        health = current_app.extensions["bank_health"]()
        return render_template(
            "admin.html", report=report.answer(), is_live=is_live.answer(), clock=clock.answer(), health=health
        )


def _is_live() -> bool:
    status = _if_well(api().simulator.status)
    return status is not None and status["live"]["running"]


def _if_well(ask: Callable[[], Answer[T]]) -> T | None:
    """What the service says; None while it is away, because an overview is wanted most when something is."""
    try:
        return ask().data
    except Refused as refused:
        if refused.refusal.status < 500:
            raise
        return None
