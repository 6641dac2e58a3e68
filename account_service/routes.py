"""The account service's public HTTP: parse, call, render."""

from flask import Response, current_app
from flask_openapi3 import Tag

from account_service import account_queries, batch_opening, opening
from account_service.context import context, current_caller
from account_service.lifecycle import CLOSED, FROZEN, OPEN
from account_service.opening import Order
from account_service.payloads import (
    Account,
    AccountBatchReply,
    AccountBatchRequest,
    AccountPath,
    AllQuery,
    CreateAccountRequest,
    LookupQuery,
    Payee,
    ReasonRequest,
    UpdateAccountRequest,
)
from account_service.refusals import (
    ACCOUNT_BUSY,
    ACCOUNT_LIMIT_REACHED,
    CARD_FROZEN_BY_BANK,
    NOT_SYNTHETIC,
    OPENING_REFUSED,
    OWNER_DISABLED,
    OWNER_UNKNOWN,
)
from account_service.repository import Filters
from account_service.status_changes import change_status
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import BatchItemStatus
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import invalid
from shared.http.idempotency import idempotency_key, takes_idempotency_key
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import (
    PRIVATE,
    PRIVATE_OR_SIMULATE,
    SIMULATE,
    SIMULATION,
    STAFF,
    Access,
    access,
    current_identity,
)
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, OWN_INTEREST, RATE_LIMITED
from shared.service_refusals import (
    ACCOUNT_CLOSED,
    ACCOUNT_FROZEN,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_COLLECTIONS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_NOT_EMPTY,
    ACCOUNT_SETTLES_CARD,
    MOVEMENT_LIMIT_EXCEEDED,
    USER_ERASED,
)
from shared.time import clock

blueprint = ServiceBlueprint(
    "accounts",
    __name__,
    url_prefix="/api/accounts",
    abp_security=SECURED,
    abp_tags=[Tag(name="Accounts", description="Opening, naming, freezing and closing accounts.")],
)
STAFF_OR_SIMULATE = Access("employee, admin", roles=STAFF.roles, scope=SIMULATE)


@blueprint.post("/create", responses={"201": reply_of(Account)}, summary="Open account")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ACCOUNT_OPENED, on=AuditSubject.ACCOUNT)
@refuses(
    OWNER_UNKNOWN,
    OWNER_DISABLED,
    NOT_SYNTHETIC,
    MOVEMENT_LIMIT_EXCEEDED,
    ACCOUNT_LIMIT_REACHED,
    OPENING_REFUSED,
)
@takes_idempotency_key
def create_account(body: CreateAccountRequest) -> ViewReply:
    key, caller = idempotency_key(), current_caller()
    if body.user_id is None and current_identity().is_service:
        raise invalid("user_id", "say for whom", code="missing")
    order = Order(
        owner_id=body.user_id or caller.user_id,
        account_type=body.account_type,
        currency=body.currency or context().settings.currency,
        nickname=body.nickname or None,
        initial_deposit=body.initial_deposit,
        product=body.product,
        idempotency_key=key,
    )
    return opening.open_account(context(), caller, order).response()


@blueprint.post("/batch", responses={"200": AccountBatchReply}, summary="Open accounts for synthetic customers")
@access(SIMULATION)
@audited(AuditAction.ACCOUNTS_OPENED, on=AuditSubject.BANK)
@refuses(
    OWNER_UNKNOWN,
    OWNER_DISABLED,
    NOT_SYNTHETIC,
    IDEMPOTENCY_KEY_IN_FLIGHT,
    items=(OPENING_REFUSED, MOVEMENT_LIMIT_EXCEEDED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_FLIGHT),
)
def create_accounts(body: AccountBatchRequest) -> ViewReply:
    default = context().settings.currency
    orders = [
        Order(
            owner_id=item.user_id,
            account_type=item.account_type,
            currency=item.currency or default,
            nickname=item.nickname or None,
            initial_deposit=item.initial_deposit,
            product=item.product,
            idempotency_key=item.idempotency_key,
            effective_at=None if item.effective_at is None else clock.from_datetime(item.effective_at),
            chosen_id=item.id,
        )
        for item in body.accounts
    ]
    results = ",".join(
        _batch_result(result) for result in batch_opening.open_accounts(context(), current_caller(), orders)
    )
    return Response(f'{{"success":true,"data":[{results}]}}', mimetype="application/json")


