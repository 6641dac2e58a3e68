"""The proof: everything the bank knows twice, compared on demand."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shared.access import ADMIN, access

blueprint = Blueprint("proof", __name__)


@blueprint.get("/admin/proof")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """What the proof does, and the way to run it."""
    return render_template("admin_proof.html")
