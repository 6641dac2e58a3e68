"""The bank at a glance, for the people who work in it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.api_client import api
from sandbank.answers import Answer
from shared.identity.access import STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin", __name__)
T = TypeVar("T")


@blueprint.get("/admin")
@access(STAFF)
def overview() -> ResponseReturnValue:
    """The bank in figures for administrators; for everybody who works here its health, its time and the ways on."""
    report = _if_well(api().reports.system) if current_user.is_admin else None
    return render_template(
        "admin.html",
        report=report,
        is_live=current_user.is_admin and _is_live(),
        clock=_if_well(api().transactions.clock),
        health=current_app.extensions["bank_health"](),
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
