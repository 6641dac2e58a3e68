"""Mandates and collections over HTTP: parse, call, render."""

from functools import partial

from flask import Response
from flask_openapi3 import Tag

from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.idempotency import idempotency_key, takes_idempotency_key
from shared.http.payloads import list_of, reply_of, success
from shared.identity.access import PRIVATE, PRIVATE_OR_SIMULATE, access
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.service_refusals import ACCOUNT_CLOSED, BALANCE_TOO_LARGE, USER_ERASED
from transaction_service.context import context
from transaction_service.ledger.orders import Outcome
from transaction_service.lists import listed
from transaction_service.orders import acts, direct_debits
from transaction_service.orders import direct_debit_rows as rows
from transaction_service.orders.arrangement import Arrangement, done_once, facts_of
from transaction_service.orders.direct_debit_payloads import (
    Collection,
    CollectionPath,
    CollectionRefundRequest,
    CollectionRequest,
    CollectionsQuery,
    Mandate,
    MandatePath,
    MandateRequest,
    MandatesQuery,
)
from transaction_service.orders.direct_debit_rows import DirectDebitFilter
from transaction_service.orders.direct_debits import CollectionTerms
from transaction_service.orders.refusals import (
    COLLECTION_SETTLED,
    MANDATE_EXISTS,
    MANDATE_IS_ONCE,
    MANDATE_NOT_ACTIVE,
    NOT_REFUNDABLE,
)
from transaction_service.orders.requests import arranged, replied
from transaction_service.orders.serializers import collection_object, mandate_object
from transaction_service.refusals import CLOCK_JUMPED, ORDER_REFUSALS, REVERSAL_TOO_LARGE
from transaction_service.requests import current_actor, whose

blueprint = ServiceBlueprint(
    "direct_debits",
    __name__,
    url_prefix="/api/direct-debits",
    abp_security=SECURED,
    abp_tags=[Tag(name="Direct debits", description="Money that is collected with the payer's permission.")],
)


@blueprint.post("/mandates", responses={"201": reply_of(Mandate)}, summary="Request mandate")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MANDATE_REQUESTED, on=AuditSubject.MANDATE)
@refuses(*ORDER_REFUSALS, MANDATE_EXISTS)
@takes_idempotency_key
def request_mandate(body: MandateRequest) -> Response:
    context().recipients.check_number(current_actor(), body.debtor_account_number)
    key, reader = idempotency_key(), whose()

    def ask(arrangement: Arrangement) -> Outcome:
        facts = (body.creditor_account_id, body.debtor_account_number, body.reference, body.kind.value)
        return done_once(
            arrangement,
            "mandate",
            key,
            facts,
            lambda: mandate_object(direct_debits.request_mandate(arrangement, *facts), reader),
        )

    return replied(ask, acts.of_mandate(AuditAction.MANDATE_REQUESTED))


@blueprint.get("/mandates", responses={"200": list_of(Mandate)}, summary="List mandates, newest first")
@access(PRIVATE)
def list_mandates(query: MandatesQuery) -> ViewReply:
    seen = DirectDebitFilter(whose(query.user_id), query.account_id, query.side)
    return listed(
        query,
        partial(rows.mandates_page, seen=seen, status=query.status),
        partial(rows.mandate, owner_id=seen.owner_id),
        partial(mandate_object, reader_id=whose()),
    )


@blueprint.get("/mandates/<mandate_id>", responses={"200": reply_of(Mandate)}, summary="Get mandate")
@access(PRIVATE)
def get_mandate(path: MandatePath) -> ViewReply:
    with context().database.read() as connection:
        mandate = rows.mandate(connection, path.mandate_id, owner_id=whose())
    if mandate is None:
        raise Refused(NOT_FOUND)
    return success(mandate_object(mandate, whose()))


@blueprint.post("/mandates/<mandate_id>/confirm", responses={"200": reply_of(Mandate)}, summary="Confirm mandate")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MANDATE_CONFIRMED, on=AuditSubject.MANDATE)
@refuses(MANDATE_NOT_ACTIVE, OWN_INTEREST, CLOCK_JUMPED, USER_ERASED)
def confirm_mandate(path: MandatePath) -> ViewReply:
    act = acts.of_mandate(AuditAction.MANDATE_CONFIRMED, path.mandate_id)
    confirmed = arranged(lambda commit: direct_debits.confirm_mandate(commit, path.mandate_id), act)
    return success(mandate_object(confirmed, whose()))


