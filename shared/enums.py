"""The closed sets of words that services share: each value is written here, once, as the API and the tables spell it.

A member is its text (`Role.ADMIN == "admin"`), so it goes into JSON and databases as it is. A request field of one of
these types reads the word; any other text is a 422, and OpenAPI lists the words there are.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from shared.amounts.currencies import MINOR_UNIT_DIGITS

if TYPE_CHECKING:  # the command line knows some of these words, and starts in half the time without Pydantic
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class TextEnum(StrEnum):
    """A closed set of words that payload models read from text, in strict models too."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Pydantic's own schema of an enum, without asking for a member where a request can only hold its text."""
        return cast("CoreSchema", {**handler(source), "strict": False})


class Role(TextEnum):
    """What a person may do."""

    CUSTOMER = "customer"
    EMPLOYEE = "employee"
    ADMIN = "admin"


STAFF_ROLES = frozenset({Role.EMPLOYEE, Role.ADMIN})
"""Who works at the bank."""


class FaultKind(TextEnum):
    """What goes wrong on purpose with a request, in a bank in development."""

    LATENCY = "latency"
    ERROR = "error"
    RESET = "reset"
    REPLY_LOST = "reply_lost"
    STALE_READ = "stale_read"
    RATE_LIMITED = "rate_limited"


class UserStatus(TextEnum):
    """Whether a person may log in. Who is erased never may again, and is nobody the bank could name."""

    ACTIVE = "active"
    DISABLED = "disabled"
    ERASED = "erased"


class AccountType(TextEnum):
    """The kinds of account; one of the last comes with a credit card, and is opened in no other way."""

    CHECKING = "checking"
    SAVINGS = "savings"
    INVESTMENT = "investment"
    CREDIT = "credit"


class AccountStatus(TextEnum):
    """The life of an account, as the account service keeps it; see `SETTLED_ACCOUNT_STATUSES`."""

    OPENING = "opening"
    OPEN = "open"
    FROZEN = "frozen"
    CLOSING = "closing"
    CLOSED = "closed"
    REFUSED = "refused"


class LedgerAccountStatus(TextEnum):
    """What the ledger knows of an account's life: the states that are settled."""

    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


SETTLED_ACCOUNT_STATUSES = frozenset({AccountStatus.OPEN, AccountStatus.FROZEN, AccountStatus.CLOSED})
"""The states that nothing is under way in: the only ones that events tell of."""


class TransactionType(TextEnum):
    """What kind of movement an entry of the journal is."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    CARD_PURCHASE = "card_purchase"
    CARD_PAYMENT = "card_payment"
    INTEREST = "interest"
    INTEREST_CHARGE = "interest_charge"
    FEE = "fee"
    PAYROLL = "payroll"
    BILL_PAYMENT = "bill_payment"
    STANDING_ORDER = "standing_order"
    DIRECT_DEBIT = "direct_debit"
    REVERSAL = "reversal"
    EXCHANGE = "exchange"
    CASH_WITHDRAWAL = "cash_withdrawal"
    CARD_REFUND = "card_refund"
    CHARGEBACK = "chargeback"


class FixedSide(TextEnum):
    """Which amount of an exchange is given; the rate makes the other one."""

    SOURCE = "source"
    TARGET = "target"


class CardKind(TextEnum):
    """Whether a card spends what is on an account, or what the bank lends."""

    DEBIT = "debit"
    CREDIT = "credit"


class CardStatus(TextEnum):
    """What a card can be used for: only an active one pays. Everything but active and frozen is its end."""

    ACTIVE = "active"
    FROZEN = "frozen"
    LOST = "lost"
    STOLEN = "stolen"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    EXPIRED = "expired"


class RateSourceStatus(TextEnum):
    """What came of asking a source of published rates; one that was never asked is `unasked`."""

    UNASKED = "unasked"
    READ = "read"
    UNREACHABLE = "unreachable"
    CHANGED = "changed"
    OFF = "off"


class HoldStatus(TextEnum):
    """Whether money is still held, else how that ended."""

    PENDING = "pending"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


class DueWorkKind(TextEnum):
    """What the bank does when its clock reaches an instant."""

    HOLD_EXPIRY = "hold_expiry"
    INTEREST = "interest"
    OVERDRAFT_LIMIT = "overdraft_limit"
    STANDING_ORDER = "standing_order"
    SCHEDULED_PAYMENT = "scheduled_payment"
    DIRECT_DEBIT = "direct_debit"
    MANDATE_EXPIRY = "mandate_expiry"
    CARD_BILLING = "card_billing"
    CARD_SETTLEMENT = "card_settlement"


class DayCount(TextEnum):
    """How many days interest counts, and of how many in a year."""

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    THIRTY_E_360 = "30e/360"


class InterestPeriod(TextEnum):
    """How often interest is posted: on the first day after each such period."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class TransactionStatus(TextEnum):
    """Whether an order was carried out; `pending` is a card payment that the shop has yet to collect."""

    COMPLETED = "completed"
    REFUSED = "refused"
    PENDING = "pending"


