"""Credit cards' bills over HTTP for the account service, which has the cards: statements, and paying now."""

from typing import Annotated, Any

from flask import Response, g
from pydantic import Field
from sqlalchemy import Connection

from shared.amounts import money
from shared.amounts.money import AmountText
from shared.card_enums import CardStatementStatus
from shared.contract.blueprint import ServiceBlueprint
from shared.enums import Channel, LedgerAccountStatus, Role
from shared.http.application import ViewReply
from shared.http.idempotency import IdempotencyKey
from shared.http.pagination import ListQuery
from shared.http.payloads import Id, Line, PathModel, RequestModel, success, success_list
from shared.identity.access import access, service_only
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import CURRENCY_MISMATCH, SAME_ACCOUNT
from shared.time.business_days import day_number, day_of_number
from transaction_service.card_bills import bill_rows
from transaction_service.card_bills.statement import CreditLine, Statement, next_billing_number
from transaction_service.context import context
from transaction_service.due_work import bank_clock, queue
from transaction_service.internal_routes import ACCOUNTS_SCOPE
from transaction_service.ledger import journal
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import CARD_PAYMENT
from transaction_service.ledger.orders import Order
from transaction_service.requests import JSON_TYPE, reply_headers, reply_text

blueprint = ServiceBlueprint("internal_card_bills", __name__, url_prefix="/internal/ledger", doc_ui=False)


class LinePath(PathModel):
    """The account of a credit card, named in the path by the account service."""

    account_id: Id


class StatementPath(PathModel):
    """A statement, whosever it is."""

    statement_id: Id


class PaymentRequest(RequestModel):
    """Pay what is owed, or `amount` of it, from an account of the same owner: for them, or `app` that acts for them."""

    user_id: Id
    user_name: Annotated[Line, Field(max_length=200)] | None = None
    session_id: Annotated[Line, Field(max_length=64)] | None = None
    app: Annotated[Line, Field(max_length=64)] | None = None
    channel: Channel = Channel.API
    from_account_id: Id | None = None
    amount: AmountText | None = None
    idempotency_key: IdempotencyKey | None = None


@blueprint.get("/credit-lines/<account_id>/statements")
@access(service_only(ACCOUNTS_SCOPE))
def list_statements(path: LinePath, query: ListQuery) -> ViewReply:
    with context().database.read() as connection:
        line = bill_rows.line_of(connection, path.account_id)
        if line is None:
            raise Refused(NOT_FOUND)
        made, cursor = bill_rows.statements_of(connection, line.account_id, query)
        is_beginning = query.cursor is None and query.after is None
        (account,) = bill_rows.sides(connection, [line.account_id]).values()
        is_going_on = account.status != LedgerAccountStatus.CLOSED
        newest = made[0] if made else None
        first = [_open_statement(connection, line, newest)] if is_beginning and is_going_on else []
        return success_list([*first, *(_rendered(connection, each) for each in made)], cursor)


@blueprint.get("/card-statements/<statement_id>")
@access(service_only(ACCOUNTS_SCOPE))
def get_statement(path: StatementPath) -> ViewReply:
    with context().database.read() as connection:
        found = bill_rows.statement(connection, path.statement_id)
        if found is None:
            raise Refused(NOT_FOUND)
        return success(_rendered(connection, found))


@blueprint.post("/credit-lines/<account_id>/payments")
@access(service_only(ACCOUNTS_SCOPE))
def pay_now(path: LinePath, body: PaymentRequest) -> Response:
    key = body.idempotency_key
    with context().database.read() as connection:
        line = bill_rows.line_of(connection, path.account_id)
        from_id = body.from_account_id or (line.settlement_id if line else "")
        accounts = bill_rows.sides(connection, [path.account_id, from_id])
    if line is not None and from_id == line.account_id:
        raise Refused(SAME_ACCOUNT)
    owners = {account.owner_id for account in accounts.values()}
    if line is None or len(accounts) != 2 or owners != {body.user_id}:
        raise Refused(NOT_FOUND)
    if accounts[from_id].currency != line.currency:
        raise Refused(CURRENCY_MISMATCH, details={"currency": line.currency, "given": accounts[from_id].currency})
    order = Order(
        _payer(body),
        CARD_PAYMENT,
        body.amount,
        g.request_id,
        from_account_id=from_id,
        to_account_id=line.account_id,
        description="Credit card payment",
        idempotency_key=None if key is None else f"card_pay:{body.app or body.user_id}:{key}",
        is_from_linked=body.from_account_id is None,
    )
    (outcome,) = context().commits.post([order])
    response = Response(reply_text(outcome), status=outcome.http_status, mimetype=JSON_TYPE)
    response.headers.extend(reply_headers(outcome))
    return response


def _payer(body: PaymentRequest) -> Actor:
    """Whoever asks: for a person the bank collects its bill, a simulation pays those of its own people."""
    channel = body.channel.value
    if body.app is not None:
        return Actor(body.app, simulates=True, is_service=True, name=body.app, role="service", channel=channel)
    return Actor(
        body.user_id,
        is_bank=True,
        name=body.user_name,
        role=Role.CUSTOMER.value,
        session_id=body.session_id,
        channel=channel,
    )


def _rendered(connection: Connection, made: Statement) -> dict[str, Any]:
    paid = sum(minor for _, minor in bill_rows.credits_since(connection, made.account_id, made.until_position))
    return {**_figures(made), "status": made.status(paid).value, "left": _text(made, made.left_minor(paid))}


def _open_statement(connection: Connection, line: CreditLine, last: Statement | None) -> dict[str, Any]:
    """What has been booked since the last statement, as the next one would have it now."""
    today = day_number(bank_clock.read(connection, now_us=context().machine_clock.shown_us()).now_us)
    after, opening = (last.until_position, last.closing_minor) if last else (0, 0)
    totals = bill_rows.totals_since(connection, line.account_id, after, journal.state(connection).head_position)
    closing = opening + totals.purchases_minor + totals.interest_minor + totals.fees_minor - totals.payments_minor
    waiting = queue.due_at(connection, queue.CARD_BILLING, line.account_id)
    due_day = next_billing_number(today, line.billing_day) if waiting is None else day_number(waiting)
    from_day = last.due_day if last else today
    now = Statement(line.account_id, line.account_id, 0, from_day, due_day, opening, totals, closing, 0, line.currency)
    shown = {**_figures(now), "status": CardStatementStatus.OPEN.value, "left": _text(now, max(closing, 0))}
    return {**shown, "id": None}


def _figures(made: Statement) -> dict[str, Any]:
    return {
        "id": made.id,
        "account_id": made.account_id,
        "from_on": day_of_number(made.from_day).isoformat(),
        "due_on": day_of_number(made.due_day).isoformat(),
        "opening": _text(made, made.opening_minor),
        "purchases": _text(made, made.totals.purchases_minor),
        "payments": _text(made, made.totals.payments_minor),
        "interest": _text(made, made.totals.interest_minor),
        "fees": _text(made, made.totals.fees_minor),
        "closing": _text(made, made.closing_minor),
        "minimum_payment": _text(made, made.minimum_minor),
        "currency": made.currency,
    }


def _text(made: Statement, minor: int) -> str:
    return money.to_text(minor, made.currency)