@blueprint.post("/mandates/<mandate_id>/cancel", responses={"200": reply_of(Mandate)}, summary="Cancel mandate")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.MANDATE_CANCELLED, on=AuditSubject.MANDATE)
@refuses(OWN_INTEREST, CLOCK_JUMPED, USER_ERASED)
def cancel_mandate(path: MandatePath) -> ViewReply:
    act = acts.of_mandate(AuditAction.MANDATE_CANCELLED, path.mandate_id)
    cancelled = arranged(lambda commit: direct_debits.cancel_mandate(commit, path.mandate_id), act)
    return success(mandate_object(cancelled, whose()))


@blueprint.post("/collections", responses={"201": reply_of(Collection)}, summary="Create collection")
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.COLLECTION_ANNOUNCED, on=AuditSubject.COLLECTION)
@refuses(MANDATE_NOT_ACTIVE, MANDATE_IS_ONCE, OWN_INTEREST, CLOCK_JUMPED, USER_ERASED, NOT_FOUND)
@takes_idempotency_key
def announce_collection(body: CollectionRequest) -> Response:
    key, reader = idempotency_key(), whose()

    def announce(arrangement: Arrangement) -> Outcome:
        terms = CollectionTerms(body.amount, body.due_on, body.description, body.end_to_end_id)
        return done_once(
            arrangement,
            "collection",
            key,
            facts_of(body),
            lambda: collection_object(direct_debits.announce_collection(arrangement, body.mandate_id, terms), reader),
        )

    return replied(announce, acts.of_collection(AuditAction.COLLECTION_ANNOUNCED))


@blueprint.get(
    "/collections",
    responses={"200": list_of(Collection)},
    summary="List collections, newest first",
)
@access(PRIVATE)
def list_collections(query: CollectionsQuery) -> ViewReply:
    seen = DirectDebitFilter(whose(query.user_id), query.account_id, query.side)
    return listed(
        query,
        partial(rows.collections_page, seen=seen, mandate_id=query.mandate_id, status=query.status),
        partial(rows.collection, owner_id=seen.owner_id),
        partial(collection_object, reader_id=whose()),
    )


@blueprint.get("/collections/<collection_id>", responses={"200": reply_of(Collection)}, summary="Get collection")
@access(PRIVATE)
def get_collection(path: CollectionPath) -> ViewReply:
    with context().database.read() as connection:
        collection = rows.collection(connection, path.collection_id, owner_id=whose())
    if collection is None:
        raise Refused(NOT_FOUND)
    return success(collection_object(collection, whose()))


@blueprint.post(
    "/collections/<collection_id>/cancel",
    responses={"200": reply_of(Collection)},
    summary="Cancel or refuse collection",
)
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.COLLECTION_CANCELLED, on=AuditSubject.COLLECTION)
@refuses(COLLECTION_SETTLED, OWN_INTEREST, CLOCK_JUMPED, USER_ERASED)
def cancel_collection(path: CollectionPath) -> ViewReply:
    act = acts.of_collection(AuditAction.COLLECTION_CANCELLED, path.collection_id)
    cancelled = arranged(lambda commit: direct_debits.cancel_collection(commit, path.collection_id), act)
    return success(collection_object(cancelled, whose()))


@blueprint.post(
    "/collections/<collection_id>/refund", responses={"201": reply_of(Collection)}, summary="Refund collection"
)
@access(PRIVATE_OR_SIMULATE)
@audited(AuditAction.COLLECTION_REFUNDED, on=AuditSubject.COLLECTION)
@refuses(
    NOT_REFUNDABLE,
    OWN_INTEREST,
    CLOCK_JUMPED,
    USER_ERASED,
    ACCOUNT_CLOSED,
    BALANCE_TOO_LARGE,
    REVERSAL_TOO_LARGE,
)
@takes_idempotency_key
def refund_collection(path: CollectionPath, body: CollectionRefundRequest) -> Response:
    key, reader, to_account_id = idempotency_key(), whose(), body.to_account_id

    def refund(arrangement: Arrangement) -> Outcome:
        return done_once(
            arrangement,
            "refund",
            key,
            (path.collection_id, *(() if to_account_id is None else (to_account_id,))),
            lambda: collection_object(
                direct_debits.refund_collection(arrangement, path.collection_id, to_account_id), reader
            ),
        )

    return replied(refund, acts.of_collection(AuditAction.COLLECTION_REFUNDED, path.collection_id))
