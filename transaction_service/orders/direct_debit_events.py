"""The events of mandates and collections, for the sides that should hear of them."""

from collections.abc import Iterable
from typing import Any

from shared.events.event_feed import Event
from shared.privacy.masking import mask_name
from shared.time import clock
from shared.time.business_days import day_of_number
from transaction_service.orders.enums import CollectionStatus, MandateStatus, OrderSide
from transaction_service.orders.events import CollectionEvent, CollectionRefunded, CollectionReturned, MandateEvent
from transaction_service.orders.mandate import Collection, Mandate


def name_for(mandate: Mandate, side: OrderSide) -> str:
    """How a side knows the other: a creditor does not learn who a debtor is before that debtor has agreed."""
    if side is OrderSide.DEBTOR:
        return mandate.creditor_name
    return mandate.debtor_name if mandate.confirmed_at is not None else mask_name(mandate.debtor_name)


def account_of(mandate: Mandate, side: OrderSide) -> tuple[str, str]:
    """The account of a side, and its owner."""
    if side is OrderSide.DEBTOR:
        return mandate.debtor_id, mandate.debtor_owner_id
    return mandate.creditor_id, mandate.creditor_owner_id


def mandate_events(kind: type[MandateEvent], mandate: Mandate, at_us: int, sides: Iterable[OrderSide]) -> list[Event]:
    """That this has become of the mandate, once for each of the sides."""
    return [
        kind(
            mandate_id=mandate.id,
            side=side,
            account_id=account_of(mandate, side)[0],
            user_id=account_of(mandate, side)[1],
            other_name=name_for(mandate, side),
            reference=mandate.reference,
            status=MandateStatus(mandate.status),
            happened_at=clock.to_wire(at_us),
        )
        for side in sides
    ]


def collection_events(
    kind: type[CollectionEvent], collection: Collection, at_us: int, sides: Iterable[OrderSide]
) -> list[Event]:
    """That this has become of the collection, once for each of the sides."""
    mandate = collection.mandate
    more: dict[str, Any] = {}
    if kind is CollectionReturned:
        more = {"return_code": collection.return_code}
    elif kind is CollectionRefunded:
        more = {"refunded_minor": collection.refunded_minor}
    return [
        kind(
            collection_id=collection.id,
            mandate_id=mandate.id,
            side=side,
            account_id=account_of(mandate, side)[0],
            user_id=account_of(mandate, side)[1],
            other_name=name_for(mandate, side),
            amount_minor=collection.amount_minor,
            currency=mandate.currency,
            description=collection.description,
            due_on=day_of_number(collection.due_day).isoformat(),
            status=CollectionStatus(collection.status),
            happened_at=clock.to_wire(at_us),
            **more,
        )
        for side in sides
    ]