class InitiatorKind(TextEnum):
    """Who made a transaction: the account's owner, somebody who works here, the bank itself, or a program."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BANK = "bank"
    APP = "app"


class Channel(TextEnum):
    """By which way somebody told the bank to do something; a program says of itself what it is."""

    WEB = "web"
    API = "api"
    CLI = "cli"
    SIMULATOR = "simulator"
    BANK = "bank"


CHANNEL_HEADER = "X-Bank-Channel"
"""In which the bank's own pages and its command say what they are."""


class BatchItemStatus(TextEnum):
    """What became of one item of a batch; `replayed` is an item whose key was used before for the same."""

    COMPLETED = "completed"
    REFUSED = "refused"
    REPLAYED = "replayed"


class Direction(TextEnum):
    """Which way money went, seen from one account."""

    IN = "in"
    OUT = "out"


class JobStatus(TextEnum):
    """How far a job is that somebody started and does not wait for."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobKind(TextEnum):
    """What a job of the simulator is to do."""

    WORLD = "world"
    ADVANCE = "advance"


class JobStage(TextEnum):
    """What a job of the simulator is doing."""

    WAITING = "waiting"
    PEOPLE = "people"
    ACCOUNTS = "accounts"
    LIVING = "living"
    DONE = "done"


class WorldStatus(TextEnum):
    """How far a simulated world is."""

    MAKING = "making"
    ALIVE = "alive"
    FAILED = "failed"


class NotificationType(TextEnum):
    """What a message of the inbox tells of."""

    ACCOUNT_OPENED = "account_opened"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_UNFROZEN = "account_unfrozen"
    ACCOUNT_CLOSED = "account_closed"
    MONEY_RECEIVED = "money_received"
    LARGE_PAYMENT = "large_payment"
    PAYMENT_REVERSED = "payment_reversed"
    INTEREST_PAID = "interest_paid"
    INTEREST_CHARGED = "interest_charged"
    FEE_CHARGED = "fee_charged"
    HOLD_PLACED = "hold_placed"
    HOLD_RAISED = "hold_raised"
    HOLD_CAPTURED = "hold_captured"
    HOLD_RELEASED = "hold_released"
    ORDER_PLACED = "order_placed"
    ORDER_CHANGED = "order_changed"
    ORDER_PAID = "order_paid"
    ORDER_FAILED = "order_failed"
    MANDATE_REQUESTED = "mandate_requested"
    MANDATE_CHANGED = "mandate_changed"
    COLLECTION_ANNOUNCED = "collection_announced"
    COLLECTION_PAID = "collection_paid"
    COLLECTION_RETURNED = "collection_returned"
    COLLECTION_REFUNDED = "collection_refunded"
    CARD_PAYMENT_DECLINED = "card_payment_declined"
    CARD_STATEMENT_MADE = "card_statement_made"
    CARD_BILL_PAID = "card_bill_paid"
    CARD_BILL_UNPAID = "card_bill_unpaid"
    DISPUTE_RESOLVED = "dispute_resolved"
    FLOOR_PASSED = "floor_passed"
    STATEMENT_READY = "statement_ready"
    CARD_ISSUED = "card_issued"
    CARD_CHANGED = "card_changed"
    CARD_FROZEN = "card_frozen"
    CARD_UNFROZEN = "card_unfrozen"
    CARD_ENDED = "card_ended"
    PRODUCT_CHANGED = "product_changed"
    NEW_DEVICE_LOGIN = "new_device_login"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, no password)
    EMAIL_CHANGED = "email_changed"
    WEBHOOK_FAILED = "webhook_failed"


SECURITY_MESSAGES = frozenset(
    {NotificationType.NEW_DEVICE_LOGIN, NotificationType.PASSWORD_CHANGED, NotificationType.EMAIL_CHANGED}
)
"""What tells somebody that another might be using their log-in: it reaches inbox and e-mail, whatever they prefer."""


class MessageChannel(TextEnum):
    """By which way somebody is told something; `webhook`: their own webhooks."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryStatus(TextEnum):
    """How far something is that the bank sends somebody; `queued`: behind another. The last two are ends."""

    QUEUED = "queued"
    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookScope(TextEnum):
    """Whom the events that a webhook hears of are about."""

    OWN = "own"
    BANK = "bank"


class HealthStatus(TextEnum):
    """How a service, or the bank as a whole, is."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class UserEventType(TextEnum):
    """What auth's feed tells of users."""

    USER_REGISTERED = "user_registered"
    USER_UPDATED = "user_updated"
    USER_LOGGED_IN = "user_logged_in"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, no password)
    EMAIL_CHANGED = "email_changed"
    RESET_REQUESTED = "password_reset_requested"
    SESSION_ENDED = "session_ended"
    BANK_RESET = "bank_reset"


class AccountEventType(TextEnum):
    """What the account service's feed tells of accounts."""

    ACCOUNT_OPENED = "account_opened"
    ACCOUNT_UPDATED = "account_updated"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_UNFROZEN = "account_unfrozen"
    ACCOUNT_CLOSED = "account_closed"
    BANK_RESET = "bank_reset"


class ProductEventType(TextEnum):
    """What the account service's feed tells of products."""

    PRODUCT_CHANGED = "product_changed"


CURRENCIES = tuple(MINOR_UNIT_DIGITS)
"""The currencies that accounts can be kept in (ISO 4217)."""
