"""The ledger's public HTTP that reads: lists of transactions, one transaction, an account's limits."""

from dataclasses import replace

from flask_openapi3 import Tag
from sqlalchemy import Connection

from shared.contract.blueprint import ServiceBlueprint
from shared.enums import TransactionStatus
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import Key, Page, cut_page, requested_page
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identifiers import is_id
from shared.identity.access import PRIVATE, STAFF, access, current_identity
from shared.network.http_client import REQUEST_ID
from shared.refusals import NOT_FOUND, Refused
from shared.time import clock
from transaction_service.cards import pending
from transaction_service.context import context
from transaction_service.history import explanation, limits, queries
from transaction_service.history.explanation_payloads import Explanation
from transaction_service.history.filters import Filters
from transaction_service.payloads import (
    AccountHistoryQuery,
    AccountLimits,
    AccountPath,
    HistoryQuery,
    RecentQuery,
    Transaction,
    TransactionPath,
    TransactionQuery,
)

blueprint = ServiceBlueprint(
    "history",
    __name__,
    url_prefix="/api/transactions",
    abp_security=SECURED,
    abp_tags=[Tag(name="Transactions", description="The ledger: money in, out and across, and its history.")],
)
_COMPLETED, _REFUSED, _PENDING = (
    (None, status) for status in (TransactionStatus.COMPLETED, TransactionStatus.REFUSED, TransactionStatus.PENDING)
)
"""With which status asked for each of these is listed."""


@blueprint.get("/list", responses={"200": list_of(Transaction)}, summary="List my transactions, newest first")
@access(PRIVATE)
def list_transactions(query: HistoryQuery) -> ViewReply:
    user_id, filters = current_identity().user_id, _filters(query)
    with context().database.read() as connection:
        page = _page(connection, query, owner_id=user_id, account_id=query.account_id)
        rows = []
        if query.status in _COMPLETED:
            rows += queries.of_owner(connection, user_id, filters, page)
        if query.status in _PENDING:
            rows += pending.page_of(connection, filters, page, owner_id=user_id)
        if query.status in _REFUSED:
            rows += queries.refused(connection, filters, page, owner_id=user_id)
    return _listed(rows, page)


@blueprint.get("/recent", responses={"200": list_of(Transaction)}, summary="List recent transactions")
@access(PRIVATE)
def list_recent_transactions(query: RecentQuery) -> ViewReply:
    with context().database.read() as connection:
        rows = queries.of_owner(connection, current_identity().user_id, Filters(), Page(query.limit))
    return success_list([row for _, row in rows[: query.limit]])


@blueprint.get(
    "/account/<account_id>", responses={"200": list_of(Transaction)}, summary="List account transactions, newest first"
)
@access(PRIVATE)
def list_account_transactions(path: AccountPath, query: AccountHistoryQuery) -> ViewReply:
    identity = current_identity()
    filters = replace(_filters(query), account_id=path.account_id)
    with context().database.read() as connection:
        if not queries.may_see(connection, path.account_id, identity.user_id, sees_all=identity.is_staff):
            raise Refused(NOT_FOUND)
        page = _page(connection, query, account_id=path.account_id)
        rows = []
        if query.status in _COMPLETED:
            rows += queries.of_account(connection, identity.user_id, filters, page, for_staff=identity.is_staff)
        if query.status in _PENDING:
            rows += pending.page_of(connection, filters, page, for_staff=identity.is_staff)
        if query.status in _REFUSED:
            rows += queries.refused(connection, filters, page, for_staff=identity.is_staff)
    return _listed(rows, page)


@blueprint.get("/details/<transaction_id>", responses={"200": reply_of(Transaction)}, summary="Get transaction")
@access(PRIVATE)
def get_transaction(path: TransactionPath, query: TransactionQuery) -> ViewReply:
    identity = current_identity()
    if not is_id(path.transaction_id):
        raise Refused(NOT_FOUND)
    with context().database.read() as connection:
        found = queries.one(
            connection,
            path.transaction_id,
            identity.user_id,
            sees_all=identity.is_staff,
            account_id=query.account_id,
        )
    if found is None:
        raise Refused(NOT_FOUND)
    return success(found)


@blueprint.get("/<transaction_id>/explain", responses={"200": reply_of(Explanation)}, summary="Explain transaction")
@access(PRIVATE)
def explain_transaction(path: TransactionPath) -> ViewReply:
    identity = current_identity()
    if not is_id(path.transaction_id):
        raise Refused(NOT_FOUND)
    with context().database.read() as connection:
        shown = queries.one(connection, path.transaction_id, identity.user_id, sees_all=identity.is_staff)
        if shown is None:
            raise Refused(NOT_FOUND)
        found = explanation.explain(connection, shown, identity.user_id, sees_all=identity.is_staff)
    found["log"] = _log_of(found["request_id"], shown["booked_at"]) if identity.is_staff else None
    return success(found)


@blueprint.get("/all", responses={"200": list_of(Transaction)}, summary="List all transactions, newest first")
@access(STAFF)
def list_all_transactions(query: HistoryQuery) -> ViewReply:
    filters = _filters(query)
    with context().database.read() as connection:
        page = _page(connection, query)
        rows = []
        if query.status in _COMPLETED:
            rows += queries.of_everyone(connection, filters, page)
        if query.status in _PENDING:
            rows += pending.page_of(connection, filters, page, for_staff=True)
        if query.status in _REFUSED:
            rows += queries.refused(connection, filters, page, for_staff=True)
    return _listed(rows, page)


@blueprint.get("/limits/<account_id>", responses={"200": reply_of(AccountLimits)}, summary="Get account limits")
@access(PRIVATE)
def get_account_limits(path: AccountPath) -> ViewReply:
    identity = current_identity()
    with context().database.read() as connection:
        if not queries.may_see(connection, path.account_id, identity.user_id, sees_all=identity.is_staff):
            raise Refused(NOT_FOUND)
        found = limits.of_account(connection, path.account_id, now_us=context().machine_clock.shown_us())
    return success(found)


def _log_of(request_id: str | None, booked_at: str) -> dict[str, object] | None:
    """What the logs say of the request; what fell due has none."""
    if request_id is None or REQUEST_ID.fullmatch(request_id) is None:
        return None
    lines, away = context().bank_log.of(request_id, clock.from_wire(booked_at))
    return {"lines": lines, "away": away}


def _filters(query: HistoryQuery) -> Filters:
    return Filters(
        account_id=query.account_id,
        authorization_id=query.authorization_id,
        type=query.type,
        direction=query.direction,
        category=query.category,
        since=query.since,
        until=query.until,
        min_amount=query.min_amount,
        max_amount=query.max_amount,
        text=query.q,
    )


def _page(
    connection: Connection, query: HistoryQuery, *, owner_id: str | None = None, account_id: str | None = None
) -> Page:
    def place_of(row_id: str) -> Key | None:
        return queries.place_of(connection, row_id, owner_id=owner_id, account_id=account_id)

    return requested_page(query, place_of)


def _listed(rows: list[queries.Row], page: Page) -> dict[str, object]:
    """One page of rows that may come from two tables, each already cut for the page."""
    rows.sort(key=lambda row: row[0], reverse=not page.is_ascending)
    shown, cursor = cut_page(rows, page, lambda row: row[0])
    return success_list([row for _, row in shown], cursor)
