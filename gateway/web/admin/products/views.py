"""What the bank offers, for administrators: its products, their versions, and changing them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.products.forms import FIELDS_OF_API, NewProductForm, ProductChangeForm
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.formatting import day
from sandbank.types.products import Product
from shared import settings
from shared.identity.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("admin_products", __name__)


@blueprint.get("/admin/products")
@access(ADMIN)
def listing() -> ResponseReturnValue:
    """Every product as it is today."""
    return render_template("admin_products.html", products=api().products.list().data)


@blueprint.route("/admin/products/new", methods=["GET", "POST"])
@access(ADMIN)
def create() -> ResponseReturnValue:
    """Offer a new one."""
    form = NewProductForm()
    form.offer_currencies(settings.bank_currency())
    if request.method == "POST" and form.validate() and (terms := form.terms()) is not None:
        code = (form.code.data or "").strip()
        try:
            api().products.create(code, form.account_type.data, form.name.data, currency=form.currency.data, **terms)
        except Refused as refused:
            show_problem(form, refused, **FIELDS_OF_API)
        else:
            flash("The product is on offer.", "success")
            return redirect(url_for("admin_products.details", code=code), 303)
    return render_template("admin_product_new.html", form=form), 422 if form.errors else 200


@blueprint.route("/admin/products/<code>", methods=["GET", "POST"])
@access(ADMIN)
def details(code: str) -> ResponseReturnValue:
    """The versions of a product, and its terms to change. A change that was sent twice is refused the second time."""
    form = ProductChangeForm()
    if request.method == "POST" and form.validate() and (terms := form.terms()) is not None:
        try:
            changed = api().products.change(
                code,
                _version(form),
                form.name.data,
                valid_from=(form.valid_from.data or "").strip() or None,
                **terms,
            )
        except Refused as refused:
            show_problem(form, refused, **FIELDS_OF_API)
        else:
            flash(f"The new terms apply from {day(str(changed.data['valid_from']))}.", "success")
            return redirect(url_for("admin_products.details", code=code), 303)
    versions, current = api().products.versions(code).data, api().products.details(code).data
    if request.method == "GET":
        _begin(form, versions[0])
    page = render_template(
        "admin_product.html", form=form, product=current, versions=versions, newest=versions[0]["version"]
    )
    return page, 422 if form.errors else 200


def _begin(form: ProductChangeForm, newest: Product) -> None:
    form.show(newest)
    form.version.data = str(newest["version"])


def _version(form: ProductChangeForm) -> int:
    """The version that the form was made from; 0, which is none, for what is no number."""
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
