"""A page of a list that cannot be found leads to the list's beginning, with a word about it."""

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from shared.refusals import Refused


def first_page(refused: Refused, address: str) -> ResponseReturnValue | None:
    """To where the list begins, when its cursor is what was refused; None when it is something else."""
    if "cursor" not in refused.details.get("fields", {}):
        return None
    flash("That page of the list no longer exists. This is the first page.", "info")
    return redirect(address, 303)
