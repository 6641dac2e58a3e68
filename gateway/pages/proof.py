"""The proof: everything the bank knows twice, computed again and compared, when somebody asks for it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from gateway.bank_api import api
from shared.access import ADMIN, access

blueprint = Blueprint("proof", __name__)


@blueprint.get("/admin/proof")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """What is compared; with `?run=now` the result. The proof only reads, so an address that runs it does no harm."""
    proof = api().get("/api/reports/proof").data if request.args.get("run") == "now" else None
    return render_template("admin_proof.html", proof=proof)
