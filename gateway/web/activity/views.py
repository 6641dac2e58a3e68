"""A person's transactions: the searchable list, and one as a receipt."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web import formatting
from gateway.web.account_field import name_of
from gateway.web.activity.forms import TransactionFilters
from gateway.web.api_client import api
from gateway.web.error_messages import history_message
from gateway.web.form_choices import account_choices, category_choices, own_accounts
from gateway.web.pagination import first_page
from gateway.web.reversals.views import left_to_reverse
from gateway.web.side_by_side import side_by_side
from sandbank.types import Transaction
from sandbank.types.cards import Dispute
from shared.card_enums import DISPUTE_DAYS
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("transactions", __name__)


@blueprint.get("/transactions")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """Own transactions, newest first, a day at a time, narrowed by what the address says."""
    filters, cursor = TransactionFilters(request.args), request.args.get("cursor")
    found, next_cursor = [], None
    with side_by_side() as page:
        categories, asked_accounts = page.ask(category_choices), page.ask(own_accounts)
        try:
            answer = api().transactions.list(cursor=cursor, **filters.asked)
            found, next_cursor = answer.data, answer.body["next_cursor"]
        except Refused as refused:
            if anew := first_page(refused, url_for("transactions.listing", **filters.chosen)):
                return anew
            filters.show(refused)
        accounts = asked_accounts.answer()
        filters.offer(account_choices(accounts), categories.answer())
        rendered = render_template(
            "transactions.html",
            filters=filters,
            days=[(day, list(rows)) for day, rows in groupby(found, lambda it: formatting.weekday(it["effective_at"]))],
            names={one["id"]: name_of(one) for one in accounts} if len(accounts) > 1 else {},
            has_accounts=bool(accounts),
            next_cursor=next_cursor,
            cursor=cursor,
        )
    return rendered, 422 if filters.errors else 200


@blueprint.get("/transactions/<transaction_id>")
@access(PRIVATE)
def details(transaction_id: str) -> ResponseReturnValue:
    """One transaction, as a receipt."""
    it = api().transactions.details(transaction_id).data
    account, dispute = _account_of(it), _dispute_of(it)
    is_own = account is not None and account["user_id"] == current_user.id
    return render_template(
        "transaction_details.html",
        it=it,
        account=account,
        reason=history_message(it["error_code"]) if it["error_code"] else None,
        dispute=dispute,
        can_dispute=is_own and dispute is None and _is_disputable(it),
        due_work_link=_due_work_link(it),
        can_reverse=dispute is None and left_to_reverse(it) is not None,
    )


@blueprint.get("/transactions/<transaction_id>/explain")
@access(PRIVATE)
def explain(transaction_id: str) -> ResponseReturnValue:
    """Why a transaction is what it is."""
    found = api().transactions.explain(transaction_id).data
    return render_template("transaction_explained.html", found=found, it=found["transaction"])


_ORDERS_OF = {
    "standing_order": ("orders.details", "order_id"),
    "transfer": ("orders.scheduled_details", "payment_id"),
    "exchange": ("orders.scheduled_details", "payment_id"),
    "direct_debit": ("direct_debits.collection", "collection_id"),
}


def _due_work_link(it: Transaction) -> str | None:
    """Where the order or the direct debit is shown that it came of, to those who may read that."""
    page, name = _ORDERS_OF.get(it["type"], ("", ""))
    may_read = current_user.is_staff or it["direction"] == "out" or it["type"] == "direct_debit"
    named: dict[str, Any] = {name: it["due_work_id"]}
    return url_for(page, **named) if page and it["due_work_id"] and may_read else None


def _dispute_of(it: Transaction) -> Dispute | None:
    """What its card's holder said against it; None where nobody did, and where it cannot be asked for."""
    if it["card"] is None or it["status"] != "completed":
        return None
    try:
        found: Sequence[Dispute] = api().card_network.list_disputes(transaction_id=it["id"], limit=1).data
    except Refused:  # the receipt says enough without it
        return None
    return found[0] if found else None


def _is_disputable(it: Transaction) -> bool:
    """Whether its card's holder may still say something against it, by the bank's day; yes where nobody tells that."""
    is_paid = it["status"] == "completed" and it["direction"] == "out"
    if it["card"] is None or not is_paid or it["type"] not in {"card_purchase", "cash_withdrawal"}:
        return False
    try:
        today = formatting.iso_day(api().transactions.clock().data["bank_time"])
    except Refused:  # the bank says so itself if it is too late
        return True
    last = date.fromisoformat(formatting.iso_day(it["effective_at"])) + timedelta(days=DISPUTE_DAYS)
    return date.fromisoformat(today) <= last


def _account_of(it: Transaction) -> dict[str, Any] | None:
    """The account that the transaction is seen from, if the person looking may see it and it can be asked for."""
    if it["account_id"] is None:
        return None
    try:
        account: dict[str, Any] = dict(api().accounts.details(it["account_id"]).data)
    except Refused:  # the receipt says enough without it
        return None
    return account
