"""The keys that the bank signs log-ins with: which there are, and another one when an administrator wants it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from shared.identity.access import ADMIN, access

blueprint = Blueprint("keys", __name__)


@blueprint.get("/admin/keys")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """All keys, the newest first."""
    found = api().auth.signing_keys().data["signing_keys"]
    is_announced = any(key["stage"] == "announced" for key in found)
    return render_template("admin_keys.html", found=list(reversed(found)), is_announced=is_announced)


@blueprint.post("/admin/keys")
@access(ADMIN)
def change() -> ResponseReturnValue:
    """Have another key sign soon, and go back to where that is shown."""
    api().auth.change_signing_key()
    flash("Another key is announced, and used from two minutes on; nobody is logged out.", "success")
    return redirect(url_for("keys.show"), 303)
