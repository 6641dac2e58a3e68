"""The proof: everything the bank knows twice, computed again and compared, as a job that an administrator starts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from shared.identity.access import ADMIN, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("proof", __name__)
_UNDER_WAY = "PROOF_UNDER_WAY"
_UNFINISHED = frozenset({"queued", "running"})


@blueprint.get("/admin/proof")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """What is compared, and what came of it when it was last asked for. Looking starts nothing."""
    job = _latest()
    return render_template(
        "admin_proof.html",
        job=job,
        is_under_way=job is not None and job["status"] in _UNFINISHED,
        proof=job["result"] if job else None,
    )


@blueprint.post("/admin/proof")
@access(ADMIN)
def run() -> ResponseReturnValue:
    """Start the proof, and go back to where it is shown."""
    try:
        api().reports.start_proof()
    except Refused as refused:
        if refused.refusal.code != _UNDER_WAY:
            raise
        flash(refusal_message(refused), "warning")
    return redirect(url_for("proof.show"), 303)


def _latest() -> dict[str, Any] | None:
    """The proof that was asked for last; None before the first."""
    try:
        job: dict[str, Any] = dict(api().reports.latest_proof().data)
    except Refused as refused:
        if refused.refusal.code != NOT_FOUND.code:
            raise
        return None
    return job
