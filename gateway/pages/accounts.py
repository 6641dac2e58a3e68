"""A customer's accounts: all of them, one of them, opening, naming and closing."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from gateway.bank_api import api, in_path
from shared.access import PRIVATE, access

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/accounts")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Every account with its balance."""
    accounts = api().get("/api/accounts/list", limit=200).data
    return render_template("accounts.html", accounts=accounts)


@blueprint.get("/accounts/new")
@access(PRIVATE)
def create() -> ResponseReturnValue:
    """Open an account."""
    return redirect(url_for("accounts.listing"))


@blueprint.get("/accounts/<account_id>")
@access(PRIVATE)
def details(account_id: str) -> ResponseReturnValue:
    """One account."""
    account = api().get(f"/api/accounts/details/{in_path(account_id)}").data
    return render_template("accounts.html", accounts=[account])


@blueprint.post("/accounts/<account_id>/rename")
@access(PRIVATE)
def rename(account_id: str) -> ResponseReturnValue:
    """Name the account."""
    return redirect(url_for("accounts.details", account_id=account_id), 303)


@blueprint.get("/accounts/<account_id>/close")
@access(PRIVATE)
def close(account_id: str) -> ResponseReturnValue:
    """Close the account."""
    return redirect(url_for("accounts.details", account_id=account_id))
