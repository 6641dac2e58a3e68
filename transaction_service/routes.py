"""The ledger's public HTTP: parse, call, render."""

from dataclasses import replace

from flask import Response, g
from flask_openapi3 import APIBlueprint, Tag

from shared import clock
from shared.access import ADMIN, PRIVATE, PRIVATE_OR_SIMULATE, SIMULATION, STAFF, access, current_identity
from shared.application import SECURED, ViewReply
from shared.errors import invalid
from shared.idempotency import idempotency_key, takes_idempotency_key
from shared.identifiers import is_id
from shared.pagination import decode_cursor, encode_cursor, page_of
from shared.payloads import list_of, reply_of, success, success_list
from shared.refusals import NOT_FOUND, Refused
from shared.route_refusals import refuses
from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.history import queries
from transaction_service.history.queries import Filters
from transaction_service.ledger.orders import Order, Outcome, refusal_outcome
from transaction_service.ledger.rules import REVERSAL
from transaction_service.payloads import (
    AccountHistoryQuery,
    AccountMovementRequest,
    AccountPath,
    BankClock,
    ClockConfirmation,
    ClockRequest,
    HistoryQuery,
    RecentQuery,
    ReversalRequest,
    Transaction,
    TransactionBatchReply,
    TransactionBatchRequest,
    TransactionPath,
    TransferRequest,
)
from transaction_service.refusals import (
    BALANCE_TOO_LARGE,
    BATCH_ABORTED,
    BATCH_ITEM_REFUSALS,
    CLOCK_BACKWARDS,
    CREDIT_REFUSALS,
    DEBIT_REFUSALS,
    REVERSAL_REFUSALS,
    SAME_ACCOUNT,
)
from transaction_service.requests import batch_order, current_actor, order

blueprint = APIBlueprint(
    "transactions",
    __name__,
    url_prefix="/api/transactions",
    abp_security=SECURED,
    abp_tags=[Tag(name="Transactions", description="The ledger: money in, out and across, and its queries.")],
)
_JSON = "application/json"


@blueprint.post("/deposit", responses={"201": reply_of(Transaction)}, summary="Put money into an account")
@access(PRIVATE_OR_SIMULATE)
@refuses(*CREDIT_REFUSALS)
@takes_idempotency_key
def deposit(body: AccountMovementRequest) -> ViewReply:
    return _posted(order(current_actor(), "deposit", body, key=idempotency_key()))


@blueprint.post("/withdraw", responses={"201": reply_of(Transaction)}, summary="Take money out of an account")
@access(PRIVATE_OR_SIMULATE)
@refuses(*DEBIT_REFUSALS)
@takes_idempotency_key
def withdraw(body: AccountMovementRequest) -> ViewReply:
    return _posted(order(current_actor(), "withdrawal", body, key=idempotency_key()))


@blueprint.post("/transfer", responses={"201": reply_of(Transaction)}, summary="Pay another account")
@access(PRIVATE_OR_SIMULATE)
@refuses(*DEBIT_REFUSALS, SAME_ACCOUNT, BALANCE_TOO_LARGE)
@takes_idempotency_key
def transfer(body: TransferRequest) -> ViewReply:
    return _posted(order(current_actor(), "transfer", body, key=idempotency_key()))


@blueprint.post(
    "/<transaction_id>/reverse", responses={"201": reply_of(Transaction)}, summary="Take a transaction back"
)
@access(STAFF)
@refuses(*REVERSAL_REFUSALS)
@takes_idempotency_key
def reverse_transaction(path: TransactionPath, body: ReversalRequest) -> ViewReply:
    reversal = Order(
        actor=current_actor(),
        type=REVERSAL,
        amount=body.amount,
        request_id=g.request_id,
        description=body.reason,
        idempotency_key=idempotency_key(),
        reverses=path.transaction_id,
    )
    return _posted(reversal)


@blueprint.post("/batch", responses={"200": TransactionBatchReply}, summary="Up to 5,000 movements in one commit")
@access(PRIVATE_OR_SIMULATE)
@refuses(items=BATCH_ITEM_REFUSALS)
def post_batch(body: TransactionBatchRequest) -> ViewReply:
    actor = current_actor()
    outcomes: list[Outcome | None] = []
    orders: list[Order] = []
    for item in body.items:
        try:
            orders.append(batch_order(actor, item))
            outcomes.append(None)
        except Refused as refused:
            outcomes.append(refusal_outcome(refused, g.request_id))
    posted = iter(_post_batch(orders, atomic=body.atomic, all_valid=len(orders) == len(outcomes)))
    results = ",".join(_batch_result(outcome or next(posted)) for outcome in outcomes)
    return Response(f'{{"success":true,"data":[{results}]}}', mimetype=_JSON)


@blueprint.get("/list", responses={"200": list_of(Transaction)}, summary="My transactions, newest first")
@access(PRIVATE)
def list_transactions(query: HistoryQuery) -> ViewReply:
    user_id, filters, after = current_identity().user_id, _filters(query), decode_cursor(query.cursor)
    rows = []
    with context().database.read() as connection:
        if query.status != "refused":
            rows += queries.of_owner(connection, user_id, filters, after, query.limit + 1)
        if query.status != "completed":
            rows += queries.refused(connection, user_id, filters, after, query.limit + 1)
    return _page(rows, query.limit)


