"""What is asked of mandates and collections, and how they are shown."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.amounts.account_numbers import TypedAccountNumber
from shared.amounts.money import AmountText, MoneyText
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    EXAMPLE_ID,
    CurrencyCode,
    DayText,
    Id,
    Line,
    PathId,
    PathModel,
    RequestModel,
    ResponseModel,
    Timestamp,
)
from transaction_service.orders.enums import CollectionStatus, MandateKind, MandateStatus, OrderSide, ReturnCode
from transaction_service.orders.payloads import Day, Recipient
from transaction_service.payloads import Description, EndToEndId, Initiator

MandateReference = Annotated[Line, Field(min_length=1, max_length=35, examples=["POWER-4711"])]
_END_TO_END = "what the creditor calls it; it goes with the payment, and into both sides' history"


class MandateRequest(RequestModel):
    """Ask the holder of an account for permission to collect from it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "creditor_account_id": EXAMPLE_ID,
                "debtor_account_number": "DE89 3704 0044 0532 0130 00",
                "reference": "POWER-4711",
                "kind": "recurring",
            }
        }
    )

    debtor_account_number: TypedAccountNumber
    creditor_account_id: Id
    reference: MandateReference
    kind: MandateKind = MandateKind.RECURRING


class MandatePath(PathModel):
    """A mandate named in the path."""

    mandate_id: PathId


class CollectionRefundRequest(RequestModel):
    """Have the money back where it came from, or once that account is closed on another one."""

    model_config = ConfigDict(json_schema_extra={"example": {}})

    to_account_id: Id | None = Field(
        None,
        description="another account of the debtor's in the same currency, no credit card's, once the one that paid is "
        "closed",
    )


class MandatesQuery(ListQuery):
    """Filters of a list of mandates."""

    account_id: Id | None = Field(None, description="of this account alone, on whichever side")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    side: OrderSide | None = Field(None, description="only as who collects, or as who pays")
    status: MandateStatus | None = Field(None, description="of this status alone")


class Mandate(ResponseModel):
    """Permission to collect. `side` is the reader's own, null for staff and for who has both.

    A creditor is told the debtor's name once the debtor has agreed; before that it is masked.
    """

    id: Id
    reference: str = Field(examples=["POWER-4711"])
    kind: MandateKind
    status: MandateStatus
    side: OrderSide | None
    creditor: Recipient
    creditor_account_id: Id | None = Field(description="for the creditor and for staff")
    debtor: Recipient
    debtor_account_id: Id | None = Field(description="for the debtor and for staff")
    currency: CurrencyCode
    created_at: Timestamp
    confirmed_at: Timestamp | None
    confirmed_by: Initiator | None = Field(description="who agreed: the debtor, or the bank for them", examples=[None])
    last_collected_at: Timestamp | None
    expires_at: Timestamp
    ended_at: Timestamp | None = Field(examples=[None])


class CollectionRequest(RequestModel):
    """Collect by a mandate on a day, or the next on which banks settle."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "mandate_id": EXAMPLE_ID,
                "amount": "48.20",
                "due_on": "2026-12-01",
                "description": "Electricity, November",
            }
        }
    )

    mandate_id: Id
    amount: AmountText
    due_on: Day
    description: Description = ""
    end_to_end_id: EndToEndId | None = Field(None, description=_END_TO_END)


class CollectionPath(PathModel):
    """A collection named in the path."""

    collection_id: PathId


class CollectionsQuery(ListQuery):
    """Filters of a list of collections."""

    account_id: Id | None = Field(None, description="of this account alone, on whichever side")
    user_id: Id | None = Field(None, description="of this person alone (staff)")
    side: OrderSide | None = Field(None, description="only as who collects, or as who pays")
    mandate_id: Id | None = Field(None, description="by this mandate alone")
    status: CollectionStatus | None = Field(None, description="of this status alone")


class Collection(ResponseModel):
    """A direct debit. Paid by `transaction_id`; returned for `return_code`; refunded by `refund_transaction_id`."""

    id: Id
    mandate_id: Id
    reference: str = Field(examples=["POWER-4711"])
    side: OrderSide | None
    counterparty_name: str = Field(examples=["Power and Light"])
    amount: MoneyText
    currency: CurrencyCode
    description: str = Field(examples=["Electricity, November"])
    end_to_end_id: EndToEndId | None = Field(description=_END_TO_END)
    due_on: DayText
    due_at: Timestamp
    status: CollectionStatus
    return_code: ReturnCode | None = Field(examples=[None])
    transaction_id: Id | None
    refund_transaction_id: Id | None = Field(examples=[None])
    refunded_amount: MoneyText | None = Field(
        description="what the debtor had back: all that the bank had not taken back before", examples=[None]
    )
    refundable_until: Timestamp | None = Field(description="until then the debtor can have the money back")
    refundable_amount: MoneyText | None = Field(
        description="what they can have back until then; null of what was not paid, was refunded, or taken back whole"
    )
    created_at: Timestamp
    settled_at: Timestamp | None
