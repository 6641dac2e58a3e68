"""The closed sets of words that payments arranged beforehand have, as the API and the tables spell them."""

from shared.enums import TextEnum


class Frequency(TextEnum):
    """How often a standing order pays."""

    DAILY = "daily"
    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"
    TWO_MONTHLY = "two_monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


class ExecutionRule(TextEnum):
    """When to pay what falls on a day on which banks do not settle: on the next, or on the last before it."""

    FOLLOWING = "following"
    PRECEDING = "preceding"


class OrderStatus(TextEnum):
    """Whether a standing order or a scheduled payment will pay, else how it ended."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExecutionStatus(TextEnum):
    """What came of an order on one of its days."""

    COMPLETED = "completed"
    FAILED = "failed"


class MandateKind(TextEnum):
    """Whether a mandate is for one collection or for any number of them."""

    ONCE = "once"
    RECURRING = "recurring"


class MandateStatus(TextEnum):
    """Whether a mandate is in force; `completed`: it was for one collection, which was paid."""

    PENDING = "pending"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    COMPLETED = "completed"


class CollectionStatus(TextEnum):
    """What became of a direct debit."""

    SCHEDULED = "scheduled"
    PAID = "paid"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class ReturnCode(TextEnum):
    """Why a direct debit was returned, in the codes of ISO 20022."""

    INSUFFICIENT_FUNDS = "AM04"
    CLOSED_ACCOUNT = "AC04"
    BLOCKED_ACCOUNT = "AC06"
    NO_MANDATE = "MD01"
    REFUSED_BY_DEBTOR = "MS02"
    NOT_SPECIFIED = "MS03"


class NameMatch(TextEnum):
    """What a check of a payee's name says; `unavailable`: no account that could be paid has the number."""

    MATCH = "match"
    CLOSE_MATCH = "close_match"
    NO_MATCH = "no_match"
    UNAVAILABLE = "unavailable"


class OrderSide(TextEnum):
    """As what somebody sees a direct debit: as the one who collects, or as the one who pays."""

    CREDITOR = "creditor"
    DEBTOR = "debtor"