@blueprint.get("/list", responses={"200": list_of(Account)}, summary="List my accounts, oldest first")
@access(PRIVATE)
def list_accounts(query: ListQuery) -> ViewReply:
    return success_list(*account_queries.own_accounts(context(), current_caller(), query))


@blueprint.get("/all", responses={"200": list_of(Account)}, summary="List all accounts, newest first")
@access(STAFF_OR_SIMULATE)
def list_all_accounts(query: AllQuery) -> ViewReply:
    filters = Filters(q=query.q, account_type=query.type, status=query.status, user_id=query.user_id)
    return success_list(*account_queries.all_accounts(context(), current_caller(), filters, query))


@blueprint.get("/lookup", responses={"200": reply_of(Payee)}, summary="Look up account holder")
@access(PRIVATE)
@refuses(NOT_FOUND, RATE_LIMITED)
def lookup_account(query: LookupQuery) -> ViewReply:
    current_app.extensions["count_lookup"]()
    return success(account_queries.payee(context(), query.account_number))


@blueprint.get("/details/<account_id>", responses={"200": reply_of(Account)}, summary="Get account")
@access(PRIVATE_OR_SIMULATE)
def get_account(path: AccountPath) -> ViewReply:
    return success(account_queries.details(context(), current_caller(), path.account_id))


@blueprint.put("/update/<account_id>", responses={"200": reply_of(Account)}, summary="Rename account")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ACCOUNT_RENAMED, on=AuditSubject.ACCOUNT)
@refuses(ACCOUNT_CLOSED, ACCOUNT_BUSY, USER_ERASED)
def update_account(path: AccountPath, body: UpdateAccountRequest) -> ViewReply:
    return success(account_queries.rename(context(), current_caller(), path.account_id, body.nickname or None))


@blueprint.delete("/close/<account_id>", responses={"200": reply_of(Account)}, summary="Close account")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.ACCOUNT_CLOSED, on=AuditSubject.ACCOUNT)
@refuses(
    ACCOUNT_NOT_EMPTY,
    ACCOUNT_HAS_CARD_PAYMENTS,
    ACCOUNT_HAS_COLLECTIONS,
    ACCOUNT_HAS_DISPUTES,
    ACCOUNT_SETTLES_CARD,
    CARD_FROZEN_BY_BANK,
    ACCOUNT_FROZEN,
    ACCOUNT_CLOSED,
    ACCOUNT_BUSY,
)
def close_account(path: AccountPath) -> ViewReply:
    return success(change_status(context(), current_caller(), path.account_id, CLOSED, "closed on request"))


@blueprint.post(
    "/<account_id>/freeze",
    responses={"200": reply_of(Account)},
    summary="Freeze account",
    description="Nothing is paid from it or to it any more: transfers, captures, clearings, refunds by shops and "
    "reversals by staff are refused, authorizations are declined, direct debits returned, and interest and fees wait. "
    "What is given back by right moves all the same: holds, refunded direct debits, decided disputes.",
)
@access(STAFF)
@audited(AuditAction.ACCOUNT_FROZEN, on=AuditSubject.ACCOUNT)
@refuses(OWN_INTEREST, ACCOUNT_FROZEN, ACCOUNT_CLOSED, ACCOUNT_BUSY)
def freeze_account(path: AccountPath, body: ReasonRequest) -> ViewReply:
    return success(change_status(context(), current_caller(), path.account_id, FROZEN, body.reason))


@blueprint.post("/<account_id>/unfreeze", responses={"200": reply_of(Account)}, summary="Unfreeze account")
@access(STAFF)
@audited(AuditAction.ACCOUNT_UNFROZEN, on=AuditSubject.ACCOUNT)
@refuses(OWN_INTEREST, ACCOUNT_FROZEN, ACCOUNT_CLOSED, ACCOUNT_BUSY)
def unfreeze_account(path: AccountPath, body: ReasonRequest) -> ViewReply:
    return success(change_status(context(), current_caller(), path.account_id, OPEN, body.reason))


def _batch_result(result: batch_opening.Result) -> str:
    part = "error" if result.status == BatchItemStatus.REFUSED else "account"
    return f'{{"status":"{result.status}","{part}":{result.body}}}'
