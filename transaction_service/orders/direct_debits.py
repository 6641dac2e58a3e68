"""Asking for mandates, confirming and cancelling them; announcing collections, cancelling and refunding them."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from shared.enums import AccountType, InitiatorKind
from shared.events.event_feed import Event
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.time.business_days import business_day, number_of_day
from transaction_service.holds.hold_rows import tell
from transaction_service.ledger import initiators, journal
from transaction_service.ledger.decisions import has_own_interest, may_act_for_owner
from transaction_service.ledger.movement_rules import REVERSAL
from transaction_service.ledger.orders import Order
from transaction_service.ledger.resolution import money_of
from transaction_service.orders import direct_debit_rows as rows
from transaction_service.orders.arrangement import Arrangement, accounts_of
from transaction_service.orders.direct_debit_events import collection_events, mandate_events
from transaction_service.orders.enums import CollectionStatus, MandateKind, MandateStatus, OrderSide, ReturnCode
from transaction_service.orders.events import (
    CollectionAnnounced,
    CollectionRefunded,
    CollectionReturned,
    MandateChanged,
    MandateRequested,
)
from transaction_service.orders.execution import BANK, pay
from transaction_service.orders.mandate import Collection, Mandate, unused_until
from transaction_service.orders.refusals import MANDATE_EXISTS, MANDATE_IS_ONCE
from transaction_service.refusals import REFUSALS

_BOTH = (OrderSide.CREDITOR, OrderSide.DEBTOR)
_BY_CODE = {refusal.code: refusal for refusal in REFUSALS}


def request_mandate(
    arrangement: Arrangement, creditor_id: str, debtor_number: str, reference: str, kind: str
) -> Mandate:
    """A creditor asks whether they may collect. Raises Refused (409) for a reference that the account has used.

    Somebody may ask it of another account of their own: they agree as its debtor, and have both sides of it.
    """
    connection, at_us = arrangement.connection, arrangement.bank_time
    creditor, debtor = accounts_of(arrangement, creditor_id, other_number=debtor_number)
    known = rows.mandate_named(connection, creditor.id, reference)
    if known is not None:
        raise Refused(MANDATE_EXISTS, details={"mandate_id": known})
    mandate = Mandate(
        key=None,
        id=new_id(),
        creditor_id=creditor.id,
        creditor_owner_id=creditor.owner_id,
        creditor_name=creditor.holder_name,
        creditor_number=creditor.account_number,
        debtor_id=debtor.id,
        debtor_owner_id=debtor.owner_id,
        debtor_name=debtor.holder_name,
        debtor_number=debtor.account_number,
        currency=creditor.currency,
        is_synthetic=creditor.synthetic * debtor.synthetic,
        reference=reference,
        kind=kind,
        status=MandateStatus.PENDING.value,
        expires_at=unused_until(at_us),
        created_at=at_us,
        confirmed_at=None,
        last_collected_at=None,
        ended_at=None,
    )
    initiator = arrangement.actor.initiator_for(creditor.owner_id)
    rows.add_mandate(connection, mandate, initiator, arrangement.request_id)
    tell(connection, mandate_events(MandateRequested, mandate, at_us, [OrderSide.DEBTOR]))
    return mandate


def confirm_mandate(arrangement: Arrangement, mandate_id: str) -> Mandate:
    """The debtor agrees, or staff for them, of which they are told; one that is in force already is left as it is."""
    mandate, _ = _own_mandate(arrangement, mandate_id, [OrderSide.DEBTOR])
    if mandate.status == MandateStatus.ACTIVE:
        return mandate
    mandate.confirm(arrangement.bank_time)
    by = arrangement.actor.initiator_for(mandate.debtor_owner_id)
    mandate.confirmer_key = initiators.keys_of(arrangement.connection, [by])[by]
    mandate.confirmer_kind, mandate.confirmer_name = by.kind, by.name
    return _kept(arrangement, mandate, _BOTH if by.kind == InitiatorKind.STAFF else [OrderSide.CREDITOR])


def cancel_mandate(arrangement: Arrangement, mandate_id: str) -> Mandate:
    """Either side ends it, or the debtor refuses it; one that has ended already is left as it is."""
    mandate, sides = _own_mandate(arrangement, mandate_id, _BOTH)
    if not mandate.is_going_on:
        return mandate
    mandate.end(MandateStatus.CANCELLED, arrangement.bank_time)
    return _kept(arrangement, mandate, [side for side in _BOTH if side not in sides] or _BOTH)


class CollectionTerms(NamedTuple):
    """What a creditor will collect, on which day, for what, and what they call it."""

    amount: str
    due_on: date
    description: str
    end_to_end_id: str | None


def announce_collection(arrangement: Arrangement, mandate_id: str, terms: CollectionTerms) -> Collection:
    """A creditor will collect on a day. Raises Refused (409) by a mandate that is not in force."""
    connection, at_us = arrangement.connection, arrangement.bank_time
    mandate, _ = _own_mandate(arrangement, mandate_id, [OrderSide.CREDITOR])
    mandate.check_is_active()
    if mandate.kind == MandateKind.ONCE and (under_way := rows.collection_under_way(connection, mandate)):
        raise Refused(MANDATE_IS_ONCE, details={"collection_id": under_way})
    today = business_day(at_us)
    if terms.due_on < today:
        raise invalid("due_on", "must not lie in the past", code="in_the_past", today=today.isoformat())
    collection = Collection(
        key=None,
        id=new_id(),
        amount_minor=money_of(terms.amount, mandate.currency).minor,
        due_day=number_of_day(terms.due_on),
        description=terms.description,
        end_to_end_id=terms.end_to_end_id,
        status=CollectionStatus.SCHEDULED.value,
        return_code=None,
        position=None,
        entry_id=None,
        reversed_minor=0,
        refund_position=None,
        refund_entry_id=None,
        refunded_minor=None,
        created_at=at_us,
        settled_at=None,
        mandate=mandate,
    )
    initiator = arrangement.actor.initiator_for(mandate.creditor_owner_id)
    rows.add_collection(connection, collection, initiator, arrangement.request_id)
    tell(connection, collection_events(CollectionAnnounced, collection, at_us, [OrderSide.DEBTOR]))
    return collection


def cancel_collection(arrangement: Arrangement, collection_id: str) -> Collection:
    """The creditor calls it off, or the debtor refuses it: which returns it. Raises Refused (409) once it is over."""
    collection, sides = _own_collection(arrangement, collection_id, _BOTH)
    collection.check_is_scheduled()
    is_refused = OrderSide.CREDITOR not in sides
    status = CollectionStatus.RETURNED if is_refused else CollectionStatus.CANCELLED
    code = ReturnCode.REFUSED_BY_DEBTOR if is_refused else None
    collection.settle(status, arrangement.bank_time, return_code=code)
    rows.change_collections(arrangement.connection, [collection])
    if is_refused:
        told = collection_events(CollectionReturned, collection, arrangement.bank_time, [OrderSide.CREDITOR])
        tell(arrangement.connection, told)
    return collection


def end_all_of(connection: Connection, account_key: int, account_id: str, at_us: int) -> None:
    """End the mandates on either side of an account that is being closed, and what is still to be collected by them.

    From a debtor's it is returned as it would be on its day, so that the creditor knows why; to a creditor's it is
    called off.
    """
    mandates = rows.going_on_of(connection, account_key)
    collections = rows.scheduled_by(connection, account_key, mandates)
    told: list[Event] = []
    for mandate in mandates.values():
        mandate.end(MandateStatus.CANCELLED, at_us)
        other = OrderSide.CREDITOR if mandate.debtor_id == account_id else OrderSide.DEBTOR
        told += mandate_events(MandateChanged, mandate, at_us, [other])
    for collection in collections:
        if collection.mandate.debtor_id != account_id:
            collection.settle(CollectionStatus.CANCELLED, at_us)
            continue
        collection.settle(CollectionStatus.RETURNED, at_us, return_code=ReturnCode.CLOSED_ACCOUNT)
        told += collection_events(CollectionReturned, collection, at_us, [OrderSide.CREDITOR])
    rows.change_collections(connection, collections)
    rows.change_mandates(connection, list(mandates.values()))
    tell(connection, told)


def refund_collection(arrangement: Arrangement, collection_id: str, to_account_id: str | None) -> Collection:
    """The debtor has the money back, whatever the creditor has left; once the account that paid is closed, on another
    of theirs. Raises Refused (409) where that is not due, and 422 for an account that it cannot come back to.
    """
    connection, at_us = arrangement.connection, arrangement.bank_time
    collection, _ = _own_collection(arrangement, collection_id, [OrderSide.DEBTOR])
    collection.check_is_refundable(at_us)
    if to_account_id is not None:
        _check_comes_back_to(connection, collection.mandate, to_account_id)
    refund = Order(
        actor=BANK,
        type=REVERSAL,
        amount=None,
        request_id=arrangement.request_id,
        description=collection.description,
        reverses=collection.entry_id,
        to_account_id=to_account_id,
    )
    (paid,) = pay(connection, [refund], arrangement.now_us)
    if paid.error_code is not None:
        raise Refused(_BY_CODE[paid.error_code], details=dict(paid.details))
    collection.status = CollectionStatus.REFUNDED.value
    collection.refund_position, collection.refund_entry_id = paid.position, paid.entry_id
    collection.refunded_minor = paid.amount_minor
    rows.change_collections(connection, [collection])
    tell(connection, collection_events(CollectionRefunded, collection, at_us, [OrderSide.CREDITOR]))
    return collection


def _check_comes_back_to(connection: Connection, mandate: Mandate, account_id: str) -> None:
    found = {one.id: one for one in journal.lock_accounts(connection, {mandate.debtor_id, account_id})}
    account, paid_from = found.get(account_id), found[mandate.debtor_id]
    is_theirs = account is not None and account.owner_id == mandate.debtor_owner_id
    if (
        account is None
        or not is_theirs
        or account.account_type == AccountType.CREDIT  # on which no more is paid than is owed
        or account.currency != mandate.currency
        or paid_from.status != "closed"
    ):
        sentence = (
            "must be another account of the debtor's in the same currency, no credit card's, "
            "once the one that paid is closed"
        )
        raise invalid("to_account_id", sentence, code="cannot_be_refunded_to")


def _own_mandate(
    arrangement: Arrangement, mandate_id: str, sides: Sequence[OrderSide]
) -> tuple[Mandate, list[OrderSide]]:
    """The mandate, and as which of these sides somebody acts on it. Raises Refused (404) for who has no part in it."""
    mandate = rows.locked_mandates(arrangement.connection, [mandate_id]).get(mandate_id) if mandate_id else None
    if mandate is None:
        raise Refused(NOT_FOUND)
    return mandate, _sides_of(arrangement, mandate, sides)


def _own_collection(
    arrangement: Arrangement, collection_id: str, sides: Sequence[OrderSide]
) -> tuple[Collection, list[OrderSide]]:
    named = [collection_id] if collection_id else []
    collection = rows.locked_collections(arrangement.connection, named).get(collection_id)
    if collection is None:
        raise Refused(NOT_FOUND)
    return collection, _sides_of(arrangement, collection.mandate, sides)


def _sides_of(arrangement: Arrangement, mandate: Mandate, sides: Sequence[OrderSide]) -> list[OrderSide]:
    actor = arrangement.actor
    owners = {OrderSide.CREDITOR: mandate.creditor_owner_id, OrderSide.DEBTOR: mandate.debtor_owner_id}
    own = [side for side in sides if owners[side] == actor.user_id]
    if own:
        return own
    if not any(may_act_for_owner(actor, owners[one], is_synthetic=bool(mandate.is_synthetic)) for one in sides):
        raise Refused(NOT_FOUND)
    if has_own_interest(actor, *owners.values()):
        raise Refused(OWN_INTEREST)
    return list(sides)


def _kept(arrangement: Arrangement, mandate: Mandate, told: Sequence[OrderSide]) -> Mandate:
    rows.change_mandates(arrangement.connection, [mandate])
    tell(arrangement.connection, mandate_events(MandateChanged, mandate, arrangement.bank_time, told))
    return mandate
