"""Credit cards: ordering one, its bills, and paying what is owed before it is collected."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.account_field import Account
from gateway.web.api_client import api
from gateway.web.cards.credit_forms import CreditTermsForm, OrderCreditCardForm, PayCardForm
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.idempotency import form_id, key_of
from gateway.web.money.forms import add_error
from gateway.web.pagination import first_page
from sandbank.types.cards import Card
from shared.card_enums import CardStatementStatus
from shared.identifiers import new_id
from shared.identity.access import PRIVATE, access
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, NOT_FOUND, Refused

blueprint = Blueprint("credit_cards", __name__)
_OVER = frozenset({"cancelled", "replaced"})
_SERVER_ERRORS = 500
_PAGE = 24
_OPEN = CardStatementStatus.OPEN.value


@blueprint.route("/cards/new/credit", methods=["GET", "POST"])
@access(PRIVATE)
def create() -> ResponseReturnValue:
    """Order a credit card. However often the form is sent, it is one card."""
    form = OrderCreditCardForm()
    form.form_id.data = form_id(form.form_id.data)
    accounts = _accounts("checking")
    form.settlement_account.offer(accounts, unchosen="Choose an account" if len(accounts) > 1 else None)
    product = next((one for one in api().products.list().data if one["code"] == "credit"), None)
    status = 200
    if request.method == "POST" and form.validate():
        chosen = form.settlement_account.account
        if chosen is None:
            form.settlement_account.errors = ["Choose one of these."]
        elif form.settle_limit(chosen["currency"]):
            order = form.payload()
            key = key_of(form.form_id.data, "order credit card", {name: str(value) for name, value in order.items()})
            try:
                card = api().cards.create_credit(**order, idempotency_key=key).data
            except Refused as refused:
                status = _not_done(form, refused, settlement_account_id="settlement_account")
            else:
                flash("Your credit card is ready.", "success")
                return redirect(url_for("cards.details", card_id=card["id"]), 303)
    page = render_template("card_new_credit.html", form=form, accounts=accounts, product=product, status=status)
    return page, 422 if form.errors else status


@blueprint.route("/cards/<credit_card_id>/terms", methods=["GET", "POST"])
@access(PRIVATE)
def terms(credit_card_id: str) -> ResponseReturnValue:
    """Set what the card may lend, its billing day and linked account: its holder does, or staff for them."""
    card, form = _credit_card(credit_card_id), CreditTermsForm()
    if card["replaced_by"] or card["status"] in _OVER:
        raise Refused(NOT_FOUND)
    is_own = _is_own(card)
    form.settlement_account.offer(_settling(card), present=card["settlement_account_id"])
    if request.method == "GET":
        form.credit_limit.data, form.billing_day.data = card["credit_limit"], card["billing_day"]
        form.settlement_account.data = card["settlement_account_id"]
    elif form.validate() & form.settle_limit(card["currency"]):
        if form.settlement_account.account is None:
            form.settlement_account.errors = ["Choose one of these."]
        else:
            try:
                api().cards.update(card["id"], **form.payload(card))
            except Refused as refused:
                show_problem(form, refused, settlement_account_id="settlement_account")
            else:
                flash("Saved.", "success")
                return redirect(url_for("cards.details", card_id=card["id"]), 303)
    page = render_template("card_terms.html", card=card, form=form, is_own=is_own)
    return page, 422 if form.errors else 200


@blueprint.get("/cards/<credit_card_id>/bills")
@access(PRIVATE)
def bills(credit_card_id: str) -> ResponseReturnValue:
    """What the next bill will say, and a page of those there have been; further pages have the latter alone, and so
    have those of a card that was given up.
    """
    card, cursor = _credit_card(credit_card_id), request.args.get("cursor")
    try:
        found = api().cards.statements(card["id"], limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("credit_cards.bills", credit_card_id=card["id"])):
            return anew
        raise
    now = next((one for one in found.data if one["status"] == _OPEN), None)
    made = [one for one in found.data if one["status"] != _OPEN]
    page = {"now": now, "bills": made, "cursor": cursor, "next_cursor": found.next_cursor}
    return render_template("card_bills.html", card=card, is_own=_is_own(card), **page)


@blueprint.get("/cards/<credit_card_id>/bills/<statement_id>")
@access(PRIVATE)
def bill(credit_card_id: str, statement_id: str) -> ResponseReturnValue:
    """One bill, and what makes it up; `open` is what the next one would say now."""
    card = _credit_card(credit_card_id)
    if statement_id == "open":
        it = next((one for one in api().cards.statements(card["id"], limit=1).data if one["status"] == _OPEN), None)
    else:
        it = api().cards.statement(statement_id).data
    if it is None or it["account_id"] != card["account_id"]:
        raise Refused(NOT_FOUND)
    return render_template("card_bill.html", card=card, it=it, is_own=_is_own(card))


@blueprint.route("/cards/<credit_card_id>/pay", methods=["GET", "POST"])
@access(PRIVATE)
def pay(credit_card_id: str) -> ResponseReturnValue:
    """Pay what is owed now: fill in, review, send, receipt. However often it is sent, it is paid once."""
    card, form = _credit_card(credit_card_id), PayCardForm()
    if not _is_own(card):
        raise Refused(NOT_FOUND)
    form.form_id.data = form_id(form.form_id.data)
    payers = [one for one in _accounts() if one["currency"] == card["currency"]]
    form.from_account.offer(payers)
    step, status = request.form.get("step"), 200
    if request.method == "GET":
        form.from_account.data = card["settlement_account_id"]
        form.amount.data = (card["balance"] or "").removeprefix("-") if _owes(card) else ""
    elif step != "edit" and _is_payable(form, card) and (step == "send" or _is_owed(form, card)):
        if step != "send":
            return render_template("card_pay_review.html", card=card, form=form, is_unknown=False)
        try:
            return _paid(card["id"], form)
        except Refused as refused:
            if refused.refusal.status >= _SERVER_ERRORS or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
                page = render_template("card_pay_review.html", card=card, form=form, is_unknown=True)
                return page, max(refused.refusal.status, 503)
            status = _not_done(form, refused, from_account_id="from_account")
    page = render_template("card_pay.html", card=card, form=form, owes=_owes(card))
    return page, 422 if form.errors else status


def _paid(card_id: str, form: PayCardForm) -> ResponseReturnValue:
    order = form.payload()
    key = key_of(form.form_id.data, f"pay card {card_id}", order)
    done = api().cards.pay(card_id, **order, idempotency_key=key).data
    flash(f"Paid {shown(done['amount'])} {done['currency']}.", "success")
    return redirect(url_for("transactions.details", transaction_id=done["transaction_id"]), 303)


def _is_payable(form: PayCardForm, card: Card) -> bool:
    """Whether this can be sent; what is wrong with it stands beside its field."""
    is_valid = bool(form.validate())
    payer = form.from_account.account
    if payer is None:
        add_error(form.from_account, "Choose one of your accounts.")
        return False
    if not form.settle_amount(card["currency"]):
        return False
    if Decimal(form.amount.data) > Decimal(payer["available_balance"]):
        available = f"{shown(payer['available_balance'])} {payer['currency']}"
        add_error(form.amount, f"That is more than the {available} available on this account.")
        return False
    return is_valid


def _is_owed(form: PayCardForm, card: Card) -> bool:
    """Whether so much is owed; what is sent again is not asked, as it may be what was paid meanwhile."""
    owed = (card["balance"] or "").removeprefix("-") if _owes(card) else "0"
    if Decimal(form.amount.data or "0") > Decimal(owed):
        add_error(form.amount, f"That is more than the {shown(owed)} {card['currency']} owed on this card.")
        return False
    return True


def _not_done(form: OrderCreditCardForm | PayCardForm, refused: Refused, **renamed: str) -> int:
    """Put a clear no into the form, whose next sending is something new; else the status of what nobody knows yet."""
    status = refused.refusal.status
    if status >= _SERVER_ERRORS or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
        return max(status, 503)
    form.form_id.data = new_id()
    show_problem(form, refused, **renamed)
    return 422


def _credit_card(card_id: str) -> Card:
    card = api().cards.details(card_id).data
    if card["kind"] != "credit":
        raise Refused(NOT_FOUND)
    return card


def _accounts(account_type: str = "") -> list[Account]:
    """One's own accounts that money can come from."""
    found = [one for one in api().accounts.iterate() if one["status"] in ("open", "frozen")]
    return [one for one in found if one["account_type"] == (account_type or one["account_type"]) != "credit"]


def _settling(card: Card) -> list[Account]:
    """Accounts of its holder from which the card can be settled, the one that it is settled from among them."""
    mine = (
        api().accounts.iterate() if _is_own(card) else api().accounts.list_all(user_id=card["user_id"], limit=200).data
    )
    found = [one for one in mine if one["account_type"] == "checking" and one["currency"] == card["currency"]]
    return [one for one in found if one["status"] in ("open", "frozen")]


def _is_own(card: Card) -> bool:
    return bool(card["user_id"] == current_user.id)


def _owes(card: Card) -> bool:
    return str(card["balance"]).startswith("-")
