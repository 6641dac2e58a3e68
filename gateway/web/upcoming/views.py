"""Everything that will fall due: one's own, and for staff a customer's."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.customer_named import customer_named
from gateway.web.pagination import first_page
from shared.identity.access import PRIVATE, access
from shared.refusals import Refused

blueprint = Blueprint("upcoming", __name__)
_PAGE = 25


@blueprint.get("/upcoming")
@access(PRIVATE)
def listing() -> ResponseReturnValue:
    """A page of what will fall due, earliest first; `?account=` narrows it to one account."""
    cursor, account_id, customer = request.args.get("cursor"), request.args.get("account", ""), customer_named()
    account = api().accounts.details(account_id).data if account_id else None
    query: dict[str, Any] = {**customer.query, **({"account": account_id} if account_id else {})}
    try:
        page = api().transactions.upcoming(account_id=account_id, user_id=customer.id, limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("upcoming.listing", **query)):
            return anew
        raise
    return render_template(
        "upcoming.html",
        due=page.data,
        next_cursor=page.next_cursor,
        cursor=cursor,
        query=query,
        account=account,
        customer=customer,
    )
