"""The ledger's public HTTP that moves money and the bank clock: parse, call, render."""

import time
from functools import partial
from typing import Any

from flask import Response, g
from flask_openapi3 import Tag
from sqlalchemy import Connection

from shared.audit import AuditDetails, Subject, acting_now, audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.events import feeds
from shared.events.event_feed import event_rows
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import invalid
from shared.http.idempotency import takes_idempotency_key
from shared.http.pagination import cut_page, requested_page
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, PRIVATE, PRIVATE_OR_SIMULATE, SIMULATION, STAFF, access, current_identity
from shared.network.http_client import remaining_seconds
from shared.refusals import RATE_LIMITED, Refused
from shared.service_refusals import BALANCE_TOO_LARGE, SAME_ACCOUNT
from shared.time import clock
from transaction_service.batch_orders import batch_order, result_text
from transaction_service.batch_payloads import TransactionBatchReply, TransactionBatchRequest
from transaction_service.context import context
from transaction_service.due_work import bank_clock, queue, upcoming
from transaction_service.due_work.events import clock_advanced
from transaction_service.exchange.refusals import EXCHANGE_REFUSALS
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import DEPOSIT, REVERSAL, TRANSFER, WITHDRAWAL
from transaction_service.ledger.orders import Order, Outcome, refusal_outcome
from transaction_service.models import audit_log, events, feed_heads
from transaction_service.payloads import (
    AccountMovementRequest,
    BankClock,
    ClockConfirmation,
    ClockRequest,
    DueWork,
    DueWorkQuery,
    ReversalRequest,
    Transaction,
    TransactionPath,
    TransferRequest,
    UpcomingQuery,
)
from transaction_service.refusals import (
    BATCH_ABORTED,
    BATCH_ITEM_REFUSALS,
    CLOCK_BACKWARDS,
    CREDIT_REFUSALS,
    DEBIT_REFUSALS,
    REVERSAL_REFUSALS,
)
from transaction_service.requests import JSON_TYPE, OrderContext, current_actor, movement_order, posts_order, whose

blueprint = ServiceBlueprint(
    "transactions",
    __name__,
    url_prefix="/api/transactions",
    abp_security=SECURED,
    abp_tags=[Tag(name="Transactions", description="The ledger: money in, out and across, and its history.")],
)
_PAUSE_SECONDS = 0.01
_FOR_THE_REPLY_SECONDS = 1.0


@blueprint.post("/deposit", responses={"201": reply_of(Transaction)}, summary="Deposit")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MONEY_DEPOSITED, on=AuditSubject.TRANSACTION)
@refuses(*CREDIT_REFUSALS)
@takes_idempotency_key
@posts_order
def deposit(asked: OrderContext, body: AccountMovementRequest) -> Order:
    return _movement(DEPOSIT, asked, body)


@blueprint.post("/withdraw", responses={"201": reply_of(Transaction)}, summary="Withdraw")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MONEY_WITHDRAWN, on=AuditSubject.TRANSACTION)
@refuses(*DEBIT_REFUSALS)
@takes_idempotency_key
@posts_order
def withdraw(asked: OrderContext, body: AccountMovementRequest) -> Order:
    return _movement(WITHDRAWAL, asked, body)


@blueprint.post("/transfer", responses={"201": reply_of(Transaction)}, summary="Transfer")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MONEY_TRANSFERRED, on=AuditSubject.TRANSACTION)
@refuses(*DEBIT_REFUSALS, *EXCHANGE_REFUSALS, SAME_ACCOUNT, BALANCE_TOO_LARGE, RATE_LIMITED)
@takes_idempotency_key
@posts_order
def transfer(asked: OrderContext, body: TransferRequest) -> Order:
    return _movement(TRANSFER, asked, body)


@blueprint.post("/<transaction_id>/reverse", responses={"201": reply_of(Transaction)}, summary="Reverse transaction")
@access(STAFF)
@audited(AuditAction.TRANSACTION_REVERSED, on=AuditSubject.TRANSACTION)
@refuses(*REVERSAL_REFUSALS)
@takes_idempotency_key
@posts_order
def reverse_transaction(asked: OrderContext, path: TransactionPath, body: ReversalRequest) -> Order:
    return Order(
        actor=asked.actor,
        type=REVERSAL,
        amount=body.amount,
        request_id=asked.request_id,
        description=body.reason,
        idempotency_key=asked.key,
        reverses=path.transaction_id,
    )


