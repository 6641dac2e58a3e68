"""Payees, orders, mandates and collections as the API shows them."""

from typing import Any

from shared.amounts import money
from shared.privacy.masking import mask_account_number, mask_name
from shared.time import clock
from shared.time.business_days import day_of_number
from transaction_service.due_work.queue import STANDING_ORDER
from transaction_service.ledger.serializers import initiator_object
from transaction_service.orders.direct_debit_events import name_for
from transaction_service.orders.enums import ExecutionStatus, OrderSide
from transaction_service.orders.mandate import Collection, Mandate
from transaction_service.orders.payees import Payee
from transaction_service.orders.payment_order import PaymentOrder


def payee_object(payee: Payee) -> dict[str, Any]:
    """The `SavedPayee` object of the API."""
    shown = payee._asdict()
    del shown["owner_id"]
    return {**shown, "created_at": clock.to_wire(payee.created_at)}


def order_object(order: PaymentOrder, *, for_staff: bool = False) -> dict[str, Any]:
    """The `StandingOrder` or `ScheduledPayment` object of the API; staff read who is paid, whoever that is."""
    is_known = for_staff or order.payee_owner_id == order.owner_id
    number = order.payee_account_number if is_known else order.payee_number
    shown = {
        "id": order.id,
        "from_account_id": order.payer_id,
        "recipient": {
            "name": order.payee_name or (order.payee_holder if is_known else mask_name(order.payee_holder)),
            "account_number": number or mask_account_number(order.payee_account_number),
        },
        "amount": money.to_text(order.amount_minor, order.currency),
        "currency": order.currency,
        "fixed": order.fixed,
        "description": order.description,
        "end_to_end_id": order.end_to_end_id,
        "status": order.status,
        "next_at": _time(order.due_at),
        "is_retry": order.attempts > 0,
        "created_at": clock.to_wire(order.created_at),
        "ended_at": _time(order.ended_at),
    }
    if order.kind != STANDING_ORDER:
        return {**shown, "execute_on": _day(order.first_day)}
    next_on = None if order.next_day is None else order.schedule.execution_day(day_of_number(order.next_day))
    return {
        **shown,
        "frequency": order.frequency,
        "first_on": _day(order.first_day),
        "last_on": _day(order.last_day),
        "execution_rule": order.execution_rule,
        "next_on": None if next_on is None else next_on.isoformat(),
    }


def execution_object(row: Any, currency: str) -> dict[str, Any]:
    """The `OrderExecution` object of the API, of a row of what came of an order."""
    return {
        "id": row.id,
        "due_on": _day(row.day),
        "executed_at": clock.to_wire(row.executed_at),
        "status": (ExecutionStatus.FAILED if row.error_code else ExecutionStatus.COMPLETED).value,
        "amount": money.to_text(row.amount_minor, currency),
        "currency": currency,
        "attempts": row.attempts,
        "transaction_id": row.entry_id,
        "error_code": row.error_code,
    }


def mandate_object(mandate: Mandate, reader_id: str | None) -> dict[str, Any]:
    """The `Mandate` object of the API, for the person with this id; for staff with None."""
    side = _side(mandate, reader_id)
    sees_creditor = reader_id in (None, mandate.creditor_owner_id)
    sees_debtor = reader_id in (None, mandate.debtor_owner_id)
    debtor_name = mandate.debtor_name if sees_debtor else name_for(mandate, OrderSide.CREDITOR)
    return {
        "id": mandate.id,
        "reference": mandate.reference,
        "kind": mandate.kind,
        "status": mandate.status,
        "side": side,
        "creditor": {
            "name": mandate.creditor_name,
            "account_number": _number(mandate.creditor_number, is_seen=sees_creditor),
        },
        "creditor_account_id": mandate.creditor_id if sees_creditor else None,
        "debtor": {"name": debtor_name, "account_number": _number(mandate.debtor_number, is_seen=sees_debtor)},
        "debtor_account_id": mandate.debtor_id if sees_debtor else None,
        "currency": mandate.currency,
        "created_at": clock.to_wire(mandate.created_at),
        "confirmed_at": _time(mandate.confirmed_at),
        "confirmed_by": _confirmer(mandate, for_staff=reader_id is None),
        "last_collected_at": _time(mandate.last_collected_at),
        "expires_at": clock.to_wire(mandate.expires_at),
        "ended_at": _time(mandate.ended_at),
    }


def _confirmer(mandate: Mandate, *, for_staff: bool) -> dict[str, str | None] | None:
    kind = mandate.confirmer_kind
    return None if kind is None else initiator_object(kind, mandate.confirmer_name, for_staff=for_staff)


def collection_object(collection: Collection, reader_id: str | None) -> dict[str, Any]:
    """The `Collection` object of the API, for the person with this id; for staff with None."""
    mandate = collection.mandate
    side = _side(mandate, reader_id)
    left_minor = None if collection.refundable_until is None else collection.left_minor
    return {
        "id": collection.id,
        "mandate_id": mandate.id,
        "reference": mandate.reference,
        "side": side,
        "counterparty_name": name_for(mandate, side or OrderSide.DEBTOR),
        "amount": money.to_text(collection.amount_minor, mandate.currency),
        "currency": mandate.currency,
        "description": collection.description,
        "end_to_end_id": collection.end_to_end_id,
        "due_on": _day(collection.due_day),
        "due_at": clock.to_wire(collection.due_at),
        "status": collection.status,
        "return_code": collection.return_code,
        "transaction_id": collection.entry_id,
        "refund_transaction_id": collection.refund_entry_id,
        "refunded_amount": _amount(collection.refunded_minor, mandate.currency),
        "refundable_until": _time(collection.refundable_until),
        "refundable_amount": _amount(left_minor, mandate.currency),
        "created_at": clock.to_wire(collection.created_at),
        "settled_at": _time(collection.settled_at),
    }


def _side(mandate: Mandate, reader_id: str | None) -> OrderSide | None:
    is_creditor, is_debtor = reader_id == mandate.creditor_owner_id, reader_id == mandate.debtor_owner_id
    if is_creditor == is_debtor:
        return None
    return OrderSide.CREDITOR if is_creditor else OrderSide.DEBTOR


def _number(number: str, *, is_seen: bool) -> str:
    return number if is_seen else mask_account_number(number)


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else money.to_text(minor, currency)


def _time(instant_us: int | None) -> str | None:
    return None if instant_us is None else clock.to_wire(instant_us)


def _day(number: int | None) -> str | None:
    return None if number is None else day_of_number(number).isoformat()