@blueprint.get("/recent", responses={"200": list_of(Transaction)}, summary="My newest transactions")
@access(PRIVATE)
def list_recent_transactions(query: RecentQuery) -> ViewReply:
    with context().database.read() as connection:
        rows = queries.of_owner(connection, current_identity().user_id, Filters(), None, query.limit)
    return success_list([row for _, row in rows])


@blueprint.get("/account/<account_id>", responses={"200": list_of(Transaction)}, summary="One account's transactions")
@access(PRIVATE)
def list_account_transactions(path: AccountPath, query: AccountHistoryQuery) -> ViewReply:
    identity = current_identity()
    filters, after = replace(_filters(query), account_id=path.account_id), decode_cursor(query.cursor)
    rows = []
    with context().database.read() as connection:
        if not queries.may_see(connection, path.account_id, identity.user_id, sees_all=identity.is_staff):
            raise Refused(NOT_FOUND)
        if query.status != "refused":
            rows += queries.of_account(connection, identity.user_id, filters, after, query.limit + 1)
        if query.status != "completed":
            rows += queries.refused(connection, identity.user_id, filters, after, query.limit + 1)
    return _page(rows, query.limit)


@blueprint.get("/details/<transaction_id>", responses={"200": reply_of(Transaction)}, summary="One transaction")
@access(PRIVATE)
def get_transaction(path: TransactionPath) -> ViewReply:
    identity = current_identity()
    if not is_id(path.transaction_id):
        raise Refused(NOT_FOUND)
    with context().database.read() as connection:
        found = queries.one(connection, path.transaction_id, identity.user_id, sees_all=identity.is_staff)
    if found is None:
        raise Refused(NOT_FOUND)
    return success(found)


@blueprint.get("/all", responses={"200": list_of(Transaction)}, summary="Every completed transaction of the bank")
@access(STAFF)
def list_all_transactions(query: HistoryQuery) -> ViewReply:
    with context().database.read() as connection:
        rows = queries.of_everyone(connection, _filters(query), decode_cursor(query.cursor), query.limit + 1)
    return _page(rows, query.limit)


@blueprint.get("/clock", responses={"200": reply_of(BankClock)}, summary="The bank's time")
@access(PRIVATE_OR_SIMULATE)
def get_clock() -> ViewReply:
    with context().database.read() as connection:
        return success(_clock(bank_clock.read(connection, now_us=context().machine_clock.shown_us())))


@blueprint.post("/clock", responses={"200": reply_of(BankClock)}, summary="Move the bank's time forward")
@access(SIMULATION)
@refuses(CLOCK_BACKWARDS)
def advance_clock(body: ClockRequest) -> ViewReply:
    to_us = clock.from_datetime(body.advance_to) if body.advance_to else None
    span = body.advance_by
    by_us = (span.days * 24 + span.hours) * 3600 * clock.MICROSECONDS if span else 0
    with context().database.write() as connection:
        moved = bank_clock.advance(connection, now_us=context().machine_clock.now_us(), to_us=to_us, by_us=by_us)
    return success(_clock(moved))


@blueprint.post(
    "/clock/confirm",
    responses={"200": reply_of(BankClock)},
    summary="Say that this machine's clock is right, after it jumped ahead",
)
@access(ADMIN)
def confirm_clock(body: ClockConfirmation) -> ViewReply:
    machine_clock = context().machine_clock
    if not machine_clock.confirm(clock.from_datetime(body.machine_time)):
        raise invalid("machine_time", f"this machine's clock says {clock.to_wire(clock.now_us())}")
    with context().database.read() as connection:
        return success(_clock(bank_clock.read(connection, now_us=machine_clock.now_us())))


def _posted(posted: Order) -> Response:
    (outcome,) = context().commits.post([posted])
    body = f'{{"success":true,"data":{outcome.body}}}' if outcome.succeeded else outcome.body
    response = Response(body, status=outcome.http_status, mimetype=_JSON)
    if outcome.status == "replayed":
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _post_batch(orders: list[Order], *, atomic: bool, all_valid: bool) -> list[Outcome]:
    if not atomic:
        return context().commits.post(orders)
    if not all_valid:
        return [refusal_outcome(Refused(BATCH_ABORTED), g.request_id) for _ in orders]
    return context().commits.post_all_or_nothing(orders)


def _batch_result(outcome: Outcome) -> str:
    part = "transaction" if outcome.succeeded else "error"
    return f'{{"status":"{outcome.status}","{part}":{outcome.body}}}'


def _clock(time: bank_clock.BankTime) -> dict[str, object]:
    return {"bank_time": clock.to_wire(time.now_us), "real": time.is_real}


def _filters(query: HistoryQuery) -> Filters:
    return Filters(
        account_id=query.account_id,
        type=query.type,
        direction=query.direction,
        category=query.category,
        since=clock.from_datetime(query.since) if query.since else None,
        until=clock.from_datetime(query.until) if query.until else None,
        min_amount=query.min_amount,
        max_amount=query.max_amount,
        text=query.q,
    )


def _page(rows: list[queries.Row], limit: int) -> dict[str, object]:
    """One page of rows that may come from two sources, each already cut at `limit + 1`."""
    rows.sort(key=lambda row: row[0], reverse=True)
    page, has_more = page_of(rows, limit)
    return success_list([row for _, row in page], encode_cursor(*page[-1][0]) if has_more else None)