@blueprint.post("/batch", responses={"200": TransactionBatchReply}, summary="Submit batch of up to 5,000 movements")
@access(PRIVATE_OR_SIMULATE)
@audited(
    AuditAction.MONEY_TRANSFERRED,
    AuditAction.MONEY_DEPOSITED,
    AuditAction.MONEY_WITHDRAWN,
    AuditAction.MONEY_POSTED,
    AuditAction.CARD_PAYMENT_AUTHORIZED,
    AuditAction.CARD_PAYMENT_CAPTURED,
    on=AuditSubject.TRANSACTION,
)
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
    orders, outcomes = _without_too_many(actor, orders, outcomes)
    posted = _post_batch(orders, atomic=body.atomic, all_valid=len(orders) == len(outcomes))
    done = iter(zip(orders, posted, strict=True))
    results = ",".join(result_text(*(next(done) if outcome is None else (None, outcome))) for outcome in outcomes)
    return Response(f'{{"success":true,"data":[{results}]}}', mimetype=JSON_TYPE)


@blueprint.get("/clock", responses={"200": reply_of(BankClock)}, summary="Get bank clock")
@access(PRIVATE_OR_SIMULATE)
def get_clock() -> ViewReply:
    return success(_clock())


@blueprint.get("/clock/due", responses={"200": list_of(DueWork)}, summary="List due work, earliest first")
@access(STAFF)
def list_due_work(query: DueWorkQuery) -> ViewReply:
    with context().database.read() as connection:
        page = requested_page(query, partial(upcoming.place_of, connection), oldest_first=True)
        rows = upcoming.page_of(connection, page, is_stopped=query.stopped)
    shown, cursor = cut_page(rows, page, upcoming.key_of)
    return success_list([upcoming.render(row) for row in shown], cursor)


@blueprint.get("/upcoming", responses={"200": list_of(DueWork)}, summary="List upcoming payments, earliest first")
@access(PRIVATE)
def list_upcoming(query: UpcomingQuery) -> ViewReply:
    owner_id = whose(query.user_id) or current_identity().user_id
    with context().database.read() as connection:
        bank_time = bank_clock.read(connection, now_us=context().machine_clock.shown_us()).now_us
        place_of = partial(upcoming.place_of_owner, connection, owner_id, bank_time)
        page = requested_page(query, place_of, oldest_first=True)
        rows = upcoming.page_of_owner(
            connection, page, owner_id, account_id=query.account_id, until_us=query.until, bank_time=bank_time
        )
    shown, cursor = cut_page(rows, page, upcoming.key_of)
    return success_list([upcoming.render(row) for row in shown], cursor)


@blueprint.post("/clock/due/retry", responses={"200": reply_of(BankClock)}, summary="Retry failed due work")
@access(ADMIN)
@audited(AuditAction.DUE_WORK_RETRIED, on=AuditSubject.CLOCK)
def retry_due_work() -> ViewReply:
    with context().database.write() as connection:
        now_us = bank_clock.read(connection, now_us=context().machine_clock.now_us()).now_us
        tried = queue.try_again(connection, now_us)
        _write(
            connection, AuditAction.DUE_WORK_RETRIED, AuditDetails(after={"tried_again": tried}, bank_time_us=now_us)
        )
    context().due_worker.wake()
    return success(_clock())


@blueprint.post("/clock", responses={"200": reply_of(BankClock)}, summary="Advance bank clock")
@access(SIMULATION)
@audited(AuditAction.CLOCK_MOVED, on=AuditSubject.CLOCK)
@refuses(CLOCK_BACKWARDS)
def advance_clock(body: ClockRequest) -> ViewReply:
    span = body.advance_by
    by_us = 0 if span is None else (span.days * 24 + span.hours) * 3600 * clock.MICROSECONDS
    with context().database.write() as connection:
        now_us = context().machine_clock.now_us()
        before = bank_clock.read(connection, now_us=now_us)
        if body.begin_at is not None:
            moved = bank_clock.begin(connection, now_us=now_us, at_us=body.begin_at)
        elif body.running is not None:
            moved = bank_clock.run(connection, now_us=now_us, is_running=body.running)
        else:
            moved = bank_clock.advance(connection, now_us=now_us, to_us=body.advance_to, by_us=by_us)
        _tell_of_clock(connection, before, moved)
    context().due_worker.wake()
    _wait_for(moved.target_us, body.wait_seconds)
    return success(_clock())


