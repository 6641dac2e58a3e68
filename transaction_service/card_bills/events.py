"""What the ledger tells other services of credit cards' bills."""

from typing import ClassVar, TypeVar

from shared.events.event_feed import Event
from shared.ledger_enums import LedgerEventType
from shared.time import clock
from shared.time.business_days import day_of_number
from transaction_service.card_bills.statement import CreditLine, Statement


class CardBillEvent(Event):
    """Something about a statement. `amount_minor` is what was owed, paid, or is left unpaid; days as ISO dates."""

    statement_id: str
    account_id: str
    settlement_account_id: str
    user_id: str
    amount_minor: int
    minimum_minor: int
    late_fee_minor: int
    currency: str
    due_on: str
    happened_at: str


class CardStatementMade(CardBillEvent):
    """There is a new statement; `amount_minor` is owed, or below zero in the holder's favour."""

    type: ClassVar[str] = LedgerEventType.CARD_STATEMENT_MADE


class CardBillPaid(CardBillEvent):
    """A bill, or a part of it, was paid from the linked account."""

    type: ClassVar[str] = LedgerEventType.CARD_BILL_PAID


class CardBillUnpaid(CardBillEvent):
    """The linked account had too little, or is frozen; `late_fee_minor` was charged by now, or nothing."""

    type: ClassVar[str] = LedgerEventType.CARD_BILL_UNPAID


Kind = TypeVar("Kind", CardStatementMade, CardBillPaid, CardBillUnpaid)


def bill_event(kind: type[Kind], line: CreditLine, bill: Statement, amount_minor: int, at_us: int) -> Kind:
    """The event that this has happened to a statement, at an instant of the bank's time."""
    return kind(
        statement_id=bill.id,
        account_id=line.account_id,
        settlement_account_id=line.settlement_id,
        user_id=line.owner_id,
        amount_minor=amount_minor,
        minimum_minor=bill.minimum_minor,
        late_fee_minor=0 if bill.fee_position is None else line.late_fee_minor(bill.due_day),
        currency=line.currency,
        due_on=day_of_number(bill.due_day).isoformat(),
        happened_at=clock.to_wire(at_us),
    )
