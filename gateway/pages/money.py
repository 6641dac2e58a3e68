"""Moving money: transfer, deposit, withdraw."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from shared.access import PRIVATE, access

blueprint = Blueprint("money", __name__)


@blueprint.get("/transfer")
@access(PRIVATE)
def transfer() -> ResponseReturnValue:
    """Pay another account."""
    return redirect(url_for("accounts.listing"))


@blueprint.get("/deposit")
@access(PRIVATE)
def deposit() -> ResponseReturnValue:
    """Put money in."""
    return redirect(url_for("accounts.listing"))


@blueprint.get("/withdraw")
@access(PRIVATE)
def withdraw() -> ResponseReturnValue:
    """Take money out."""
    return redirect(url_for("accounts.listing"))