@blueprint.post(
    "/clock/confirm",
    responses={"200": reply_of(BankClock)},
    summary="Confirm machine clock",
)
@access(ADMIN)
@audited(AuditAction.CLOCK_CONFIRMED, on=AuditSubject.CLOCK)
def confirm_clock(body: ClockConfirmation) -> ViewReply:
    stated_us = clock.from_datetime(body.machine_time)
    with context().database.write() as connection:
        told = AuditDetails(after={"machine_time": clock.to_wire(stated_us)})
        _write(connection, AuditAction.CLOCK_CONFIRMED, told)
        if not context().machine_clock.confirm(stated_us):
            machine_time = clock.to_wire(clock.now_us())
            sentence = f"this machine's clock says {machine_time}"
            raise invalid("machine_time", sentence, code="other_time", machine_time=machine_time)
    context().due_worker.wake()
    return success(_clock())


def _tell_of_clock(connection: Connection, was: bank_clock.BankTime, moved: bank_clock.BankTime) -> None:
    """Write it down, and tell those who listen to the bank: but nobody of each step of a world that is simulated."""
    before, after = ({"target_time": clock.to_wire(at.target_us), "running": at.is_running} for at in (was, moved))
    _write(connection, AuditAction.CLOCK_MOVED, AuditDetails(before, after, bank_time_us=moved.now_us))
    if acting_now().has_power and was.target_us != moved.target_us:
        told = [clock_advanced(was.target_us, moved.target_us, moved.now_us)]
        feeds.append(connection, feed_heads, events, event_rows(told, at=clock.now_us()))


def _write(connection: Connection, action: AuditAction, told: AuditDetails) -> None:
    """What the simulator has the clock do, over and over, an administrator asked for: that is written down there."""
    by = acting_now()
    if by.has_power:
        audit_log.write(connection, action, Subject(AuditSubject.CLOCK), by, told)


def _movement(movement_type: str, asked: OrderContext, body: Any) -> Order:
    return movement_order(asked.actor, movement_type, body, key=asked.key, request_id=asked.request_id)


def _without_too_many(
    actor: Actor, orders: list[Order], outcomes: list[Outcome | None]
) -> tuple[list[Order], list[Outcome | None]]:
    """The orders without those that name one unknown number too many, which have their outcome already."""
    too_many = context().recipients.too_many(actor, orders)
    if not too_many:
        return orders, outcomes
    places = iter(range(len(orders)))
    refused = [too_many.get(next(places)) if outcome is None else None for outcome in outcomes]
    marked = [
        outcome if why is None else refusal_outcome(why, g.request_id)
        for outcome, why in zip(outcomes, refused, strict=True)
    ]
    return [order for place, order in enumerate(orders) if place not in too_many], marked


def _post_batch(orders: list[Order], *, atomic: bool, all_valid: bool) -> list[Outcome]:
    if not atomic:
        return context().commits.post(orders)
    if not all_valid:
        return [refusal_outcome(Refused(BATCH_ABORTED), g.request_id) for _ in orders]
    return context().commits.post_all_or_nothing(orders)


def _wait_for(target_us: int, seconds: int) -> None:
    """Wait until the bank's clock is there, but no longer than this, nor than the request may take."""
    give_up_at = time.monotonic() + min(
        seconds, remaining_seconds(seconds + _FOR_THE_REPLY_SECONDS) - _FOR_THE_REPLY_SECONDS
    )
    while time.monotonic() < give_up_at:
        with context().database.read() as connection:
            if bank_clock.read(connection, now_us=context().machine_clock.shown_us()).has_reached(target_us):
                return
        time.sleep(_PAUSE_SECONDS)


def _clock() -> dict[str, object]:
    with context().database.read() as connection:
        found = bank_clock.read(connection, now_us=context().machine_clock.shown_us())
        is_there = found.is_there
        left = 0 if is_there else queue.count_due(connection, found.target_us)
        stopped = queue.count_stopped(connection)
    return {
        "bank_time": clock.to_wire(found.now_us),
        "real": found.is_real,
        "running": found.is_running,
        "target_time": None if is_there else clock.to_wire(found.target_us),
        "due_work": left,
        "stopped_work": stopped,
    }
