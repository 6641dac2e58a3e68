"""Cards over HTTP: parse, call, render."""

from flask import current_app, make_response
from flask_openapi3 import Tag

from account_service.cards import bills, cancelling, changes, issuing, queries
from account_service.cards.bank_month import this_month
from account_service.cards.bill_payloads import (
    CardPayment,
    CardStatement,
    PayCardRequest,
    StatementPath,
    StatementsQuery,
)
from account_service.cards.changes import CardChange
from account_service.cards.credit_line import CreditOrder
from account_service.cards.issuing import CardOrder
from account_service.cards.ledger_client import Payment
from account_service.cards.payloads import (
    AllCardsQuery,
    Card,
    CardPath,
    CardsQuery,
    CreateCardRequest,
    PrintedCard,
    ReportRequest,
    RevealRequest,
    UpdateCardRequest,
)
from account_service.cards.repository import CardFilters
from account_service.context import context, current_caller, said_channel
from account_service.refusals import (
    ACCOUNT_BUSY,
    ACCOUNT_LIMIT_REACHED,
    CARD_ENDED,
    CARD_FROZEN_BY_BANK,
    CARD_LIMIT_REACHED,
    CARD_NOT_SETTLED,
    CREDIT_LIMIT_EXCEEDED,
    ISSUING_REFUSED,
)
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import CardKind
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import Problem, invalid_fields
from shared.http.idempotency import idempotency_key, takes_idempotency_key
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import PRIVATE, PRIVATE_OR_SIMULATE, STAFF_OR_SIMULATION, access
from shared.identity.client_address import client_address
from shared.refusals import NOT_FOUND, RATE_LIMITED
from shared.service_refusals import (
    ACCOUNT_CLOSED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_DISPUTES,
    BALANCE_TOO_LARGE,
    CURRENCY_MISMATCH,
    INSUFFICIENT_FUNDS,
    MORE_THAN_OWED,
    NOTHING_OWED,
    NOTICE_REQUIRED,
    SAME_ACCOUNT,
    TOO_MANY_ATTEMPTS,
    WRONG_PASSWORD,
)

blueprint = ServiceBlueprint(
    "cards",
    __name__,
    url_prefix="/api/cards",
    abp_security=SECURED,
    abp_tags=[Tag(name="Cards", description="Payment cards: issuing, controls, freezing, reporting.")],
)
_ISSUING = (CARD_LIMIT_REACHED, CARD_FROZEN_BY_BANK, ISSUING_REFUSED, ACCOUNT_CLOSED, ACCOUNT_FROZEN, ACCOUNT_BUSY)
_OF_CREDIT_CARDS = ("settlement_account_id", "credit_limit", "billing_day", "product")


@blueprint.post("/create", responses={"201": reply_of(Card)}, summary="Issue card")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_ISSUED, on=AuditSubject.CARD)
@refuses(*_ISSUING, NOT_FOUND, CREDIT_LIMIT_EXCEEDED, ACCOUNT_LIMIT_REACHED)
@takes_idempotency_key
def create_card(body: CreateCardRequest) -> ViewReply:
    _check_fields(body)
    key, credit = idempotency_key(), None
    if body.settlement_account_id is not None:
        credit = CreditOrder(body.settlement_account_id, body.credit_limit, body.billing_day, body.product)
    order = CardOrder(body.account_id, body.kind, body.nickname or None, idempotency_key=key, credit=credit)
    return issuing.issue_card(context(), current_caller(), order).response()


@blueprint.get("/list", responses={"200": list_of(Card)}, summary="List my cards, newest first")
@access(PRIVATE)
def list_cards(query: CardsQuery) -> ViewReply:
    filters = CardFilters(this_month(context()), query.account_id, status=query.status)
    return success_list(*queries.own_cards(context(), current_caller(), filters, query))


@blueprint.get("/all", responses={"200": list_of(Card)}, summary="List all cards, newest first")
@access(STAFF_OR_SIMULATION)
def list_all_cards(query: AllCardsQuery) -> ViewReply:
    filters = CardFilters(this_month(context()), query.account_id, query.user_id, query.status, query.last4)
    return success_list(*queries.all_cards(context(), current_caller(), filters, query))


@blueprint.get("/details/<card_id>", responses={"200": reply_of(Card)}, summary="Get card")
@access(PRIVATE_OR_SIMULATE)
def get_card(path: CardPath) -> ViewReply:
    return success(queries.details(context(), current_caller(), path.card_id))


@blueprint.put("/update/<card_id>", responses={"200": reply_of(Card)}, summary="Update card limits and controls")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_CHANGED, on=AuditSubject.CARD)
@refuses(CARD_ENDED, CREDIT_LIMIT_EXCEEDED, ACCOUNT_CLOSED, ACCOUNT_FROZEN, ACCOUNT_BUSY)
def update_card(path: CardPath, body: UpdateCardRequest) -> ViewReply:
    wanted = CardChange(
        limits=body.limits.model_dump(exclude_unset=True),
        controls=body.controls.model_dump(exclude_unset=True),
        blocked_categories=body.blocked_categories,
        nickname=body.nickname or None,
        has_nickname="nickname" in body.model_fields_set,
        line=body.model_dump(include={"credit_limit", "billing_day", "settlement_account_id"}, exclude_none=True),
    )
    return success(changes.update(context(), current_caller(), path.card_id, wanted))


