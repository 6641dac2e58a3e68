"""The proof: everything the bank knows twice, computed again and compared, when somebody asks for it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from shared.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("proof", __name__)
_UNDER_WAY = "PROOF_UNDER_WAY"


@blueprint.get("/admin/proof")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """What is compared; with `?run=now` the result. The proof only reads, so an address that runs it does no harm."""
    if request.args.get("run") != "now":
        return render_template("admin_proof.html")
    try:
        return render_template("admin_proof.html", proof=api().get("/api/reports/proof").data)
    except Refused as refused:
        if refused.refusal.code != _UNDER_WAY:
            raise
        return render_template("admin_proof.html", not_now=refused.message or refused.refusal.message), 409
