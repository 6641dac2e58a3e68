"""A customer's accounts: all of them, one of them, opening, naming and closing."""

from collections.abc import Sequence
from decimal import Decimal

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.account_field import Account
from gateway.web.accounts.daily_balances import daily_balances
from gateway.web.accounts.forms import CloseAccountForm, MovementFilters, NameAccountForm, OpenAccountForm
from gateway.web.api_client import api
from gateway.web.balance_totals import owed, totals
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.idempotency import form_id, key_of
from gateway.web.side_by_side import side_by_side
from gateway.web.upcoming.next_payments import next_payments
from sandbank.types import Hold, Transaction
from sandbank.types.products import Product
from shared import settings
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access
from shared.observability.logs import cause_of
from shared.refusals import FORBIDDEN, IDEMPOTENCY_KEY_IN_FLIGHT, RATE_LIMITED, Refused

logger = structlog.get_logger(__name__)

blueprint = Blueprint("accounts", __name__)
ENDED = frozenset({"closed", "refused"})
_PAGE = 20
_HOLDS = 5
_DRAWN = 200
"""How many of the newest movements the balance over time is drawn from."""


@blueprint.get("/accounts")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Every account with its balance; the closed ones apart."""
    accounts = list(api().accounts.iterate())
    held = [one for one in accounts if one["status"] not in ENDED]
    ended = [one for one in accounts if one["status"] in ENDED]
    return render_template("accounts.html", accounts=held, ended=ended, totals=totals(held), owed=owed(held))


@blueprint.route("/accounts/new", methods=["GET", "POST"])
@access(PRIVATE)
def create() -> ResponseReturnValue:
    """Open an account. However often the form is sent, it opens one."""
    form = OpenAccountForm()
    form.form_id.data = form_id(form.form_id.data)
    products = [one for one in api().products.list().data if one["account_type"] != "credit"]  # comes with its card
    form.offer(products, settings.bank_currency())
    status = 200
    if request.method == "POST":
        is_valid = form.validate()
        if form.settle_deposit() and is_valid:
            try:
                return _open(form)
            except Refused as refused:
                status = _show_not_opened(form, refused)
        else:
            status = 422
    else:
        form.product.data = products[0]["code"]
        form.currency.data = settings.bank_currency()
    offered = {one["code"]: one for one in products}
    return render_template("create_account.html", form=form, offered=offered, is_unknown=status >= 500), status


def _open(form: OpenAccountForm) -> ResponseReturnValue:
    order = form.payload()
    key = key_of(form.form_id.data, "open account", order)
    account = api().post("/api/accounts/create", order, idempotency_key=key).data
    flash("Your account is open.", "success")
    return redirect(url_for("accounts.details", account_id=account["id"]), 303)


def _show_not_opened(form: OpenAccountForm, refused: Refused) -> int:
    """What went wrong, in the form; the page's status. A final no makes what is sent next something new."""
    status = refused.refusal.status
    if status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
        return max(status, 503)
    if status != RATE_LIMITED.status:
        form.form_id.data = new_id()
    if refused.refusal.code in ("MOVEMENT_LIMIT_EXCEEDED", "BALANCE_TOO_LARGE"):
        form.initial_deposit.errors = [refusal_message(refused)]
    else:
        show_problem(form, refused)
    return 422


@blueprint.get("/accounts/<account_id>")
@access(PRIVATE)
def details(account_id: str) -> ResponseReturnValue:
    """One account: its number, its balance now and over time, and its movements."""
    account = _account(account_id)
    return _details(account, NameAccountForm(data={"nickname": account["nickname"]}))


@blueprint.post("/accounts/<account_id>")
@access(PRIVATE)
def rename(account_id: str) -> ResponseReturnValue:
    """Give the account another name."""
    form, account = NameAccountForm(), _account(account_id)
    if account["user_id"] != current_user.id:
        raise Refused(FORBIDDEN, "Only its holder names an account.")
    if form.validate():
        try:
            api().accounts.rename(account_id, (form.nickname.data or "").strip())
        except Refused as refused:
            show_problem(form, refused)
        else:
            flash("The account has been renamed.", "success")
            return redirect(url_for("accounts.details", account_id=account_id), 303)
    return _details(account, form)


@blueprint.route("/accounts/<account_id>/close", methods=["GET", "POST"])
@access(PRIVATE)
def close(account_id: str) -> ResponseReturnValue:
    """Close the account, once it is empty and its owner has said yes."""
    form, account = CloseAccountForm(), _account(account_id)
    if account["status"] in ENDED:
        return redirect(url_for("accounts.details", account_id=account_id), 303)
    if request.method == "POST" and form.validate():
        try:
            api().accounts.close(account_id)
        except Refused as refused:
            if refused.refusal.status >= 500:
                form.form_errors.append("The bank did not answer in time. Try again: it cannot be closed twice.")
            else:
                show_problem(form, refused)
                account = _account(account_id)
        else:
            flash("The account is closed.", "success")
            return redirect(url_for("accounts.listing"), 303)
    return render_template("account_close.html", account=account, form=form), 422 if form.errors else 200


def _account(account_id: str) -> Account:
    found: Account = api().accounts.details(account_id).data
    return found


def _details(account: Account, naming: NameAccountForm) -> ResponseReturnValue:
    filters = MovementFilters(request.args)
    with side_by_side() as page:
        balances = page.ask(lambda: _daily_balances(account))
        holds = page.ask(lambda: _pending_holds(account))
        product = page.ask(lambda: _product(account))
        upcoming = page.ask(lambda: next_payments(account_id=account["id"], user_id=account["user_id"]))
        try:
            movements, next_cursor = _movements(account, filters)
        except Refused as refused:
            filters.show(refused)
            movements, next_cursor = [], None
        rendered = render_template(
            "account_details.html",
            account=account,
            has_ended=account["status"] in ENDED,
            is_own=account["user_id"] == current_user.id,
            holds=holds.answer(),
            product=product.answer(),
            upcoming=upcoming.answer(),
            naming=naming,
            filters=filters,
            movements=movements,
            next_cursor=next_cursor,
            balances=balances.answer(),
        )
    return rendered, 422 if naming.errors or filters.errors else 200


def _product(account: Account) -> Product | None:
    """The terms on which it is held; None where nobody can say."""
    if not account["product"]:
        return None
    try:
        found: Product = api().products.details(account["product"]).data
    except Refused as refused:
        logger.info("product_unknown", cause=cause_of(refused))
        return None
    return found


def _movements(account: Account, filters: MovementFilters) -> tuple[Sequence[Transaction], str | None]:
    """A page of the account's movements, and the cursor of the next."""
    page = api().transactions.of_account(account["id"], limit=_PAGE, cursor=request.args.get("cursor"), **filters.asked)
    return page.data, page.next_cursor


def _pending_holds(account: Account) -> Sequence[Hold]:
    """The newest of what is held on it, but for card payments, which are among the movements."""
    if not Decimal(account["held"]):
        return []
    newest = api().holds.list(account_id=account["id"], status="pending", limit=2 * _HOLDS).data
    return [one for one in newest if one["authorization_id"] is None][:_HOLDS]


def _daily_balances(account: Account) -> list[dict[str, str]]:
    newest = api().transactions.of_account(account["id"], limit=_DRAWN, status="completed").data
    return daily_balances(newest, api().transactions.clock().data["bank_time"])
