"""What the routes of standing orders and of scheduled payments have in common."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response
from sqlalchemy import Connection

from shared.audit_enums import AuditAction
from shared.http.application import ViewReply
from shared.http.pagination import Key, ListQuery, cut_page, requested_page
from shared.http.payloads import success, success_list
from shared.identity.access import current_identity
from shared.refusals import NOT_FOUND, Refused
from transaction_service import lists
from transaction_service.context import context
from transaction_service.ledger.orders import Outcome
from transaction_service.orders import acts, payees, payment_orders
from transaction_service.orders import payment_order_rows as rows
from transaction_service.orders.arrangement import Arrangement, done_once, facts_of
from transaction_service.orders.payees import Payee
from transaction_service.orders.payloads import OrderPath, OrdersQuery, ScheduledPaymentRequest, StandingOrderRequest
from transaction_service.orders.payment_order import PaymentOrder
from transaction_service.orders.payment_orders import OrderTerms
from transaction_service.orders.requests import arranged, replied
from transaction_service.orders.schedule import Schedule
from transaction_service.orders.serializers import execution_object, order_object
from transaction_service.requests import current_actor, whose


def placed(
    kind: str, body: StandingOrderRequest | ScheduledPaymentRequest, schedule: Schedule, key: str | None
) -> Response:
    """Place the order that a checked request body describes, once for its key."""
    payee = _payee_named(body.payee_id)
    number = body.to_account_number if payee is None else payee.account_number
    if number is not None:
        context().recipients.check_number(current_actor(), number)

    def place(arrangement: Arrangement) -> Outcome:
        facts = (kind, *facts_of(body))
        return done_once(
            arrangement, kind, key, facts, lambda: order_object(payment_orders.place(arrangement, terms(arrangement)))
        )

    def terms(arrangement: Arrangement) -> OrderTerms:
        if payee is None and body.payee_id is not None:
            raise Refused(NOT_FOUND)
        description = body.description or ("" if payee is None else payee.reference)
        recipient = (body.to_account_id, number, None if payee is None else payee.name)
        terms = OrderTerms(body.from_account_id, *recipient, body.amount, description, body.end_to_end_id, schedule)
        return terms._replace(fixed=body.fixed)

    return replied(place, acts.of_order(AuditAction.ORDER_PLACED, kind))


def _payee_named(payee_id: str | None) -> Payee | None:
    """The payee as the request finds it: the number that is counted is the number that is paid.

    None for one whom the person does not have. That is refused in the commit, where a key that was used comes first.
    """
    if payee_id is None:
        return None
    with context().database.read() as connection:
        return payees.found(connection, current_actor().user_id, payee_id)


def listed(kind: str, query: OrdersQuery) -> ViewReply:
    """A page of orders: the reader's own, for staff everybody's."""
    owner_id, account_id = whose(query.user_id), query.account_id

    def one(connection: Connection, order_id: str) -> PaymentOrder | None:
        order = rows.one(connection, kind, order_id, owner_id=owner_id)
        return order if order is not None and account_id in (None, order.payer_id) else None

    page_of = partial(rows.page_of, kind=kind, owner_id=owner_id, account_id=account_id, status=query.status)
    return lists.listed(query, page_of, one, partial(order_object, for_staff=current_identity().is_staff))


def shown(kind: str, path: OrderPath) -> ViewReply:
    """One order. Raises Refused (404) when there is none that the reader may see."""
    with context().database.read() as connection:
        order = rows.one(connection, kind, path.order_id, owner_id=whose())
    if order is None:
        raise Refused(NOT_FOUND)
    return success(order_object(order, for_staff=current_identity().is_staff))


def executed(kind: str, path: OrderPath, query: ListQuery) -> ViewReply:
    """A page of what came of an order. Raises Refused (404) when there is none that the reader may see."""
    with context().database.read() as connection:
        order = rows.one(connection, kind, path.order_id, owner_id=whose())
        if order is None:
            raise Refused(NOT_FOUND)

        def place_of(execution_id: str) -> Key | None:
            return rows.place_of_execution(connection, order, execution_id)

        page = requested_page(query, place_of)
        found = rows.executions_page(connection, order, page)
    on_page, cursor = cut_page(found, page, lambda row: (row.executed_at, row.id))
    return success_list([execution_object(row, order.currency) for row in on_page], cursor)


def changed(kind: str, path: OrderPath, changes: dict[str, Any]) -> ViewReply:
    """Change what is named of an order."""
    return acted(
        AuditAction.ORDER_CHANGED,
        kind,
        path,
        lambda commit: payment_orders.change(commit, kind, path.order_id, changes),
    )


def acted(action: AuditAction, kind: str, path: OrderPath, work: Callable[[Arrangement], PaymentOrder]) -> ViewReply:
    """Do something with an order that there is; the order as it then is."""
    return success(order_object(arranged(work, acts.of_order(action, kind, path.order_id))))