@blueprint.post("/<card_id>/freeze", responses={"200": reply_of(Card)}, summary="Freeze card")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_FROZEN, on=AuditSubject.CARD)
@refuses(CARD_ENDED)
def freeze_card(path: CardPath) -> ViewReply:
    return success(changes.freeze(context(), current_caller(), path.card_id))


@blueprint.post("/<card_id>/unfreeze", responses={"200": reply_of(Card)}, summary="Unfreeze card")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_UNFROZEN, on=AuditSubject.CARD)
@refuses(CARD_ENDED, CARD_FROZEN_BY_BANK)
def unfreeze_card(path: CardPath) -> ViewReply:
    return success(changes.unfreeze(context(), current_caller(), path.card_id))


@blueprint.post("/<card_id>/report", responses={"200": reply_of(Card)}, summary="Report card lost, stolen or misused")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_REPORTED, on=AuditSubject.CARD)
@refuses(CARD_ENDED, CARD_FROZEN_BY_BANK)
def report_card(path: CardPath, body: ReportRequest) -> ViewReply:
    return success(changes.report(context(), current_caller(), path.card_id, body.reason))


@blueprint.post("/<card_id>/replace", responses={"201": reply_of(Card)}, summary="Replace card")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_ISSUED, on=AuditSubject.CARD)
@refuses(*_ISSUING, CARD_ENDED)
@takes_idempotency_key
def replace_card(path: CardPath) -> ViewReply:
    order = CardOrder(replaces=path.card_id, idempotency_key=idempotency_key())
    return issuing.issue_card(context(), current_caller(), order).response()


@blueprint.post("/<card_id>/cancel", responses={"200": reply_of(Card)}, summary="Cancel card")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.CARD_CANCELLED, AuditAction.ACCOUNT_CLOSED, on=AuditSubject.CARD)
@refuses(
    CARD_ENDED,
    CARD_FROZEN_BY_BANK,
    CARD_NOT_SETTLED,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    ACCOUNT_BUSY,
)
@takes_idempotency_key
def cancel_card(path: CardPath) -> ViewReply:
    return cancelling.cancel(context(), current_caller(), path.card_id, idempotency_key()).response()


@blueprint.post(
    "/<card_id>/reveal", responses={"200": reply_of(PrintedCard)}, summary="Reveal card number and security code"
)
@access(PRIVATE)
@audited(AuditAction.CARD_REVEALED, on=AuditSubject.CARD)
@refuses(CARD_ENDED, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, RATE_LIMITED)
def reveal_card(path: CardPath, body: RevealRequest) -> ViewReply:
    current_app.extensions["count_reveal"]()
    address = client_address(current_app.extensions["token_verifier"])
    shown = queries.reveal(context(), current_caller(), path.card_id, password=body.password, address=address)
    response = make_response(success(shown))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(
    "/<card_id>/statements",
    responses={"200": list_of(CardStatement)},
    summary="List credit card statements, newest first",
)
@access(PRIVATE_OR_SIMULATE)
def list_statements(path: CardPath, query: StatementsQuery) -> ViewReply:
    return success_list(*bills.statements(context(), current_caller(), path.card_id, query))


@blueprint.get(
    "/statements/<statement_id>", responses={"200": reply_of(CardStatement)}, summary="Get credit card statement"
)
@access(PRIVATE_OR_SIMULATE)
def get_statement(path: StatementPath) -> ViewReply:
    return success(bills.statement(context(), current_caller(), path.statement_id))


@blueprint.post("/<card_id>/pay", responses={"201": reply_of(CardPayment)}, summary="Pay off credit card balance")
@access(PRIVATE_OR_SIMULATE)
@refuses(
    NOTHING_OWED,
    MORE_THAN_OWED,
    NOTICE_REQUIRED,
    INSUFFICIENT_FUNDS,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    CURRENCY_MISMATCH,
    SAME_ACCOUNT,
    BALANCE_TOO_LARGE,
    NOT_FOUND,
)
@takes_idempotency_key
def pay_card(path: CardPath, body: PayCardRequest) -> ViewReply:
    caller = current_caller()
    channel = caller.channel or said_channel()
    wanted = Payment(body.amount, body.from_account_id, idempotency_key(), channel, caller.session_id)
    return bills.pay(context(), caller, path.card_id, wanted).response()


def _check_fields(body: CreateCardRequest) -> None:
    """Raises Refused (422) for what this kind of card needs and is not given, or does not have."""
    is_credit = body.kind == CardKind.CREDIT
    needed = "settlement_account_id" if is_credit else "account_id"
    without = ("account_id",) if is_credit else _OF_CREDIT_CARDS
    problems = {
        name: Problem("not_of_this_kind", f"is nothing that a {body.kind} card has", {"kind": body.kind})
        for name in without
        if getattr(body, name) is not None
    }
    if getattr(body, needed) is None:
        problems[needed] = Problem("missing", "must be given")
    if problems:
        raise invalid_fields(problems)
