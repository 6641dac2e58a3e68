"""What the ledger tells the other services; the words of money and of accounts stand in shared/enums.py."""

from shared.enums import TextEnum


class LedgerEventType(TextEnum):
    """What the ledger's feed tells beside the journal: of holds, of card payments, of what is arranged beforehand."""

    HOLD_PLACED = "hold_placed"
    HOLD_RAISED = "hold_raised"
    HOLD_CAPTURED = "hold_captured"
    HOLD_VOIDED = "hold_voided"
    HOLD_EXPIRED = "hold_expired"
    ORDER_PLACED = "order_placed"
    ORDER_CHANGED = "order_changed"
    ORDER_FAILED = "order_failed"
    MANDATE_REQUESTED = "mandate_requested"
    MANDATE_CHANGED = "mandate_changed"
    COLLECTION_ANNOUNCED = "collection_announced"
    COLLECTION_RETURNED = "collection_returned"
    COLLECTION_REFUNDED = "collection_refunded"
    CARD_PAYMENT_APPROVED = "card_payment_approved"
    CARD_PAYMENT_INCREMENTED = "card_payment_incremented"
    CARD_PAYMENT_CAPTURED = "card_payment_captured"
    CARD_PAYMENT_REVERSED = "card_payment_reversed"
    CARD_PAYMENT_EXPIRED = "card_payment_expired"
    CARD_PAYMENT_DECLINED = "card_payment_declined"
    CARD_STATEMENT_MADE = "card_statement_made"
    CARD_BILL_PAID = "card_bill_paid"
    CARD_BILL_UNPAID = "card_bill_unpaid"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_RESOLVED = "dispute_resolved"
    FLOOR_PASSED = "floor_passed"
    BANK_RESET = "bank_reset"
