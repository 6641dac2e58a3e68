"""A person's webhooks: listed, made, changed, tried, switched off and deleted; what was sent, and sending it again.

A secret is shown on the page that answers the form that made it, and on no other.
"""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.pagination import first_page
from gateway.web.webhooks.forms import ChaosForm, DeliveryFilters, WebhookForm
from sandbank.types.webhooks import Webhook, WebhookDelivery
from shared import settings
from shared.identity.access import PRIVATE, access
from shared.refusals import FORBIDDEN, VALIDATION, Refused

blueprint = Blueprint("webhooks", __name__)
_PAGE = 25


@blueprint.get("/webhooks")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """All webhooks, newest first."""
    cursor = request.args.get("cursor")
    try:
        page = api().webhooks.list(limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("webhooks.listing")):
            return anew
        raise
    return render_template("webhooks.html", webhooks=page.data, next_cursor=page.next_cursor, cursor=cursor)


@blueprint.route("/webhooks/new", methods=["GET", "POST"])
@access(PRIVATE)
def new() -> ResponseReturnValue:
    """Make one; its secret is shown this once."""
    form = _form()
    if request.method == "POST" and form.validate():
        try:
            made = api().webhooks.create(**form.payload()).data
            return _secret_page(made["id"], made["secret"], None)
        except Refused as refused:
            show_problem(form, refused)
    page = render_template("webhook_form.html", form=form, webhook=None)
    return page, 422 if form.errors else 200


@blueprint.get("/webhooks/<webhook_id>")
@access(PRIVATE)
def details(webhook_id: str) -> ResponseReturnValue:
    """One webhook and what was sent to it, newest first."""
    webhook = api().webhooks.details(webhook_id).data
    filters, cursor = DeliveryFilters(request.args), request.args.get("cursor")
    deliveries: list[WebhookDelivery] = []
    next_cursor = None
    try:
        path = f"/api/webhooks/{webhook['id']}/deliveries"
        page = api().page(path, limit=_PAGE, cursor=cursor, **filters.chosen)
        deliveries, next_cursor = page.data, page.next_cursor
    except Refused as refused:
        if anew := first_page(refused, url_for("webhooks.details", webhook_id=webhook_id, **filters.chosen)):
            return anew
        show_problem(filters, refused)
    texts = {"webhook": webhook, "filters": filters, "deliveries": deliveries, "may_try": not settings.is_production()}
    rendered = render_template("webhook_details.html", **texts, next_cursor=next_cursor, cursor=cursor)
    return rendered, 422 if filters.errors else 200


@blueprint.route("/webhooks/<webhook_id>/change", methods=["GET", "POST"])
@access(PRIVATE)
def change(webhook_id: str) -> ResponseReturnValue:
    """Another address, other events or another name."""
    webhook, form = api().webhooks.details(webhook_id).data, _form()
    if request.method == "GET":
        form.show(webhook)
    elif form.validate():
        try:
            api().call("PUT", f"/api/webhooks/{webhook['id']}", form.payload())  # an address may be taken away
            return _back(webhook, "Saved.")
        except Refused as refused:
            show_problem(form, refused)
    page = render_template("webhook_form.html", form=form, webhook=webhook)
    return page, 422 if form.errors else 200


@blueprint.route("/webhooks/<webhook_id>/chaos", methods=["GET", "POST"])
@access(PRIVATE)
def chaos(webhook_id: str) -> ResponseReturnValue:
    """Inject delivery faults, in a bank in development."""
    webhook, form = api().webhooks.details(webhook_id).data, ChaosForm()
    if request.method == "GET":
        form.show(webhook)
    elif form.validate():
        try:
            changed = api().webhooks.set_chaos(webhook_id, **form.payload()).data
            is_on = any(changed["chaos"].values())
            return _back(changed, "From now on things go wrong on the way here." if is_on else "Nothing goes wrong.")
        except Refused as refused:
            show_problem(form, refused)
    page = render_template("webhook_chaos.html", form=form, webhook=webhook)
    return page, 422 if form.errors else 200


@blueprint.post("/webhooks/<webhook_id>/on")
@access(PRIVATE)
def switch_on(webhook_id: str) -> ResponseReturnValue:
    """Go on."""
    return _switched(webhook_id, "It is on again.", enabled=True)


@blueprint.post("/webhooks/<webhook_id>/off")
@access(PRIVATE)
def switch_off(webhook_id: str) -> ResponseReturnValue:
    """Let nothing be sent for now."""
    return _switched(webhook_id, "It is off: nothing is kept or sent.", enabled=False)


@blueprint.post("/webhooks/<webhook_id>/ping")
@access(PRIVATE)
def ping(webhook_id: str) -> ResponseReturnValue:
    """Have a message sent that says nothing."""
    webhook = api().webhooks.details(webhook_id).data
    if webhook["url"] is None:
        flash("It has no address that anything could be sent to.", "warning")
        return redirect(url_for("webhooks.details", webhook_id=webhook_id), 303)
    api().webhooks.ping(webhook_id)
    return _back(webhook, "A message is on its way. What is answered appears here.")


@blueprint.post("/webhooks/<webhook_id>/rotate-secret")
@access(PRIVATE)
def rotate_secret(webhook_id: str) -> ResponseReturnValue:
    """A new secret, shown this once."""
    made = api().webhooks.rotate_secret(webhook_id).data
    return _secret_page(made["id"], made["secret"], made["previous_secret_until"])


@blueprint.post("/webhooks/<webhook_id>/delete")
@access(PRIVATE)
def delete(webhook_id: str) -> ResponseReturnValue:
    """Send nothing there any more."""
    api().webhooks.delete(webhook_id)
    flash("The webhook is deleted: nothing is sent there any more.", "success")
    return redirect(url_for("webhooks.listing"), 303)


@blueprint.post("/webhooks/deliveries/<delivery_id>/redeliver")
@access(PRIVATE)
def redeliver(delivery_id: str) -> ResponseReturnValue:
    """Send an event once more."""
    try:
        again = api().webhooks.redeliver(delivery_id).data
    except Refused as refused:
        if refused.refusal.code != VALIDATION.code:
            raise
        flash("Its webhook has no address that anything could be sent to.", "warning")
        return redirect(url_for("webhooks.listing"), 303)
    flash("It is sent again, with the same id.", "success")
    return redirect(url_for("webhooks.details", webhook_id=again["webhook_id"]), 303)


def _form() -> WebhookForm:
    form = WebhookForm()
    form.offer(api().webhooks.event_types().data)
    return form


def _switched(webhook_id: str, said: str, *, enabled: bool) -> ResponseReturnValue:
    try:
        webhook = api().webhooks.change(webhook_id, enabled=enabled).data
    except Refused as refused:
        if refused.refusal.status != FORBIDDEN.status:
            raise
        flash("Only administrators hear of the whole bank.", "warning")
        return redirect(url_for("webhooks.details", webhook_id=webhook_id), 303)
    return _back(webhook, said)


def _back(webhook: Webhook, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("webhooks.details", webhook_id=webhook["id"]), 303)


def _secret_page(webhook_id: str, secret: str, until: str | None) -> Response:
    """Kept nowhere, and not to be found again."""
    page = make_response(render_template("webhook_secret.html", webhook_id=webhook_id, secret=secret, until=until))
    page.headers["Cache-Control"] = "no-store"
    return page
