"""What staff do with orders, mandates and collections, as the audit trail keeps it."""

from functools import partial
from typing import Any

from sqlalchemy import Connection

from shared.audit_enums import AuditAction, AuditSubject
from transaction_service.audit import Act, owner_of_account
from transaction_service.orders import direct_debit_rows, payment_order_rows
from transaction_service.orders.serializers import collection_object, mandate_object, order_object


def of_order(action: AuditAction, kind: str, order_id: str | None = None) -> Act:
    """On an order of this kind; it is that of whoever pays."""
    before = None if order_id is None else partial(_order, kind, order_id)
    return Act(action, AuditSubject.ORDER, partial(order_object, for_staff=True), _payer, before)


def of_mandate(action: AuditAction, mandate_id: str | None = None) -> Act:
    """On a mandate; it is that of whoever is to pay by it."""
    before = None if mandate_id is None else partial(_mandate, mandate_id)
    return Act(action, AuditSubject.MANDATE, partial(mandate_object, reader_id=None), _debtor, before)


def of_collection(action: AuditAction, collection_id: str | None = None) -> Act:
    """The same of what is collected by one."""
    before = None if collection_id is None else partial(_collection, collection_id)
    return Act(action, AuditSubject.COLLECTION, partial(collection_object, reader_id=None), _collected_from, before)


def _order(kind: str, order_id: str, connection: Connection) -> Any:
    return payment_order_rows.one(connection, kind, order_id, owner_id=None)


def _mandate(mandate_id: str, connection: Connection) -> Any:
    return direct_debit_rows.mandate(connection, mandate_id, owner_id=None)


def _collection(collection_id: str, connection: Connection) -> Any:
    return direct_debit_rows.collection(connection, collection_id, owner_id=None)


def _payer(connection: Connection, shown: dict[str, Any]) -> str | None:
    return owner_of_account(connection, shown["from_account_id"])


def _debtor(connection: Connection, shown: dict[str, Any]) -> str | None:
    return owner_of_account(connection, shown["debtor_account_id"])


def _collected_from(connection: Connection, shown: dict[str, Any]) -> str | None:
    found = direct_debit_rows.collection(connection, shown["id"], owner_id=None)
    return None if found is None else found.mandate.debtor_owner_id
