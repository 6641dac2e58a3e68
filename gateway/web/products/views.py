"""What the bank offers, for everybody to read before they become a customer."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from shared.identity.access import PUBLIC, access

blueprint = Blueprint("products", __name__)


@blueprint.get("/products")
@access(PUBLIC)
def listing() -> ResponseReturnValue:
    """Every product with its terms."""
    return render_template("products.html", products=api().products.list().data)
