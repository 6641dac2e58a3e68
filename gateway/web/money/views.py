"""Moving money: fill in, review, send, receipt. However often a form is sent, its money moves once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.account_field import Account
from gateway.web.activity.other_side import other_side_name
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.idempotency import form_id, key_of
from gateway.web.money.forms import MovementForm, TransferForm, WithdrawalForm, add_error
from gateway.web.money.review import reviewed
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access
from shared.refusals import (
    IDEMPOTENCY_KEY_IN_FLIGHT,
    NOT_FOUND,
    RATE_LIMITED,
    Refused,
)

blueprint = Blueprint("money", __name__)
_MOST_PAYEES = 200

ABOUT_THE_AMOUNT = frozenset(
    {
        *("INSUFFICIENT_FUNDS", "MOVEMENT_LIMIT_EXCEEDED", "DAILY_LIMIT_EXCEEDED", "BALANCE_TOO_LARGE"),
        *("AMOUNT_TOO_SMALL", "QUOTE_MISMATCH", "NOTICE_REQUIRED"),
    }
)
ABOUT_THE_TARGET = frozenset({"SAME_ACCOUNT", "CURRENCY_MISMATCH", "RATE_UNAVAILABLE", NOT_FOUND.code})
QUOTE_EXPIRED = "QUOTE_EXPIRED"
ABOUT_AN_ACCOUNT = frozenset({"ACCOUNT_FROZEN", "ACCOUNT_CLOSED"})


@dataclass(frozen=True)
class Kind:
    """A kind of movement: what the API calls it, its form, and what its pages say. `role` is the own account's."""

    action: str
    form: type[MovementForm]
    pays: bool
    role: str
    title: str
    verb: str
    done: Callable[[dict[str, Any]], str]

    @property
    def template(self) -> str:
        """The page to fill in."""
        return f"{self.action}.html"


def _sent(it: dict[str, Any]) -> str:
    name = other_side_name(it)
    exchange = it["exchange"]
    arrived = f" as {shown(exchange['target_amount'])} {exchange['target_currency']}" if exchange else ""
    return f"Sent {shown(it['amount'])} {it['currency']}{f' to {name}' if name else ''}{arrived}."


TRANSFER = Kind("transfer", TransferForm, True, "From", "Transfer", "Send", _sent)
DEPOSIT = Kind(
    "deposit",
    MovementForm,
    False,
    "Into",
    "Deposit",
    "Deposit",
    lambda it: f"Paid in {shown(it['amount'])} {it['currency']}.",
)
WITHDRAWAL = Kind(
    "withdraw",
    WithdrawalForm,
    True,
    "From",
    "Withdrawal",
    "Withdraw",
    lambda it: f"Took out {shown(it['amount'])} {it['currency']}.",
)


@blueprint.route("/transfer", methods=["GET", "POST"])
@access(PRIVATE)
def transfer() -> ResponseReturnValue:
    """Pay another account."""
    return _page(TRANSFER)


@blueprint.route("/deposit", methods=["GET", "POST"])
@access(PRIVATE)
def deposit() -> ResponseReturnValue:
    """Put money in."""
    return _page(DEPOSIT)


@blueprint.route("/withdraw", methods=["GET", "POST"])
@access(PRIVATE)
def withdraw() -> ResponseReturnValue:
    """Take money out."""
    return _page(WITHDRAWAL)


def _page(kind: Kind) -> ResponseReturnValue:
    form = kind.form()
    form.form_id.data = form_id(form.form_id.data)
    step = request.form.get("step")
    if step == "send" and form.is_ready:
        return _send(kind, form)
    accounts = _offer_accounts(form)
    if request.method == "GET":
        form.prefill(request.args)
    elif step != "edit":
        return _review(kind, form, accounts)
    return render_template(kind.template, kind=kind, form=form, accounts=accounts)


def _review(kind: Kind, form: MovementForm, accounts: Sequence[Account]) -> ResponseReturnValue:
    try:
        review = reviewed(form, role=kind.role, pays=kind.pays)
    except Refused:
        review = None
        form.form_errors.append("The bank cannot check this right now. Nothing was sent; try again in a moment.")
    if review is None:
        return render_template(kind.template, kind=kind, form=form, accounts=accounts), 422
    return render_template("money_review.html", kind=kind, form=form, review=review)


def _send(kind: Kind, form: MovementForm) -> ResponseReturnValue:
    order = form.payload()
    # Reviewed again it is still the same payment, by another quote: that must not pay a second time.
    key = key_of(form.form_id.data, kind.action, {**order, "quote_id": ""})
    try:
        done = api().post(f"/api/transactions/{kind.action}", order, idempotency_key=key).data
    except Refused as refused:
        status = refused.refusal.status
        if status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
            return render_template("money_review.html", kind=kind, form=form, review=None), status
        if refused.refusal.code == QUOTE_EXPIRED:
            accounts = _offer_accounts(form)
            form.form_errors.append(refusal_message(refused))
            return _review(kind, form, accounts)
        if status != RATE_LIMITED.status:  # a final no: what is sent next is something new
            form.form_id.data = new_id()
        accounts = _offer_accounts(form)
        _show_refusal(form, refused)
        return render_template(kind.template, kind=kind, form=form, accounts=accounts), 422
    flash(kind.done(done), "success")
    return redirect(url_for("transactions.details", transaction_id=done["id"]), 303)


def _offer_accounts(form: MovementForm) -> Sequence[Account]:
    accounts = [one for one in api().accounts.iterate() if one["status"] in ("open", "frozen")]
    form.offer(accounts)
    if isinstance(form, TransferForm):
        with suppress(Refused):  # numbers can be typed
            form.payees = api().payees.list(limit=_MOST_PAYEES).data
    return accounts


def _show_refusal(form: MovementForm, refused: Refused) -> None:
    """Put the ledger's no beside the field that it is about."""
    code, sentence = refused.refusal.code, refusal_message(refused)
    account, target = form.own.account, form.target if isinstance(form, TransferForm) else form.own
    if code in ABOUT_THE_AMOUNT:
        add_error(form.amount, sentence)
    elif code in ABOUT_AN_ACCOUNT:
        is_own = account is None or account["status"] != "open"
        add_error(form.own if is_own else target, sentence)
    elif code in ABOUT_THE_TARGET:
        add_error(form.own if account is None else target, sentence)
    else:
        show_problem(form, refused)
